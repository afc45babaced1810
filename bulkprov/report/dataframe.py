"""The results as a pandas DataFrame, for programs. pandas is imported only when one is asked for."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from bulkprov.report.row import headers, result_values
from bulkprov.sheets.columns import Columns
from bulkprov.sheets.rows import RESULT_COLUMNS, Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_frame"]

_INTEGERS: Final = frozenset({"errorCode", "id", "attempts", "httpStatus", "sheetRow"})


def as_frame(columns: Sequence[str], results: Iterable[Result], known: Columns) -> "pd.DataFrame":
    """The sheet's own columns as text, then our ten with types of their own; what is not known is missing."""
    import pandas as pd  # noqa: PLC0415 - heavy

    rows = [(*result.cells, *result_values(result)) for result in results]
    frame = pd.DataFrame(rows, columns=list(headers(columns, known)), dtype=object)
    for at, name in enumerate(RESULT_COLUMNS, len(columns)):
        values: list[Any] = [None if row[at] == "" else row[at] for row in rows]
        if name in _INTEGERS:
            frame.isetitem(at, pd.array(values, dtype="Int64"))
        elif name == "seconds":
            frame.isetitem(at, pd.array(values, dtype="Float64"))
        elif name == "finishedAt":
            frame.isetitem(at, pd.to_datetime(pd.Series(values, dtype=object), utc=True).array)
    return frame
