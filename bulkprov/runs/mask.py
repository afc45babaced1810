"""Masking of secrets in logs and in other programs' text. Pure, but for `masked_by_all`.

A text is read as any program would unpack it: escapes of HTML, URLs, JSON and Python are undone, also one within the
other, and case does not count. Then eight characters in a row that stand in a secret, in its base64 or in its
hexadecimal digits are masked, wherever they stand, so that a text that was cut in the middle of a secret hides it too.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html.entities import html5
from typing import Any, Final, NamedTuple
from weakref import WeakSet

__all__ = ["MASK", "Mask", "masked_by_all"]

MASK: Final = "***"
"""What stands in the place of a secret."""

_RUN: Final = 8
"""Characters in a row of a secret that are masked in the words of others. A shorter secret may be an ordinary word."""
_PIECE: Final = 4
"""Characters by which a text is searched for such runs: every run has a piece that begins at a multiple of _STRIDE."""
_STRIDE: Final = _RUN - _PIECE + 1
_DEPTH: Final = 3
"""How many escapes within escapes are undone."""
_ESCAPE: Final = r"""
      &(?:amp;)*\#x(?P<hex>[0-9a-f]{1,6});
    | &(?:amp;)*\#(?P<decimal>[0-9]{1,7});
    | &(?:amp;)*(?P<named>[a-z][a-z0-9]{1,31};)
    | (?P<octets>(?:%(?:25)*[0-9a-f]{2})+)
    | (?P<pair>\\+ud[89ab][0-9a-f]{2}\\+ud[c-f][0-9a-f]{2})
    | \\+u(?P<four>[0-9a-f]{4})
    | \\+U(?P<eight>000[0-9a-f]{5}|0010[0-9a-f]{4})
    | \\+x(?P<two>[0-9a-f]{2})
    | \\+(?P<quoted>["'/])
    | \\+(?P<control>[bfnrt])
    | (?P<backslashes>\\{2,})
    """
_MARKS_OF_ESCAPES: Final = ("\\", "%", "&")
_CONTROLS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_FOUR: Final = re.compile(r"[0-9a-f]{4}", re.IGNORECASE)
_OCTET: Final = re.compile(r"%(?:25)*([0-9a-f]{2})", re.IGNORECASE)


class _Piece(NamedTuple):
    """A part of a text without its escapes, and where it stands in the text."""

    text: str
    start: int
    end: int


class Mask:
    """Every secret, in each form it may take; as structlog's last processor, it takes them out of a line of JSON."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._runs: set[str] = set()
        """All runs of _RUN characters of all forms, in small letters."""
        self._pieces: set[str] = set()
        """The runs of _PIECE characters in them."""
        self._short: set[str] = set()
        """Secrets that are shorter, as they are spelled."""
        self._short_in_json: set[str] = set()
        """The same as they stand in a line of JSON."""
        for secret in secrets:
            self.add(secret)
        _MASKS.add(self)

    def add(self, secret: str) -> None:
        """Mask this text too, from now on."""
        runs: set[str] = set()
        for form in {*_forms_of(secret), _plain(secret)}:
            for spelled in {_small(form), _small(form.upper())}:
                runs.update(_parts(spelled, _RUN))
        self._runs |= runs
        self._pieces.update(piece for run in runs for piece in _parts(run, _PIECE))
        self._short.update(each for each in (secret, _plain(secret)) if 0 < len(each) < _RUN)
        self._short_in_json = {json.dumps(each)[1:-1] for each in self._short}

    def __call__(self, _logger: Any, _method: str, line: Any) -> str:
        """The rendered line with the secrets masked in its values. Its fields and its shape stay: it stays JSON."""
        if not (any(form in line for form in self._short_in_json) or self._found(line, short=False)):
            return str(line)
        event = {field: self._value(value) for field, value in json.loads(line).items()}
        return json.dumps(event, separators=(",", ":"))

    def without_long_secrets(self, text: str) -> str:
        """The text without those secrets, and parts of them, that are long enough not to be ordinary words."""
        return self._masked(text, short=False)

    def _value(self, value: Any) -> Any:
        """A value that was read from JSON, masked wherever a secret stands in it."""
        if isinstance(value, dict):
            return {self._masked(key): self._value(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if isinstance(value, str):
            return self._masked(value)
        if value is None or isinstance(value, bool):
            return value
        return MASK if self._found(str(value), short=True) else value

    def _masked(self, text: str, *, short: bool = True) -> str:
        for start, end in reversed(self._found(text, short=short)):
            text = f"{text[:start]}{MASK}{text[end:]}"
        return text

    def _found(self, text: str, *, short: bool) -> Sequence[tuple[int, int]]:
        """Where secrets stand in a text, from the left; none overlaps or touches another."""
        spans = [*self._in(text, short=short)]
        if any(map(text.__contains__, _MARKS_OF_ESCAPES)) and (found := [*self._in(_plain(text), short=short)]):
            pieces = _unescaped(text)
            spans += ((pieces[start].start, pieces[end - 1].end) for start, end in found)
        return _joined(spans) if spans else ()

    def _in(self, plain: str, *, short: bool) -> Iterator[tuple[int, int]]:
        yield from self._long_in(_small(plain))
        if short:
            yield from self._short_in(plain)

    def _long_in(self, plain: str) -> Iterator[tuple[int, int]]:
        pieces = self._pieces
        near = [at for at in range(0, len(plain) - _PIECE + 1, _STRIDE) if plain[at : at + _PIECE] in pieces]
        for at in near:
            for start in range(max(at - _RUN + _PIECE, 0), at + 1):
                if plain[start : start + _RUN] in self._runs:
                    yield start, start + _RUN

    def _short_in(self, plain: str) -> Iterator[tuple[int, int]]:
        for secret in self._short:
            at = plain.find(secret)
            while at >= 0:
                yield at, at + len(secret)
                at = plain.find(secret, at + 1)


_MASKS: Final[WeakSet[Mask]] = WeakSet()
_IN_A_ROW: Final = re.compile(rf"(?:{re.escape(MASK)}){{2,}}")
"""What is left of a secret that several masks know in parts."""


def masked_by_all(text: str) -> str:
    """A text for a person or a disk that no log has seen, without the long secrets of all masks that are in use."""
    for mask in [*_MASKS]:
        text = mask.without_long_secrets(text)
    return _IN_A_ROW.sub(MASK, text)


def _forms_of(secret: str) -> Iterator[str]:
    """A secret, and what programs make of it that cannot be undone without knowing that it was done."""
    yield secret
    yield json.dumps(secret)[1:-1]  # a backslash beside another escape, which cannot be told from it
    raw = secret.encode("utf-8", "surrogatepass")
    yield base64.b64encode(raw).decode()
    yield base64.urlsafe_b64encode(raw).decode()
    for before in (1, 2):  # base64 depends on what stands before: a user name and a colon in HTTP's Basic, say
        coded = base64.b64encode(bytes(before) + raw).decode().rstrip("=")[before + 1 :]
        yield coded
        yield coded.translate(str.maketrans("+/", "-_"))
    yield raw.hex()


def _parts(text: str, length: int) -> Iterator[str]:
    """All parts of this length."""
    return (text[at : at + length] for at in range(len(text) - length + 1))


def _small(text: str) -> str:
    """The text in small letters, as many as before, and with the blanks of a form as blanks."""
    if text.isascii():
        return text.lower().replace("+", " ")
    return "".join(low if len(low := each.lower()) == 1 else each for each in text).replace("+", " ")


@cache
def _escapes() -> re.Pattern[str]:
    """What finds an escape: compiled when a text first has one, as most never do."""
    return re.compile(_ESCAPE, re.IGNORECASE | re.VERBOSE)


def _plain(text: str) -> str:
    """The text without its escapes."""
    if not any(map(text.__contains__, _MARKS_OF_ESCAPES)):
        return text
    for _ in range(_DEPTH):
        before, text = text, _escapes().sub(lambda match: "".join(each.text for each in _characters(match)), text)
        if text == before:
            break
    return text


def _unescaped(text: str) -> Sequence[_Piece]:
    """The characters that `_plain` gives, each with where it stands in the text: slow, so for what has a secret."""
    pieces: Sequence[_Piece] = [_Piece(each, at, at + 1) for at, each in enumerate(text)]
    for _ in range(_DEPTH):
        inner = "".join(each.text for each in pieces)
        undone: list[_Piece] = []
        last = 0
        for match in _escapes().finditer(inner):
            undone += pieces[last : match.start()]
            for piece in _characters(match):
                undone.append(_Piece(piece.text, pieces[piece.start].start, pieces[piece.end - 1].end))
            last = match.end()
        if not last:
            break
        pieces = [*undone, *pieces[last:]]
    return pieces


def _characters(match: re.Match[str]) -> Iterator[_Piece]:
    """The characters that an escape stands for: one, or several octets' worth."""
    kind, found = str(match.lastgroup), match[str(match.lastgroup)]
    start, end = match.span()
    if kind == "octets":
        yield from _of_octets(match)
    elif kind in ("hex", "four", "eight", "two", "decimal"):
        code = int(found, 10 if kind == "decimal" else 16)
        yield _Piece(chr(code) if code <= 0x10FFFF else "?", start, end)
    elif kind == "pair":
        high, low = (int(each, 16) for each in _FOUR.findall(found))
        yield _Piece(chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00), start, end)
    elif kind == "named":
        yield from _of_entity(match)
    elif kind == "control":
        yield _Piece(_CONTROLS[found.lower()], start, end)
    else:
        yield _Piece("\\" if kind == "backslashes" else found, start, end)


def _of_entity(match: re.Match[str]) -> Iterator[_Piece]:
    """The character of an entity of HTML; what is none is taken for itself, but for the escapes of its `&`."""
    (start, end), name = match.span(), match["named"]
    if meant := html5.get(name):
        yield _Piece(meant[0], start, end)
        return
    begin = match.start("named")
    yield _Piece("&", start, begin)
    yield from (_Piece(each, at, at + 1) for at, each in enumerate(name, begin))


def _of_octets(match: re.Match[str]) -> Iterator[_Piece]:
    """The characters of octets as URLs have them, in UTF-8; what is none is taken for itself."""
    octets = [(int(each[1], 16), *each.span()) for each in _OCTET.finditer(match.string, *match.span())]
    at = 0
    while at < len(octets):
        for length in (1, 2, 3, 4):
            chosen = octets[at : at + length]
            try:
                character = bytes(octet for octet, _, _ in chosen).decode()
            except UnicodeDecodeError:
                continue
            break
        else:
            chosen = octets[at : at + 1]
            character = chr(chosen[0][0])
        yield _Piece(character, chosen[0][1], chosen[-1][2])
        at += len(chosen)


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans from the left, those that overlap or touch as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
