"""Which of many tables a text without a mark is in, by what they make of its bytes. Knows nothing of rows and columns.

The tables are not told apart by the bytes, but by what they make of them (`spelling.py`). One that alone makes words of
them is taken, and a note shows the first of them. If there are two, or none, the file is refused with a sample of both:
a name guessed wrong would be created wrong.

charset-normalizer is a second witness. It looks for what is frequent, which needs more text than a sheet may have: so
it decides between readings that are possible in East Asian text, and objects where it sees words in another alphabet.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from bulkprov.errors import SheetError

if TYPE_CHECKING:
    from bulkprov.sheets.spelling import Page

__all__ = ["ADVICE", "guessed", "is_utf8"]

ADVICE: Final = "save the sheet as UTF-8, or give its encoding with --encoding"
"""What to do about text in an encoding that is not known."""

_HIGH_BYTE: Final = re.compile(rb"[\x80-\xff]")
_BETWEEN_CELLS: Final = re.compile(rb'[,;\t"]')
"""None of these is the second byte of a character in any of the encodings."""
_REACH: Final = 20
_MOST_CELLS: Final = 3_000
"""Different cells that are looked at: more do not change the verdict."""
_FEW_WRONG: Final = 0.05
"""Share of cells that may be misspelt in the right reading."""
_MANY_WRONG: Final = 0.25
"""Share of cells that have to be in a wrong one, of those which both read differently."""
_MOST_WRONG: Final = 0.5
"""Share of all cells from which on a reading is wrong whatever the few are that both read differently."""
_ENOUGH: Final = 8
"""Characters that are not ASCII from which on charset-normalizer may object."""
_ENOUGH_TO_DECIDE: Final = 20
"""Those from which on it may decide: with eight it was seen to take Chinese for Korean."""
_LETTERS: Final = re.compile(r"[^\W\d_]{3,}")


def is_utf8(blocks: Iterator[bytes]) -> bool:
    """Whether a text is valid UTF-8 from end to end."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in blocks:
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@dataclass(slots=True)
class _Looked:
    """What was seen of a file that is not UTF-8."""

    cells: dict[bytes, int] = field(default_factory=dict)
    """Each different cell that is not ASCII, with its first line."""
    utf8_line: int = 0
    """The first line that is UTF-8 for itself; 0 if there is none."""


def _looked_at(blocks: Iterator[bytes]) -> _Looked:
    looked = _Looked()
    number = 0
    for lines in _whole_lines(blocks):
        if not _HIGH_BYTE.search(lines):
            number += len(lines.splitlines())
            continue
        for number, line in enumerate(lines.splitlines(), number + 1):  # noqa: B020 - goes on counting
            if line.isascii():
                continue
            if not looked.utf8_line and is_utf8(iter([line])):
                looked.utf8_line = number
            for cell in _BETWEEN_CELLS.split(line):
                if not cell.isascii() and len(looked.cells) < _MOST_CELLS:
                    looked.cells.setdefault(cell.strip(), number)
    return looked


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, cut where a line ends: by LF, CRLF, or CR alone."""
    rest = b""
    for block in blocks:
        text = rest + block
        end = max(text.rfind(b"\n"), text.rfind(b"\r", 0, len(text) - 1)) + 1
        yield text[:end]
        rest = text[end:]
    yield rest


class _Reading(NamedTuple):
    """What an encoding makes of the cells."""

    page: "Page"
    texts: list[str]
    wrong: list[bool]
    """For each cell, whether it cannot have been meant so."""

    @property
    def possible(self) -> bool:
        """Whether nearly no cell is wrong, and there is enough of it to say so."""
        return sum(self.wrong) <= _FEW_WRONG * len(self.wrong) and (self.page.codec == "cp1252" or self.enough)

    @property
    def enough(self) -> bool:
        """Whether there is a word of some letters, and not only signs and single letters."""
        if self.page.wide:
            return sum(not char.isascii() for text in self.texts for char in text) > 1
        return any(not word.isascii() for text in self.texts for word in _LETTERS.findall(text))

    def beats(self, other: "_Reading") -> bool:
        """Whether the cells that the two read differently are right here and wrong there, or most are wrong there."""
        differ = [at for at, text in enumerate(self.texts) if text != other.texts[at]]
        if not differ or (self.page.codec == "cp1252" and (other.page.weak or not other.enough)):
            return True
        if self.possible and sum(other.wrong) > _MOST_WRONG * len(other.wrong):
            return True
        here, there = (sum(each.wrong[at] for at in differ) for each in (self, other))
        return here <= _FEW_WRONG * len(differ) and there >= max(1, _MANY_WRONG * len(differ))


def guessed(blocks: Iterator[bytes], where: str) -> tuple[str, tuple[str, ...]]:
    """The one encoding in which the cells of a text are words, and the note that shows one of them.

    Args:
        blocks: the text, which is not UTF-8.
        where: begins a complaint.

    Raises:
        SheetError: there is none, or there are two.
    """
    from bulkprov.sheets.spelling import PAGES  # noqa: PLC0415 - heavy, and a file in UTF-8 does without

    looked = _looked_at(blocks)
    cells = list(looked.cells)
    readings = [reading for page in PAGES if (reading := _reading(page, cells))]
    possible = [reading for reading in readings if reading.possible]
    best = next((each for each in possible if all(each.beats(other) for other in readings)), None)
    if best is None and possible and all(each.page.wide for each in possible):
        best = _witness(possible)
    if best is None or (looked.utf8_line and not best.page.wide) or _objection(best, readings):
        raise _unknown(looked, sorted(readings, key=lambda each: (not each.possible, sum(each.wrong))), where)
    text, line = _sample(best.texts[0]), looked.cells[cells[0]]
    codec, name = best.page.codec, best.page.name
    return codec, (
        f'encoding guessed: {codec} ({name}), as it is not UTF-8; if "{text}" in line {line} is wrong, give --encoding',
    )


def _reading(page: "Page", cells: list[bytes]) -> _Reading | None:
    try:
        texts = [cell.decode(page.codec) for cell in cells]
    except UnicodeDecodeError:
        return None
    return _Reading(page, texts, [page.wrong(text) for text in texts])


def _best_of_charset_normalizer(texts: bytes) -> tuple[set[str], str]:
    """The encodings that it finds equally likely, and the text in them; empty if it finds none."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - needed for the rare file that is not UTF-8

    match = from_bytes(texts).best()
    return ({codecs.lookup(each).name for each in match.could_be_from_charset}, str(match)) if match else (set(), "")


def _witness(possible: list[_Reading]) -> _Reading | None:
    """The one of several possible readings whose characters are the frequent ones; None if the text is too short."""
    lines = "\n".join(possible[0].texts).encode(possible[0].page.codec)
    if max(sum(not char.isascii() for text in each.texts for char in text) for each in possible) < _ENOUGH_TO_DECIDE:
        return None
    names, _ = _best_of_charset_normalizer(lines)
    return next((each for each in possible if codecs.lookup(each.page.codec).name in names), None)


def _objection(best: _Reading, readings: list[_Reading]) -> bool:
    """Whether charset-normalizer sees words in another alphabet, by a table that was not judged here."""
    from bulkprov.sheets.spelling import scrambled  # noqa: PLC0415 - heavy

    ours = "\n".join(best.texts)
    if sum(not char.isascii() for char in ours) < _ENOUGH:
        return False
    names, theirs = _best_of_charset_normalizer(ours.encode(best.page.codec))
    judged = {codecs.lookup(each.page.codec).name for each in readings}
    if not theirs or names & judged or scrambled(theirs):
        return False
    return _alphabets(theirs).isdisjoint(_alphabets(ours))


def _alphabets(text: str) -> set[str]:
    return {unicodedata.name(char, "").partition(" ")[0] for char in text if char.isalpha() and not char.isascii()}


def _unknown(looked: _Looked, readings: list[_Reading], where: str) -> SheetError:
    """Why the encoding is not known: `readings` are all that there are, the likeliest first."""
    one = readings[0] if readings else None
    if looked.utf8_line and not (one and one.possible and one.page.wide):
        return SheetError(
            f"{where}: some of it is UTF-8 (line {looked.utf8_line}) and some is not, as if two files had been joined: "
            f"{ADVICE}"
        )
    lines = list(looked.cells.values())
    if one is None or not one.possible:
        line = next((line for cell, line in looked.cells.items() if _not_cp1252(cell)), 0)
        if line:
            return SheetError(f"{where}: line {line} is neither UTF-8 nor cp1252 text: {ADVICE}")
    if one is None:
        return SheetError(f"{where}: it is not UTF-8, and no other encoding fits: {ADVICE}")
    others = [each for each in readings[1:] if each.texts != one.texts]
    other = next((each for each in others if not one.beats(each)), others[0] if others else None)
    if other is None:
        sample = f'"{_sample(one.texts[0])}" ({one.page.codec}) in line {lines[0]}'
        return SheetError(f"{where}: it is not UTF-8, and {sample} is no word that is known: {ADVICE}")
    at = next(at for at, text in enumerate(one.texts) if text != other.texts[at])
    first, second = _sample(one.texts[at]), _sample(other.texts[at])
    return SheetError(
        f'{where}: it is not UTF-8, and its encoding cannot be known: line {lines[at]} has "{first}" in '
        f'{one.page.codec} ({one.page.name}), "{second}" in {other.page.codec} ({other.page.name}): {ADVICE}'
    )


def _not_cp1252(cell: bytes) -> bool:
    try:
        cell.decode("cp1252")
    except UnicodeDecodeError:
        return True
    return False


def _sample(text: str) -> str:
    """A cell for a message: its first character that is not ASCII, with what is before and after it as far as fits."""
    at = next((at for at, char in enumerate(text) if not char.isascii()), 0)
    shown = text[max(at - _REACH, 0) : at + _REACH]
    return "".join(char if char.isprintable() else "?" for char in shown).strip()
