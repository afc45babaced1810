"""A long document in pieces, so that one of many megabytes is read in many short steps, and is never one huge tree.

Each piece is a document in its own right, and is read by its format's own strict reader: it is a stretch of the long
document's bytes, from the beginning of one entry of a list to the end of another, with the brackets or the root element
around it. Where it can be cut is guessed from a few bytes (`},{`, or `</x><x`). The guess is right if the piece is
well-formed: both formats are read from left to right, so what is a document once its brackets are closed has only these
brackets open where it is cut. A guess inside of a text, or inside of an entry, leaves something else open.

Like `wire`, it knows the two formats and nothing of their contents.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from json import dumps
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from bulkprov.wire import JSON, XML, Tree, Wire, WireError

__all__ = ["PIECE", "Steps", "at_once", "ended", "in_pieces", "is_long"]

PIECE: Final = 1 << 16
"""Bytes of a piece at least: some 180 backup sets. Reading it takes a millisecond in JSON, and five in XML."""
_TRIES: Final = (1, 4, 16)
"""After how many times the length of a piece it is tried to cut: after the next if it was not possible before."""
_GUESSES: Final = 16
"""Places at which it is tried each time. Lists inside of entries have places that look alike."""
_HEAD: Final = 1 << 12
"""Bytes of a document in which its first list begins."""
_LONGEST_WHOLE: Final = 16 << 20
"""Bytes that are read at once at most, where nothing can be cut: the worst take seconds and half a gigabyte."""

T = TypeVar("T")
Steps: TypeAlias = Generator[None, None, T]
"""Work in short steps: it yields where other work may be done, and returns what has come out."""


def step(steps: Steps[T]) -> tuple[T] | None:
    """Do one step of some work; what has come out of it if that was the last one, else None."""
    try:
        next(steps)
    except StopIteration as end:
        return (end.value,)
    return None


def ended(steps: Steps[T]) -> T:
    """What comes out of some work, all of whose steps are done in one go."""
    while (made := step(steps)) is None:
        pass
    return made[0]


def at_once(read: Callable[[Tree, str], T]) -> Callable[[Iterable[Tree], str], Steps[T]]:
    """What reads a document in pieces, by a function that reads a whole tree: for what is seldom long."""

    def steps(pieces: Iterable[Tree], name: str) -> Steps[T]:
        tree: Tree = {}
        for piece in pieces:
            for key, value in piece.items():
                tree[key] = [*_listed(tree[key]), *_listed(value)] if key in tree else value
            yield
        return read(tree, name)

    return steps


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def in_pieces(wire: Wire, body: bytes, size: int = PIECE) -> Iterator[Tree]:
    """The document in a body, in trees that are the whole one when their lists are put one behind the other.

    A list in the root of JSON, and the elements of one name in the root of XML, may be spread over several trees. All
    else that has a name is in one tree only. A document of less than two pieces is one tree.

    Args:
        wire: the format.
        body: the document.
        size: bytes of a piece at least.

    Raises:
        WireError: as `Wire.loads`, once the piece is reached in which something is wrong; or the document is long and
            cannot be cut.
    """
    return _CUT[wire.name](body, size) if is_long(body, size) else iter((wire.loads(body),))


def is_long(body: bytes, size: int = PIECE) -> bool:
    """Whether a body may come in several pieces; `size` as for `in_pieces`."""
    return len(body) >= 2 * size


def _at_once(wire: Wire, document: bytes) -> Tree:
    if len(document) > _LONGEST_WHOLE:
        raise WireError("it is long, and no list of entries that could be read one by one")
    return wire.loads(document)


class _Piece(NamedTuple):
    tree: Tree
    end: int
    """Where its last entry ends in the body."""


def _cut(
    body: bytes, at: int, size: int, guess: re.Pattern[bytes], read: Callable[[bytes], Tree | None]
) -> _Piece | None:
    """The entries from here to the first place where the document can be cut; None if the rest is to be read at once.

    Args:
        body: the whole document.
        at: where the first entry begins.
        size: bytes of the entries at least.
        guess: what stands where it may be possible to cut; an entry ends with its first group.
        read: reads some entries. It gives None if the place was no good, and raises `WireError` if it seems good and
            they are not well-formed all the same.
    """
    for times in _TRIES:
        for found in islice(guess.finditer(body, at + times * size), _GUESSES):
            try:
                tree = read(body[at : found.end(1)])
            except WireError:
                return None
            if tree is not None:
                return _Piece(tree, found.end(1))
    return None


_JSON_LIST: Final = re.compile(rb"\[\s*(?=\{)")
_JSON_ENTRY_ENDS: Final = re.compile(rb"(\})\s*,\s*(?=\{)")
_JSON_COMMA: Final = re.compile(rb"\s*,\s*")
_JSON_TEXT: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*("?)', re.DOTALL)
"""A text, also one that does not end: so no byte is looked at twice."""


def _json_pieces(body: bytes, size: int) -> Iterator[Tree]:
    """An object in whose root there are lists of objects."""
    head = _json_head(body)
    if head is None:
        yield _at_once(JSON, body)
        return
    piece, keys, continued = head, set[str](), ""
    while True:
        yield _checked(piece.tree, keys, continued)
        continued = next(reversed(piece.tree))  # the list that is open where it was cut
        opening = b"{%b:[" % dumps(continued).encode()
        comma = _JSON_COMMA.match(body, piece.end)
        at = comma.end() if comma else piece.end
        cut = _cut(body, at, size, _JSON_ENTRY_ENDS, partial(_json_entries, opening))
        if cut is None:
            break
        piece = cut
    yield _checked(_at_once(JSON, opening + body[at:]), keys, continued)


def _json_head(body: bytes) -> _Piece | None:
    """Everything up to the first entry of the first list in the root, which is empty here."""
    for found in islice(_JSON_LIST.finditer(body, 0, _HEAD), _GUESSES):
        with suppress(WireError):
            return _Piece(JSON.loads(body[: found.end()] + b"]}"), found.end())
    return None


def _json_entries(opening: bytes, entries: bytes) -> Tree | None:
    document = opening + entries + b"]}"
    if not _is_open(entries):
        with suppress(WireError):
            return JSON.loads(document)
    between, texts = _JSON_TEXT.subn(rb"\1", entries)  # there may be brackets in the texts, and the cut be in one
    return None if between.count(b'"') != texts or _is_open(between) else JSON.loads(document)


def _is_open(entries: bytes) -> bool:
    return entries.count(b"{") != entries.count(b"}") or entries.count(b"[") != entries.count(b"]")


def _checked(tree: Tree, keys: set[str], continued: str) -> Tree:
    """The tree; a key that was in one before may only be that of the list that goes on."""
    new = tree.keys() - {continued}
    if keys & new:
        raise WireError("a key occurs twice in one object")
    keys.update(tree)
    return tree


_NAME: Final = rb"[A-Za-z_][\w.:-]{0,99}"
_XML_HEAD: Final = re.compile(
    rb"(?P<before>(?:\xef\xbb\xbf)?(?:<\?xml\s[^<>]{0,99}\?>)?\s{0,99})"
    rb"<(?P<name>%b)(?:\s+%b\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*\s*>" % (_NAME, _NAME)
)
_XML_ELEMENT: Final = re.compile(rb"\s*<(%b)" % _NAME)


def _xml_pieces(body: bytes, size: int) -> Iterator[Tree]:
    """A root element with many elements of one name.

    Its declaration stands before each piece. In all encodings that expat reads, but UTF-16, markup is as in ASCII.
    """
    head = _XML_HEAD.match(body)
    if head is None:
        yield _at_once(XML, body)
        return
    opening, closing, at = b"%b<%b>" % (head["before"], head["name"]), b"</%b>" % head["name"], head.end()
    yield XML.loads(head[0] + closing)  # the attributes of the root
    while element := _XML_ELEMENT.match(body, at):
        ends = re.compile(rb"(</%b\s*>)\s*(?=<[A-Za-z_])" % re.escape(element[1]))
        piece = _cut(body, at, size, ends, lambda entries: XML.loads(opening + entries + closing))
        if piece is None:
            break
        yield piece.tree
        at = piece.end
    yield _at_once(XML, opening + body[at:])


_CUT: Final[dict[str, Callable[[bytes, int], Iterator[Tree]]]] = {JSON.name: _json_pieces, XML.name: _xml_pieces}
