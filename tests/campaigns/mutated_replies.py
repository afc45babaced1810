"""Replies of a server that has gone mad, through the reply reader.

Each one begins as one of the vendor's own replies, or as one that was recorded, and is then spoilt: bytes flipped, cut,
doubled and spliced, values replaced by what parsers trip over, statuses and headers drawn at random. Whatever comes
out, the reader must not raise, and must not say *created* unless a second, independent reading of the same bytes finds
errorCode 0 and that very positive whole number. One command runs any number of them::

    python -m tests.campaigns.mutated_replies --count 100000 --seed 1
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, Final
from xml.dom import expatbuilder
from xml.parsers.expat import ExpatError

from bulkprov.commvault.backupset_replies import listing_in, read_listing, read_reply
from bulkprov.commvault.classify import Answer, of_act, of_listing
from bulkprov.engine import lifecycle
from bulkprov.engine.creating import CREATING
from bulkprov.engine.model import End, Listing, Outcome, Reply, Standing, Status, Step, Verdict
from bulkprov.engine.policy import RetryPolicy
from bulkprov.journal.codec import outcome_values, verdict_from, verdict_text
from bulkprov.pieces import ended, in_pieces
from bulkprov.wire import BY_NAME, Wire

__all__ = ["BrokenPromiseError", "run"]

_GOLDEN: Final = Path(__file__).parent.parent / "golden"
_SENT: Final = Standing(step=Step.ACT, absent_before_send=True)
_LIMITS: Final = RetryPolicy()
_PIECE: Final = 50
"""Bytes of a piece of a listing, so that short ones come in several."""

_SET_IN_JSON: Final = b'{"planEntity":{},"backupSetEntity":{"clientId":2,"backupsetId":%d,"backupsetName":"a"}}'
_SET_IN_XML: Final = (
    b'<backupsetProperties><backupSetEntity clientId="2" backupsetId="%d" backupsetName="a"/></backupsetProperties>'
)
_SEEDS: Final = {
    "json": [
        (_GOLDEN / "created.json").read_bytes(),
        (_GOLDEN / "refused.json").read_bytes(),
        b'{"errorMessage":"Access denied","errorCode":5}',
        b'{"response":[{"errorCode":"0","entity":{"backupsetId":"931"}}]}',
        (
            b'{"backupsetProperties":[{"backupSetEntity":{"backupsetId":931,"backupsetName":"FS_Backup_01","clientName":'
            b'"client001","appName":"File System","instanceName":"DefaultInstanceName"}}]}'
        ),
        b'{"backupsetProperties":[%b]}' % b",".join(_SET_IN_JSON % number for number in range(1, 9)),
        *(each.read_bytes() for each in sorted((_GOLDEN / "recorded").glob("*.json"))),
    ],
    "xml": [
        (_GOLDEN / "created.xml").read_bytes(),
        (_GOLDEN / "refused.xml").read_bytes(),
        (
            b"<App_GenericResponse><response><errorCode>0</errorCode><entity><backupsetId>931</backupsetId></entity>"
            b"</response></App_GenericResponse>"
        ),
        (
            b'<App_GetBackupsetPropertiesResponse><backupsetProperties><backupSetEntity appName="File System" '
            b'backupsetId="931" backupsetName="FS_Backup_01" clientName="client001" '
            b'instanceName="DefaultInstanceName"/>'
            b"</backupsetProperties></App_GetBackupsetPropertiesResponse>"
        ),
        b"<r>%b</r>" % b"".join(_SET_IN_XML % number for number in range(1, 9)),
    ],
}

_NASTY: Final = [
    *(b"0", b"-0", b"1", b"-1", b"931", b"00", b"0.0", b"1e3", b"1E400", b"-1e400", b"NaN", b"Infinity", b"true"),
    *(b"false", b"null", b"[]", b"{}", b'""', b'"0"', b'"-1"', b'"931"', b'" 931 "', b'"9e2"', b'"0x1"', b'"1_0"'),
    *("\N{ARABIC-INDIC DIGIT NINE}".encode(), "\N{FULLWIDTH DIGIT ONE}".encode(), "\N{SUPERSCRIPT TWO}".encode()),
    *(
        b"9" * 18,
        b"9" * 19,
        b"9" * 5000,
        b"-" + b"9" * 30,
        b"\\ud800",
        b"\\u0000",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"[" * 300 + b"]" * 300,
    ),
    *(b"&lt;", b"&x;", b"&#0;", b"<!DOCTYPE a>", b"<![CDATA[0]]>", b"<!-- -->", b"<?x?>", b'encoding="utf-16"'),
    *(b"[" * 2000, b"{" * 50, b'{"a":' * 2000, b"<a>" * 2000, b"]", b"}", b",", b":", b'"', b"'", b"<", b">", b"/"),
    *(b"already exists", "\N{RIGHT-TO-LEFT OVERRIDE}".encode(), b"\x1b[31m", b"=1+1", b"<html>", b"\r\n\r\n"),
]
_STATUSES: Final = [200] * 12 + [201, 202, 204, 206, 302, 400, 401, 404, 408, 409, 413, 429, 500, 503, 504, 999]
_HEADERS: Final = [
    {},
    {},
    {},
    {"Retry-After": "9" * 40},
    {"Retry-After": "Mon, 99 Foo"},
    {"Location": "\x80" * 999},
    {"Location": "\udcfc"},
]


class BrokenPromiseError(AssertionError):
    """A reply that was read as more than it says."""


def _spoil(body: bytes, draw: Random) -> bytes:
    """The body after one accident."""
    at, to = sorted((draw.randrange(len(body) + 1), draw.randrange(len(body) + 1)))
    short = min(to, at + draw.randrange(1, 9))
    match draw.randrange(9):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + body[short:]
        case 2:
            return body[:to] + body[at:to] + body[to:]
        case 3:
            return body[:at] + draw.choice(_NASTY) + body[at:]
        case 4:
            return body[:at] + draw.choice(_NASTY) + body[short:]
        case 5:
            return body[:at] + draw.randbytes(draw.randrange(1, 5)) + body[short:]
        case 6 if body:
            flipped = bytearray(body)
            flipped[at - 1] ^= 1 << draw.randrange(8)
            return bytes(flipped)
        case 7:
            other = draw.choice(_SEEDS[draw.choice(("json", "xml"))])
            return body[:at] + other[draw.randrange(len(other)) :]
        case _:
            return _other_value(body, draw)


def _other_value(body: bytes, draw: Random) -> bytes:
    """One value replaced as a whole, so that the document stays well-formed for once."""
    words = [b'"errorCode": 0', b'"backupsetId": 931', b'errorCode="0"', b'backupsetId="931"', b">0<", b">931<"]
    found = [word for word in words if word in body]
    if not found:
        return body
    word = draw.choice(found)
    head, tail = (b">", b"<") if word.startswith(b">") else (word.rstrip(b'"0931 '), b"")
    if head.endswith(b"="):
        head, tail = head + b'"', b'"'
    return body.replace(word, head + draw.choice(_NASTY) + tail, 1)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _second_reading(body: bytes, name: str) -> tuple[Any, Any]:
    """Error code and id as another parser finds them; nothing where it finds no one answer."""
    if name == "json":
        try:
            tree = json.loads(body, object_pairs_hook=_each_once)
            response = tree["response"]
            one = response[0] if isinstance(response, list) else response
            return one["errorCode"], one["entity"]["backupsetId"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return None, None
    try:
        # Without namespaces, as ours reads: a colon in a name that binds nothing makes a document no worse.
        root = expatbuilder.parseString(body, namespaces=False).documentElement  # noqa: S316 - as expat is used by us
    except (ExpatError, ValueError, LookupError):
        return None, None
    responses = _children(root, "response")
    codes = [said for each in responses for said in _said(each, "errorCode")]
    entities = [entity for each in responses for entity in _children(each, "entity")]
    ids = [said for each in entities for said in _said(each, "backupsetId")]
    if len(codes) != 1 or len(ids) != 1:
        return None, None
    return codes[0], ids[0]


def _children(parent: Any, name: str) -> list[Any]:
    return [each for each in parent.childNodes if each.nodeName == name]


def _said(element: Any, name: str) -> list[str]:
    """What an element says under a name, in an attribute or in elements of its own."""
    told = [
        "".join(text.data for text in each.childNodes if hasattr(text, "data")) for each in _children(element, name)
    ]
    return told + ([element.getAttribute(name)] if element.hasAttribute(name) else [])


def _check_act(answer: Answer, wire: Wire) -> str:
    def read(body: bytes) -> Reply:
        return read_reply(wire.loads(body))

    verdict = of_act(answer, read, now=0.0)
    _check_kept(verdict)
    end = lifecycle.after(CREATING, _SENT, verdict, _LIMITS)
    if not isinstance(end, Outcome) or end.status is not Status.CREATED:
        return verdict.end
    code, number = _second_reading(answer.body, wire.name)
    if not (type(end.reply.id) is int and end.reply.id > 0 and str(code).strip() in ("0", "-0", "00", "000")):
        raise BrokenPromiseError(f"created with id {end.reply.id!r}, but the reply says errorCode {code!r}")
    if type(number) not in (int, str) or int(number) != end.reply.id:
        raise BrokenPromiseError(f"created with id {end.reply.id!r}, but the reply says id {number!r}")
    return "created"


def _check_look(answer: Answer, wire: Wire) -> str:
    def read(body: bytes) -> Listing | None:
        return ended(listing_in(in_pieces(wire, body, _PIECE), "client001"))

    verdict = of_listing(answer, lambda body: read_listing(wire.loads(body), "client001"), now=0.0)
    if of_listing(answer, read, now=0.0) != verdict:
        raise BrokenPromiseError("a listing is another one if it is read in pieces")
    _check_kept(verdict)
    if verdict.listing is None:
        return verdict.end
    if not all(type(number) is int and number > 0 for number in verdict.listing.ids.values()):
        raise BrokenPromiseError(f"a listing with ids {verdict.listing.ids}")
    if not verdict.listing.sure:
        return "weak listing"
    return "listing" if verdict.listing.ids else "empty listing"


def _check_kept(verdict: Verdict) -> None:
    """It can be written down, and shown again."""
    try:
        kept = verdict_text(verdict)
    except TypeError as error:
        raise BrokenPromiseError(f"the verdict cannot be stored: {error}") from error
    if verdict_from(kept) != (verdict if verdict.listing is None else verdict_from(kept)):
        raise BrokenPromiseError("the verdict is another one after it was stored")
    if verdict.end is End.ANSWERED and verdict.listing is None:
        for value in outcome_values(1, Outcome(status=Status.REJECTED, reply=verdict.reply, note=verdict.why)):
            str(value).encode()


def run(count: int, seed: int) -> Counter[str]:
    """Read so many spoilt replies.

    Args:
        count: how many.
        seed: the same gives the same replies.

    Returns:
        how many were read as what.

    Raises:
        BrokenPromiseError: one was read as more than it says; any other exception is the reader's own.
    """
    read: Counter[str] = Counter()
    for number in range(count):
        draw = Random(f"{seed}:{number}")
        name = draw.choice(("json", "xml"))
        body = draw.choice(_SEEDS[name])
        for _ in range(draw.choice((0, 1, 1, 1, 2, 3, 5))):
            body = _spoil(body, draw)
        answer = Answer(draw.choice(_STATUSES), draw.choice(_HEADERS), body)
        wire = BY_NAME[name]
        try:
            read[f"create: {_check_act(answer, wire)}"] += 1
            read[f"look: {_check_look(answer, wire)}"] += 1
        except Exception as error:
            error.add_note(f"seed {seed}, number {number}: HTTP {answer.status} {answer.headers} {body[:500]!r}")
            raise
    return read


def main() -> None:
    """Run as many as the command line says."""
    parser = argparse.ArgumentParser(description="Spoilt replies through the reply reader.")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    began = time.perf_counter()
    read = run(args.count, args.seed)
    sys.stdout.write("".join(f"{what:24} {number:>9,}\n" for what, number in sorted(read.items())))
    sys.stdout.write(
        f"{args.count:,} spoilt replies in {time.perf_counter() - began:.1f} s: none raised, none was read as created "
        "without errorCode 0 and a positive whole number\n"
    )


if __name__ == "__main__":
    main()
