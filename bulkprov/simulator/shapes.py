"""The shapes an answer can take when something goes wrong: pure functions from an honest answer to steps on the wire.

A step is bytes to send as they are, a wait, an honest `Answer`, or the end of the connection. `exchange` carries
them out. Nothing here knows state, sockets or which request is struck.
"""

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.utils import formatdate
from enum import Enum
from functools import cache
from http import HTTPStatus
from typing import Final, TypeAlias

from bulkprov.simulator.answer import Answer
from bulkprov.wire import JSON, Tree

__all__ = ["End", "Scene", "Shape", "Step", "Wait"]


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so long."""

    seconds: float


class End(Enum):
    """How a connection ends."""

    CLOSE = "what was sent is delivered, then the connection is closed in order"
    RESET = "the connection is reset"
    RESET_SOON = "the connection is reset a moment after the answer, whatever is under way on it by then"


Step: TypeAlias = bytes | Wait | End | Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The circumstances a shape may depend on."""

    now: float
    """Seconds since the epoch."""
    slow_seconds: float
    hang_seconds: float
    redirect_to: str


Shape: TypeAlias = Callable[[Answer, Scene], Iterator[Step]]

_RETRY_AFTER: Final = 1
"""Seconds that a busy server asks to be left alone."""
_DRIP_SECONDS: Final = 0.2
_MANY_HEADERS: Final = 500
_LONG_HEADER: Final = 20_000
_DEPTH: Final = 100_000
_DIGITS: Final = 5_000
_MEBIBYTE: Final = 1 << 20
_HUGE_MEBIBYTES: Final = 64
_PAGE: Final = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


def head(answer: Answer, length: int | None, *extra: str) -> bytes:
    """Status line and headers for a body of that length (None: until the connection closes)."""
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.content_type}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
        *([] if length is None else [f"Content-Length: {length}"]),
        *extra,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def honest(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """The answer as it is; what is wrong lies elsewhere."""
    yield answer


def closed(_answer: Answer, _scene: Scene) -> Iterator[Step]:
    """No answer: the connection is closed."""
    yield End.CLOSE


def reset(_answer: Answer, _scene: Scene) -> Iterator[Step]:
    """No answer: the connection is reset."""
    yield End.RESET


def silent(_answer: Answer, scene: Scene) -> Iterator[Step]:
    """No answer, and the connection stays open for long."""
    yield Wait(scene.hang_seconds)
    yield End.CLOSE


def slow(answer: Answer, scene: Scene) -> Iterator[Step]:
    """The honest answer, late."""
    yield Wait(scene.slow_seconds)
    yield answer


def drip(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """The honest answer, one byte of the body at a time."""
    yield head(answer, len(answer.body))
    for position in range(len(answer.body)):
        yield Wait(_DRIP_SECONDS)
        yield answer.body[position : position + 1]
    yield End.CLOSE


def stale(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """The honest answer on a connection that dies a moment later without having said so."""
    yield End.RESET_SOON
    yield answer


def truncated(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """Half of the body that Content-Length promises."""
    yield head(answer, len(answer.body))
    yield answer.body[: len(answer.body) // 2]
    yield End.CLOSE


def truncated_chunked(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """Half of the body as a chunk, and no last chunk."""
    half = answer.body[: len(answer.body) // 2]
    yield head(answer, None, "Transfer-Encoding: chunked")
    yield b"%x\r\n%s\r\n" % (len(half), half)
    yield End.CLOSE


def truncated_silently(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """Half of the body, its end told by the closing of the connection only."""
    yield head(answer, None, "Connection: close")
    yield answer.body[: len(answer.body) // 2]
    yield End.CLOSE


def empty(_answer: Answer, _scene: Scene) -> Iterator[Step]:
    """200 with no body."""
    yield Answer()


def rubbish(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """200 with a body that is no document of any kind."""
    yield Answer(text=b"\x00\xff{<" + answer.body[::-1], text_type=answer.wire.media_type)


def page(title: str) -> Shape:
    """200 with an HTML page."""

    def shape(_answer: Answer, _scene: Scene) -> Iterator[Step]:
        yield Answer(text=_PAGE.format(title), text_type="text/html")

    return shape


def wrong_type(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """The honest body under the name of another content type."""
    yield Answer(status=answer.status, text=answer.body, text_type="text/html")


def bytewise(edit: Callable[[bytes, bool], bytes]) -> Shape:
    """The honest body edited as bytes; `edit` is told whether it is JSON."""

    def shape(answer: Answer, _scene: Scene) -> Iterator[Step]:
        body = edit(answer.body, answer.wire is JSON)
        yield Answer(status=answer.status, text=body, text_type=answer.wire.media_type)

    return shape


_NUMBER: Final = re.compile(rb'(errorCode|applicationId|clientId)("?[:=]"?)(\d+)')
"""The first number of an answer in either format."""


def bad_charset(body: bytes, _json: bool) -> bytes:
    """A byte that no UTF-8 has, where a name should be."""
    return _NUMBER.sub(b"\\1\xff\\2\\3", body, count=1)


def deep(_body: bytes, json: bool) -> bytes:
    """A document nested deeper than parsers that recurse can bear."""
    if json:
        return b'{"response":' * _DEPTH + b"0" + b"}" * _DEPTH
    return b"<response>" * _DEPTH + b"</response>" * _DEPTH


def long_number(body: bytes, _json: bool) -> bytes:
    """A number of thousands of digits."""
    return _NUMBER.sub(rb"\g<1>\g<2>" + b"9" * _DIGITS, body, count=1)


def double_key(body: bytes, json: bool) -> bytes:
    """A key that stands twice with values that do not agree."""
    return _NUMBER.sub(rb'\g<1>\g<2>2,"\1\2\3' if json else rb'\g<1>\g<2>2" \1\2\3', body, count=1)


def not_a_number(body: bytes, _json: bool) -> bytes:
    """NaN for a number: many parsers take it."""
    return _NUMBER.sub(rb"\1\2NaN", body, count=1)


def edited(edit: Callable[[Tree], Tree]) -> Shape:
    """The honest reply with its first response edited; what is no such reply stays as it is."""

    def shape(answer: Answer, _scene: Scene) -> Iterator[Step]:
        responses = (answer.tree or {}).get("response")
        if not responses:
            yield answer
            return
        yield replace(answer, tree={"response": [edit(responses[0])]})

    return shape


def zero_id(response: Tree) -> Tree:
    """The id is 0."""
    return {**response, "entity": {**response.get("entity", {}), "@backupsetId": 0}}


def no_entity(response: Tree) -> Tree:
    """There is no entity, and so no id."""
    return {key: value for key, value in response.items() if key != "entity"}


def other_id(response: Tree) -> Tree:
    """The id and the client are those of something else."""
    entity = response.get("entity", {})
    return {**response, "entity": {**entity, "@backupsetId": 7, "@clientId": 1_000_000}}


def text_numbers(response: Tree) -> Tree:
    """Numbers are written as text."""
    entity = {key: str(value) if type(value) is int else value for key, value in response.get("entity", {}).items()}
    return {"@errorCode": str(response["@errorCode"]), "entity": entity}


def said(tree: Tree) -> Shape:
    """200 with that tree, in the format that was asked for."""

    def shape(answer: Answer, _scene: Scene) -> Iterator[Step]:
        yield Answer(tree=tree, root="App_GenericResponse", wire=answer.wire)

    return shape


def huge(_answer: Answer, _scene: Scene) -> Iterator[Step]:
    """A body without any end that a client should wait for."""
    yield head(Answer(text_type="application/json"), _HUGE_MEBIBYTES * _MEBIBYTE)
    for _ in range(_HUGE_MEBIBYTES):
        yield b" " * _MEBIBYTE
    yield End.CLOSE


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * (_HUGE_MEBIBYTES * _MEBIBYTE), compresslevel=1, mtime=0)


def gzip_bomb(_answer: Answer, _scene: Scene) -> Iterator[Step]:
    """A small body that unpacks to a huge one, asked for or not."""
    body = _bomb()
    yield head(Answer(text_type="application/json"), len(body), "Content-Encoding: gzip")
    yield body
    yield End.CLOSE


def not_http(_answer: Answer, _scene: Scene) -> Iterator[Step]:
    """The greeting of quite another protocol."""
    yield b"SSH-2.0-OpenSSH_9.6\r\n"
    yield End.CLOSE


def long_header(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """The honest answer under a header line longer than HTTP libraries take."""
    yield head(answer, len(answer.body), f"X-Trace: {'x' * _LONG_HEADER}") + answer.body
    yield End.CLOSE


def many_headers(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """The honest answer under more headers than HTTP libraries take."""
    yield head(answer, len(answer.body), *(f"X-Trace-{number}: x" for number in range(_MANY_HEADERS))) + answer.body
    yield End.CLOSE


def status(code: int) -> Shape:
    """A bare HTTP status with a short page, as web servers and gateways send them."""

    def shape(_answer: Answer, _scene: Scene) -> Iterator[Step]:
        has_body = code != HTTPStatus.NO_CONTENT
        yield Answer(status=code, text=_PAGE.format(HTTPStatus(code).phrase) if has_body else "", text_type="text/html")

    return shape


def status_with_answer(code: int) -> Shape:
    """Another status over the honest answer."""

    def shape(answer: Answer, _scene: Scene) -> Iterator[Step]:
        yield replace(answer, status=code)

    return shape


def redirect(code: int) -> Shape:
    """A redirect to another host."""

    def shape(_answer: Answer, scene: Scene) -> Iterator[Step]:
        yield Answer(status=code, headers={"Location": scene.redirect_to}, text_type="text/html")

    return shape


def busy(code: int, header: str) -> Shape:
    """429 or 503 with a request to wait, in seconds."""

    def shape(_answer: Answer, _scene: Scene) -> Iterator[Step]:
        yield Answer(status=code, text="Too busy.", headers={header: str(_RETRY_AFTER)})

    return shape


def busy_until(code: int) -> Shape:
    """429 or 503 with a request to wait, as a date."""

    def shape(_answer: Answer, scene: Scene) -> Iterator[Step]:
        date = formatdate(scene.now + 1 + _RETRY_AFTER, usegmt=True)
        yield Answer(status=code, text="Too busy.", headers={"Retry-After": date})

    return shape


def denied(answer: Answer, _scene: Scene) -> Iterator[Step]:
    """401, as for a token that is no longer good."""
    tree = {"@errorMessage": "Access denied", "@errorCode": 5}
    yield Answer(status=401, tree=tree, root="App_GenericResponse", wire=answer.wire)
