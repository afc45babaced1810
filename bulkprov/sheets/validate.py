"""Row validation: from the text of a row to the wanted thing it names, or to everything that is wrong with it.

Pure: a record in, a wanted thing or the record's faults out; no file, no clock, no server. A column's check is a
function of the cell's text alone: so all faults of a row are reported at once, and what is in many rows of a column, as
its client or its plan, is checked once. Which columns there are and what they may hold is decided by a kind; what a
name may be made of is decided here and nowhere else:

* Outer white space, the no-break kind too, is trimmed: it comes from copying and is never meant.
* Names are sent in Unicode's composed form (NFC). "é" can be one character or two; macOS writes two, other systems one,
  and both look the same. If each were sent as it came, one name could be two things.
* What cannot be seen is refused: control characters (also because XML cannot carry them), halves of surrogate pairs,
  zero-width characters, and marks that reorder text. So is the character that says "this text was damaged" (U+FFFD).
* White space inside a name other than the plain space is refused, and so is a word that mixes Latin letters with
  Cyrillic or Greek ones that look the same: a person who types the name would never find it again.
* What stands where there is nothing to write (`-`, `?`, `""`, `(blank)`) is refused: nothing has that name. So is what
  a spreadsheet shows in place of a value, and exports as text: `#N/A`, `#REF!`, `Err:502`, `#####`.
* Everything else is a name; spaces, accents, other scripts, `=`, `%` and quotes included.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias, TypeVar

from bulkprov.engine.wanted import Wanted
from bulkprov.sheets.columns import LONGEST_NAME, cell_name
from bulkprov.sheets.rows import Fault, Record

__all__ = [
    "FALSE_WORDS",
    "CellError",
    "CheckCell",
    "CheckCells",
    "CheckRecord",
    "a_boolean",
    "a_name",
    "cells_checked_by",
    "checker",
    "quoted",
    "remembered",
]

W = TypeVar("W", bound=Wanted)
V = TypeVar("V")

CheckCell: TypeAlias = Callable[[str], V]
"""Given the text of a cell: its value. It raises `CellError` if the text is wrong."""
CheckCells: TypeAlias = Callable[[Mapping[str, str]], W | tuple[tuple[str, str], ...]]
"""Given cells by canonical column: the wanted thing, or the columns that are wrong, each with what is wrong."""
CheckRecord: TypeAlias = Callable[[Record], Wanted | tuple[Fault, ...]]
"""Given a row: the wanted thing, or all faults of the row."""

TRUE_WORDS: Final = frozenset({
    *("true", "yes", "1", "on"),
    *("wahr", "ja", "vrai", "oui", "verdadero", "sí", "si", "verdadeiro", "sim", "vero", "sì", "waar"),
    *("sant", "sand", "sann", "istina", "tosi", "kyllä", "prawda", "tak", "pravda", "ano", "áno", "igaz", "igen"),
    *("adevărat", "da", "doğru", "evet"),
    *("истина", "да", "істина", "так", "αληθησ", "αληθήσ", "ναι", "真", "是", "はい", "예", "참"),
})  # fmt: skip
"""What spreadsheet programs write for TRUE in their languages, and what people there write for yes; casefolded."""
FALSE_WORDS: Final = frozenset({
    *("false", "no", "0", "off", ""),
    *("falsch", "nein", "faux", "non", "falso", "não", "nao", "onwaar", "nee", "falskt", "nej", "falsk", "nei"),
    *("usann", "epätosi", "ei", "fałsz", "nie", "nepravda", "ne", "hamis", "nem", "fals", "nu", "yanliş", "yanlış"),
    *("hayır", "hayir", "laž", "ложь", "нет", "неправда", "хибність", "ні", "ψευδησ", "ψευδήσ", "οχι", "όχι"),
    *("假", "偽", "否", "いいえ", "아니요", "거짓"),
})  # fmt: skip
"""Likewise for FALSE and no. A word that means yes in one language and no in another is in neither list."""

_LONGEST_QUOTE: Final = 60
_REMEMBERED: Final = 1_024
"""Texts of a column of which it is remembered that they are right."""

_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | frozenset(
    map(chr, range(0xFE00, 0xFE10)),  # variation selectors
)
"""Invisible characters that Unicode counts among letters, marks or symbols, not among format characters."""
_UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_CONTROLS: Final = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}
_DAMAGE: Final = "\ufffd"
_NONCHARACTER_TAIL: Final = 0xFFFE

_PLACEHOLDER: Final = re.compile(r"[-\u2010-\u2015\u2212_?\u00bf\u2026=*/\\|~^,:;!'\"`\u00b4\u2018-\u201f]+|[./]{2,}")
"""What people write where there is nothing to write."""
_BLANKS: Final = frozenset({
    *("(blank)", "(leer)", "(vide)", "(en blanco)", "(vacío)", "(vacías)", "(vuoto)", "(vazio)", "(em branco)"),
    *("(leeg)", "(tom)", "(tomt)", "(tyhjä)", "(puste)", "(prázdné)", "(üres)", "(boş)", "(пусто)", "(空白)"),
    *("(비어 있음)",),
})  # fmt: skip
"""What pivot tables write where there is nothing, in languages of Excel; casefolded."""
_ERROR: Final = re.compile(r"#[\u00a1\u00bf]?[^\W\d_][^\sa-z!?]*[!?]|#+|(?:Err|Error|Erreur|Fehler):\d{3}")
_NOT_AVAILABLE: Final = frozenset({
    *("#N/A", "#NA", "#NV", "#N/V", "#N/D", "#ND", "#N/B", "#I/T", "#Н/Д", "#НД", "#Δ/Υ", "#YOK", "#HIÁNYZIK"),
    *("#NENÍ_K_DISPOZICI", "#NEDOSTUPNÝ", "#GETTING_DATA"),
})  # fmt: skip
"""Errors of spreadsheet programs that end in no mark, in their languages."""

_LOOKALIKES: Final = frozenset(
    "АВЕЅІЈКМНОРСТУХаесԁһіјорԛѕԝхуүѵΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιυρ",
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_LATIN: Final = re.compile(r"[A-Za-z]")


class CellError(ValueError):
    """A cell is wrong: what is wrong with it, and what to do about it."""


def quoted(value: str) -> str:
    """The value as a message shows it: shortened, and with escapes for what cannot be seen."""
    short = value if len(value) <= _LONGEST_QUOTE else value[:_LONGEST_QUOTE] + "…"
    shown = "".join(
        char if char == " " or char.isprintable() else char.encode("unicode_escape").decode() for char in short
    )
    return f'"{shown}"'


def _named(char: str) -> str:
    if char in _CONTROLS:
        return _CONTROLS[char]
    code = f"U+{ord(char):04X}"
    name = unicodedata.name(char, "")
    return f"{name} ({code})" if name else code


def _unseen(char: str) -> bool:
    return (
        unicodedata.category(char) in _UNSEEN_CATEGORIES
        or char in _UNSEEN
        or ord(char) & _NONCHARACTER_TAIL == _NONCHARACTER_TAIL
    )


def _trouble(text: str, noun: str) -> str:
    """What makes the text unfit for a name, or for another `noun`, and what to do about it; "" if it is fit."""
    if len(text) > LONGEST_NAME:
        return f"has {len(text):,} characters; a {noun} may have at most {LONGEST_NAME}: shorten it"
    if _ERROR.fullmatch(text) or text.upper() in _NOT_AVAILABLE:
        return "is an error that a spreadsheet shows in place of a value: correct it"
    if _PLACEHOLDER.fullmatch(text) or text.casefold() in _BLANKS:
        return (
            f"stands for nothing, and would be taken for a {noun}: fill the {noun} in, or leave an optional cell empty"
        )
    for position, char in enumerate(text, 1):
        if _unseen(char):
            return f"has {_named(char)} at position {position}, which is not allowed in a {noun}: retype the {noun}"
        if char == _DAMAGE:
            return f"has {_named(char)} at position {position}, a sign of damaged text: retype the {noun}"
        if char != " " and char.isspace():
            return f"has {_named(char)} at position {position}, which only looks like a space: retype the {noun}"
    for word in _WORD.findall(text):
        alike = next((char for char in word if char in _LOOKALIKES), "")
        if alike and _LATIN.search(word):
            return f"mixes Latin letters with the look-alike {_named(alike)}: retype the {noun}"
    return ""


def _name(value: str, field: str, default: str | None, noun: str) -> str:
    text = value.strip()
    if (
        text.isascii()
        and text.isprintable()
        and 0 < len(text) <= LONGEST_NAME
        and text[0].isalnum()
        and ":" not in text
    ):  # nearly every one
        return text
    if not text:
        if default is None:
            raise CellError(f"{field} is empty, and every row needs one: fill it in")
        return default
    trouble = _trouble(text, noun)
    if trouble:
        raise CellError(f"{field} {quoted(text)} {trouble}")
    return unicodedata.normalize("NFC", text)


def a_boolean(field: str) -> CheckCell[bool]:
    """The check of a column of true and false, called `field`."""
    return partial(_boolean, field=field)


def a_name(field: str, default: str | None = None, *, noun: str = "name") -> CheckCell[str]:
    """The check of a column of names, called `field`; without a default it may not be empty.

    `noun`: what messages call what is in it, where that is no name.
    """
    return partial(_name, field=field, default=default, noun=noun)


def remembered(check: CheckCell[V]) -> CheckCell[V]:
    """The check of a column that has the same text in many rows: each text that is right is checked once."""
    return lru_cache(maxsize=_REMEMBERED)(check)


def _boolean(value: str, field: str) -> bool:
    word = unicodedata.normalize("NFC", value.strip()).casefold()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    likely = {"t": "True", "y": "Yes", "f": "False", "n": "No"}.get(word[:1])
    advice = f'did you mean "{likely}"?' if likely else "write True or False"
    raise CellError(f"{field} {quoted(value.strip())} is neither true nor false: {advice}")


def cells_checked_by(checks: Mapping[str, tuple[str, CheckCell[Any]]], wanted: Callable[..., W]) -> CheckCells[W]:
    """A check of a row's cells, column by column.

    Args:
        checks: by canonical column: the field of the wanted thing that its cell is for, and the cell's check.
        wanted: makes the wanted thing, given the fields of the columns that a sheet has.
    """

    def check(cells: Mapping[str, str]) -> W | tuple[tuple[str, str], ...]:
        right: dict[str, Any] = {}
        wrong: list[tuple[str, str]] = []
        for column, text in cells.items():
            field, value_of = checks[column]
            try:
                right[field] = value_of(text)
            except CellError as error:
                wrong.append((column, str(error)))
        return tuple(wrong) if wrong else wanted(**right)

    return check


def checker(
    check_cells: CheckCells[Any],
    sheet_fields: Mapping[str, int],
    *,
    sheet_name: str = "",
    in_cells: bool = True,
    places: Sequence[int | None] | None = None,
) -> CheckRecord:
    """The check for the rows of one sheet.

    It gives the wanted thing, or all faults of the row: those that the reading of the file found, then those of its
    values. A row that does not fit its columns has only the former, since no value can be assigned to a column.

    Args:
        check_cells: the kind's check.
        sheet_fields: canonical column to position among a record's cells.
        sheet_name: the worksheet, for messages that name cells as `Wave 3!C17`.
        in_cells: False if the rows are not in a file, so that messages name the row.
        places: for each of a record's cells, its column in the file, None if the file does not have it; None if a
            record has the file's columns as they are.
    """
    fields = tuple(sheet_fields.items())

    def place(column: int, row: int) -> str:
        there = column if places is None else places[column]
        return f"row {row}" if there is None or not in_cells else cell_name(there, row, sheet_name)

    def check(record: Record) -> Wanted | tuple[Fault, ...]:
        if record.faults and any(fault.column is None for fault in record.faults):
            return record.faults
        wanted: Wanted | tuple[tuple[str, str], ...]
        wanted = check_cells({name: record.cells[position] for name, position in fields})
        if not isinstance(wanted, tuple):
            return wanted if not record.faults else record.faults
        told = {fault.column for fault in record.faults}
        found = [(sheet_fields[name], text) for name, text in wanted]
        return record.faults + tuple(
            Fault(f"{place(column, record.sheet_row)}: {text}", column) for column, text in found if column not in told
        )

    return check
