"""Worksheets drawn at random for the second opinion: cells of every kind, merged and hidden ones among them."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.campaigns.second_opinion_formats import GENERAL, USUAL, draw_code

__all__ = ["Cell", "Page", "draw_page", "serial"]

_EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's days have no zone
_DAY: Final = dt.timedelta(days=1)

_WORDS: Final = (
    *("client001", "FS_Backup_01", "Köln", "naïve", "São Paulo", "Łódź"),
    *("Ελλάδα", "Москва", "東京", "서울", "שלום", "مرحبا"),
    *("e\u0301", "🗄️ set", "a\u00a0b", "ﬁle", "x\u200by", "Straße"),
    *("İstanbul", 'A&B <c> "d" \'e\'', "]]>", "&amp;", "<b>x</b>"),
    *("00123", "007", "1e5", "1E+05", "1234567890123456789", "TRUE"),
    *("false", "2024-01-02", "12:30", "3/4", "1-2", "50%", "0x1F"),
    *("+49 221", "-", "=1+1", "+1", "@home", "#N/A", "#REF!", "'quoted"),
    *('"quoted"', "a,b", "a;b", "a|b", "NULL", "None", "nan"),
    *("_x0041_", "_x005F_", "_x005F_x0041_", "_x000D_", "a_x0009_b", "x_y", "_x41_", "_x004", "__x0041__"),
    *("a b", "a  b", " a", "a ", "  a  ", "a\nb", "a\n\nb", "\na", "a\n", "a\tb", "\ta", "a \n b", " "),
    *("0", "0.0", "-0", "1.", ".5", "1,5", "1.234,50", "Infinity"),
    *("C:\\temp\\x", "\\\\srv\\share", "$A$1", "A1", "R1C1", "Sheet1!A1"),
    *("General", "%s", "{0}", "${x}", "###", "Err:502", "sep=;", "\u2028", "ÿ", "\u202eabc"),
)  # fmt: skip
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. äöüßéèñçøåłżčřě&<>\"'/\\"
_ERRORS: Final = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a writer is to put into a cell."""

    kind: str
    """`text`, `rich` (text in two fonts), `number`, `percent`, `date`, `time`, `duration`, `boolean`, `error`,
    `formula` (with its result), `uncalculated` (a formula without one)."""
    value: str | float | dt.datetime | dt.time | dt.timedelta
    code: str = GENERAL
    """Its number format."""
    formula: str = ""
    """Of a formula, which begins with `=`; its result is the value."""


@dataclass(slots=True)
class Page:
    """A worksheet. Rows and columns are counted from 0."""

    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row and last column."""
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def draw_page(draw: Random, kinds: frozenset[str], *, rows: int, columns: int) -> Page:
    """A worksheet whose cells are of these kinds.

    The words `merged` and `hidden` allow for such cells, and `composed` for formats that were put together at random.
    """
    page = Page()
    makers = [_MAKERS[kind] for kind in sorted(kinds & _MAKERS.keys()) for _ in range(_WEIGHTS.get(kind, 1))]
    for row in range(rows):
        for column in range(columns):
            if draw.random() < 0.97:
                page.cells[row, column] = _draw_cell(draw, makers, composed="composed" in kinds)
    if "merged" in kinds:
        _merge(draw, page, rows, columns)
    if "hidden" in kinds:
        page.hidden_rows = set(draw.sample(range(rows), rows // 12))
        page.hidden_columns = {draw.randrange(columns)}
    return page


def _draw_cell(draw: Random, makers: Sequence[Callable[[Random], Cell]], *, composed: bool) -> Cell:
    cell = draw.choice(makers)(draw)
    while cell.code not in USUAL and not composed:
        cell = draw.choice(makers)(draw)
    return cell


def _merge(draw: Random, page: Page, rows: int, columns: int) -> None:
    """Merge some cells, and leave nothing under them."""
    for top in range(2, rows - 3, 9):
        left, high, wide = draw.randrange(columns - 2), draw.randrange(3), draw.randrange(1, 3)
        page.merged.append((top, left, top + high, left + wide))
        for row in range(top, top + high + 1):
            for column in range(left, left + wide + 1):
                if (row, column) != (top, left):
                    page.cells.pop((row, column), None)


def serial(value: Any) -> float:
    """A value as the number of days that a cell holds."""
    match value:
        case dt.datetime():
            return (value - _EPOCH) / _DAY
        case dt.time():
            return (dt.datetime.combine(_EPOCH, value) - _EPOCH) / _DAY
        case dt.timedelta():
            return value / _DAY
        case _:
            return float(value)


def _text(draw: Random) -> str:
    if draw.random() < 0.6:
        return draw.choice(_WORDS)
    return "".join(draw.choices(_LETTERS, k=draw.choice((1, 2, 5, 12, 40)))).strip() or "x"


def _draw_text(draw: Random) -> Cell:
    codes = (
        GENERAL,
        GENERAL,
        GENERAL,
        "@",
        "0.00",
        "yyyy-mm-dd",
        '0;-0;0;"text: "@',
        '@" GmbH"',
        "_(@_)",
        "0;-0;0;",
        "#,##0_);(#,##0)",
    )
    return Cell("text", _text(draw), draw.choice(codes))


def _draw_number(draw: Random) -> float:
    sign = draw.choice((1, 1, 1, -1))
    match draw.randrange(9):
        case 0:
            return sign * draw.randrange(10)
        case 1:
            return sign * draw.randrange(100_000)
        case 2:
            return draw.choice(
                (0, 1, 0.5, 1.5, 2.5, 0.125, 1.005, 2.675, 0.045, 99.995, 999.5, 999999.5, 0.1 + 0.2, 1 / 3)
            )
        case 3:
            return sign * round(draw.uniform(0, 10_000), draw.randrange(6))
        case 4:
            return sign * draw.uniform(0, 10 ** draw.randrange(8))
        case 5:
            return sign * draw.randrange(10 ** draw.randrange(9, 16))
        case 6:
            return float(draw.randrange(10**15, 10**18))
        case 7:
            return draw.uniform(0, 10.0 ** -draw.randrange(1, 9))
        case _:
            return sign * draw.randrange(1, 1000) / draw.choice((2, 4, 8, 10, 100, 1000))


def _draw_date(draw: Random) -> Cell:
    day = dt.timedelta(days=draw.randrange(61, 80_000))
    within = dt.timedelta(seconds=draw.choice((0, 0, draw.randrange(86_400))))
    return Cell("date", _EPOCH + day + within, draw_code(draw, "date"))


def _draw_time(draw: Random) -> Cell:
    moment = (_EPOCH + dt.timedelta(milliseconds=draw.randrange(86_400) * 1000 + draw.choice((0, 0, 500, 250)))).time()
    return Cell("time", moment, draw_code(draw, "time"))


def _draw_duration(draw: Random) -> Cell:
    return Cell("duration", dt.timedelta(seconds=draw.randrange(1_000_000)), draw_code(draw, "duration"))


def _draw_formula(draw: Random) -> Cell:
    """Its result is right, so that a program that calculates it anew finds the same."""
    first, second = draw.randrange(1000), draw.randrange(1000)
    word = "".join(draw.choices("abcXYZ09_- ", k=6)).strip() or "x"
    match draw.randrange(4):
        case 0:
            return Cell(
                "formula", first + second, draw.choice((GENERAL, "00000", "0.00", "#,##0")), f"={first}+{second}"
            )
        case 1:
            return Cell("formula", f"{word}{first}", GENERAL, f'="{word}"&{first}')
        case 2:
            return Cell("formula", first > second, GENERAL, f"={first}>{second}")
        case _:
            return Cell("formula", f"{first:05}", GENERAL, f'=TEXT({first},"00000")')


_MAKERS: Final[dict[str, Callable[[Random], Cell]]] = {
    "text": _draw_text,
    "rich": lambda draw: Cell("rich", f"{_text(draw).strip() or 'x'} and {_text(draw).strip() or 'y'}"),
    "number": lambda draw: Cell("number", _draw_number(draw), draw_code(draw, "number")),
    "percent": lambda draw: Cell("percent", _draw_number(draw) / 100, draw_code(draw, "percent")),
    "date": _draw_date,
    "time": _draw_time,
    "duration": _draw_duration,
    "boolean": lambda draw: Cell("boolean", draw.random() < 0.5),
    "error": lambda draw: Cell("error", draw.choice(_ERRORS)),
    "formula": _draw_formula,
    "uncalculated": lambda draw: Cell("uncalculated", 0, GENERAL, f"={draw.randrange(1, 99)}+{draw.randrange(1, 99)}"),
}
_WEIGHTS: Final = {"text": 6, "number": 6, "date": 2, "formula": 2}
