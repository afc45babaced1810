"""A sheet made of rows that a program has in memory: mappings by column name, values, or a pandas DataFrame.

Cells become text, as everywhere. Where that could alter a name (a float, since pandas makes 123.0 of the number 123
as soon as one row lacks it) the row has a fault, and is not sent. It knows no file, and does not import pandas.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from numbers import Integral
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from bulkprov.engine.wanted import Wanted
from bulkprov.errors import SheetError
from bulkprov.sheets.columns import Columns
from bulkprov.sheets.header import find_header, no_header
from bulkprov.sheets.open import Sheet
from bulkprov.sheets.rows import Fault, Record
from bulkprov.sheets.table import CHUNK, RawRow, record_of, used_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["IN_MEMORY", "Rows", "sheet_of"]

W = TypeVar("W", bound=Wanted)

Rows: TypeAlias = "Iterable[Mapping[str, object] | Wanted] | pd.DataFrame"

IN_MEMORY: Final = "<rows>"
"""What stands for the path of a sheet that is not a file."""
_WHERE: Final = "the rows given"
_MISSING: Final = frozenset({"NAType", "NaTType"})
"""pandas' types for a missing value, which are not even equal to themselves."""
_FLAGS: Final = frozenset({"bool", "bool_"})
"""Python's and numpy's types for true and false; numpy's is not a number."""
_EXACT: Final = 2**53
"""Up to here, a whole float is exactly the number it seems to be."""


def sheet_of(rows: Rows, *, columns: Columns, wanted: type[W], cells: Callable[[W], Mapping[str, object]]) -> Sheet:
    """A sheet of these rows; their numbers are their positions, from 1.

    The columns are those of all rows together, in the order in which they appear first; what a row lacks is empty. An
    iterator is read to its end for that; a sequence or a DataFrame is used where it is, and must not change meanwhile.

    Args:
        rows: mappings by column name, values of the class `wanted`, or a DataFrame.
        columns: those that there may be.
        wanted: what a row may be instead of a mapping.
        cells: gives the cells of such a value, by canonical column.

    Raises:
        SheetError: there are no rows, one of them is neither a mapping nor a `wanted`, or a column is missing.
    """

    def mapping(number: int, row: object) -> Mapping[str, object]:
        if isinstance(row, Mapping):
            return row
        if isinstance(row, wanted):
            return cells(row)
        what = type(row).__name__
        raise SheetError(
            f"{_WHERE}: row {number} is of type {what}: give mappings by column name, or {wanted.__name__}"
        )

    names, values = _of_frame(rows) if hasattr(rows, "itertuples") else _of_mappings(rows, mapping)
    head = [(1, names)]
    header = find_header(head, columns, _WHERE)
    if header is None:
        raise no_header(head, columns, _WHERE)
    used = used_columns(header)

    def records() -> Iterator[list[Record]]:
        numbered = enumerate(values(), 1)
        while chunk := list(islice(numbered, CHUNK)):
            yield [record_of(header, _raw(used, number, row)) for number, row in chunk]

    return Sheet(
        path=IN_MEMORY,
        sheet_name="",
        columns=header.columns,
        fields=header.fields,
        is_results=bool(header.prior),
        sha256="",
        notes=(),
        _records=records,
    )


_Source: TypeAlias = "tuple[list[str], Callable[[], Iterator[Sequence[object]]]]"
"""Column names, and what gives the rows from the start each time it is called."""


def _of_frame(frame: Any) -> _Source:
    if not len(frame):
        raise SheetError(f"{_WHERE}: the DataFrame has no rows")
    return [str(name) for name in frame.columns], lambda: frame.itertuples(index=False, name=None)


def _of_mappings(rows: Iterable[object], mapping: Callable[[int, object], Mapping[str, object]]) -> _Source:
    sequence = rows if isinstance(rows, Sequence) else list(rows)
    names: dict[str, None] = {}
    for number, row in enumerate(sequence, 1):
        names.update(dict.fromkeys(mapping(number, row)))
    if not sequence:
        raise SheetError(f"{_WHERE}: there are none")

    def values() -> Iterator[Sequence[object]]:
        for number, row in enumerate(sequence, 1):
            cells = mapping(number, row)
            yield [cells.get(name) for name in names]

    return [str(name) for name in names], values


def _raw(used: Mapping[int, str], number: int, row: Sequence[object]) -> RawRow:
    faults = tuple(
        Fault(f"row {number}: {name} {problem}", place)
        for place, name in used.items()
        if (problem := _problem(row[place]))
    )
    return RawRow(number, [_encodable(value if value.__class__ is str else _text(value)) for value in row], faults)


def _problem(value: object) -> str:
    """Why it cannot be known which text a value stands for; "" if it can."""
    if isinstance(value, str):
        text = _encodable(value)
        return (
            "" if text == value else f'is "{text:.60}", which has half a character in it: decode it as it was encoded'
        )
    if isinstance(value, Integral) or type(value).__name__ in _FLAGS or _is_missing(value):
        return ""
    return f"is {value!r:.60}, of type {type(value).__name__}: give it as text"


def _encodable(text: str) -> str:
    r"""The text; half of a surrogate pair, which no file can hold, is written as the six characters ``\ud83d``."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value) or type(value).__name__ in _MISSING  # noqa: PLR0124 - NaN


def _text(value: object) -> str:
    if _is_missing(value):
        return ""
    if isinstance(value, str):  # of a subclass, such as an Enum's, whose str() may be something else
        return str.__str__(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return str(value)
