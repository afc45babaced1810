"""From the text of a row to the backup set it asks for, or to everything that is wrong with it.

Pure: a record in, a `BackupSet` or its faults out; no file, no clock, no server. pydantic does the checking, so that
all faults of a row are told at once. What a name may be made of is decided here and nowhere else:

* Outer white space, the no-break kind too, is trimmed: it comes from copying and nobody means it.
* Names are sent in Unicode's composed form (NFC). "é" can be one character or two; macOS writes two, everybody else
  one, and both look the same. Were each sent as it came, one name could be two backup sets.
* What cannot be seen is refused: control characters (also because XML cannot carry them), halves of surrogate pairs,
  zero-width characters, and marks that reorder text. So are characters that say "this text was damaged" (U+FFFD).
* White space inside a name other than the plain space is refused, and so is a word that mixes Latin letters with
  Cyrillic or Greek ones that look the same: the name would never be found again by somebody who types it.
* Everything else is a name; spaces, accents, other scripts, `=`, `%` and quotes included.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from bulkprov.engine.model import DEFAULT_APP, DEFAULT_INSTANCE, BackupSet, Fault, Record
from bulkprov.sheets.columns import (
    APP_NAMES,
    FALSE_WORDS,
    LONGEST_NAME,
    TRUE_WORDS,
    cell_name,
    likely_app,
)

__all__ = ["checker"]

_APPS: Final = {name.casefold(): name for name in APP_NAMES}
_LONGEST_QUOTE: Final = 60

_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | frozenset(
    map(chr, range(0xFE00, 0xFE10)),  # variation selectors
)
"""Unseen characters that Unicode files under letters, marks or symbols, not under format characters."""
_UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_CONTROLS: Final = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}
_DAMAGE: Final = "\ufffd"
_NONCHARACTER_TAIL: Final = 0xFFFE

_LOOKALIKES: Final = frozenset(
    "АВЕЅІЈКМНОРСТУХаесԁһіјорԛѕԝхуүѵ"  # noqa: RUF001 - Cyrillic on purpose
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιυρ",  # noqa: RUF001 - Greek on purpose
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_LATIN: Final = re.compile(r"[A-Za-z]")


def _fault(text: str) -> PydanticCustomError:
    return PydanticCustomError("fault", "{text}", {"text": text})


def _quoted(value: str) -> str:
    """The value for a message: what cannot be seen as an escape, and not endlessly long."""
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


def _trouble(text: str) -> str:
    """What makes the text unfit for a name, and what to do about it; "" if it is fit."""
    if len(text) > LONGEST_NAME:
        return f"has {len(text):,} characters, and {LONGEST_NAME} is the most a name may have: shorten it"
    for position, char in enumerate(text, 1):
        if _unseen(char):
            return f"has {_named(char)}, which cannot be in a name, as character {position}: retype the name"
        if char == _DAMAGE:
            return f"has {_named(char)} as character {position}, the mark of text that was damaged: retype the name"
        if char != " " and char.isspace():
            return f"has {_named(char)}, which only looks like a space, as character {position}: retype the name"
    for word in _WORD.findall(text):
        alike = next((char for char in word if char in _LOOKALIKES), "")
        if alike and _LATIN.search(word):
            return f"has {_named(alike)} among Latin letters, which it only looks like: retype the name"
    return ""


def _name(value: str, field: str, default: str | None) -> str:
    text = value.strip()
    if text.isascii() and text.isprintable() and 0 < len(text) <= LONGEST_NAME:  # nearly every name there is
        return text
    if not text:
        if default is None:
            raise _fault(f"{field} is empty, and every row needs one: fill it in")
        return default
    trouble = _trouble(text)
    if trouble:
        raise _fault(f"{field} {_quoted(text)} {trouble}")
    return unicodedata.normalize("NFC", text)


def _app(value: str) -> str:
    if value in APP_NAMES:
        return value
    text = " ".join(value.split())
    if not text:
        return DEFAULT_APP
    known = _APPS.get(text.casefold())
    if known is None:
        likely = likely_app(text)
        advice = f'did you mean "{likely}"?' if likely else f"it has to be one of {', '.join(APP_NAMES)}"
        raise _fault(f"appName {_quoted(text)} is no agent that Commvault documents: {advice}")
    return known


def _boolean(value: str) -> bool:
    word = value.strip().casefold()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    likely = {"t": "True", "y": "Yes", "f": "False", "n": "No"}.get(word[:1])
    advice = f'did you mean "{likely}"?' if likely else "write True or False"
    raise _fault(f"onDemandBackupset {_quoted(value.strip())} is neither true nor false: {advice}")


def _names(field: str, default: str | None = None) -> AfterValidator:
    return AfterValidator(lambda value: _name(value, field, default))


class _Cells(BaseModel):
    """The cells of one row under the vendor's names; making one is the check."""

    model_config = ConfigDict(hide_input_in_errors=True)

    client: Annotated[str, _names("clientName")] = Field(alias="clientName")
    name: Annotated[str, _names("backupsetName")] = Field(alias="backupsetName")
    app: Annotated[str, AfterValidator(_app)] = Field(DEFAULT_APP, alias="appName")
    instance: Annotated[str, _names("instanceName", DEFAULT_INSTANCE)] = Field(DEFAULT_INSTANCE, alias="instanceName")
    on_demand: Annotated[bool, BeforeValidator(_boolean)] = Field(default=False, alias="onDemandBackupset")
    plan: Annotated[str, _names("planName", "")] = Field("", alias="planName")


def checker(
    sheet_fields: Mapping[str, int], *, sheet_name: str = "", in_cells: bool = True
) -> Callable[[Record], BackupSet | tuple[Fault, ...]]:
    """Give the check for the rows of one sheet.

    `sheet_fields` says at which position of a record's cells each canonical column is; `sheet_name` is the worksheet,
    for messages that name cells as `Wave 3!C17`; without `in_cells` the rows are in no file, and the messages name the
    row. The check gives the backup set to make, or all faults of the row: those that its reading found already, and
    then those of its values. A row that does not fit its columns has only the former, since nobody can say what its
    values are.
    """
    fields = tuple(sheet_fields.items())

    def place(column: int, row: int) -> str:
        return cell_name(column, row, sheet_name) if in_cells else f"row {row}"

    def check(record: Record) -> BackupSet | tuple[Fault, ...]:
        if record.faults and any(fault.column is None for fault in record.faults):
            return record.faults
        try:
            cells = _Cells.model_validate({name: record.cells[position] for name, position in fields})
        except ValidationError as error:
            found = [
                (sheet_fields[str(each["loc"][0])], each["ctx"]["text"]) for each in error.errors(include_url=False)
            ]
        else:
            if not record.faults:
                return BackupSet(
                    client=cells.client,
                    app=cells.app,
                    instance=cells.instance,
                    name=cells.name,
                    on_demand=cells.on_demand,
                    plan=cells.plan,
                )
            found = []
        told = {fault.column for fault in record.faults}
        return record.faults + tuple(
            Fault(f"{place(column, record.sheet_row)}: {text}", column) for column, text in found if column not in told
        )

    return check
