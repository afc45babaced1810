"""Which cell of a row is to blame, as far as the error catalogue knows: it is marked as faults are. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bulkprov.engine.model import Status
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.row import note
from bulkprov.sheets.columns import Columns, simplified
from bulkprov.sheets.rows import Fault, Result

__all__ = ["marked_by"]

_REFUSED: Final = frozenset({Status.REJECTED, Status.NO_PLACE})


def marked_by(catalogue: Catalogue, known: Columns, columns: Sequence[str]) -> Callable[[Result], Result]:
    """What adds the guilty cell to the faults of a refused row, or to a fault of an invalid row that names none.

    Args:
        catalogue: of the rows' kind.
        known: the columns that a sheet may have.
        columns: the header cells of the sheet's own columns. A column that the sheet has not cannot be marked: then its
            default was refused.
    """
    found = [known.by_header.get(simplified(header)) for header in columns]
    places = {column.name: at for at, column in enumerate(found) if column}

    def placed(result: Result) -> Result:
        """A row with a fault that no check of cells has found, such as a repeat, which has no cell yet."""
        if any(fault.column is not None or fault.doubtful for fault in result.faults):
            return result
        entry = catalogue.guilty(None, None, "", note(result))
        place = places.get(entry.column) if entry else None
        if place is None:
            return result
        return replace(result, faults=tuple(replace(fault, column=place) for fault in result.faults))

    def marked(result: Result) -> Result:
        if result.status is Status.INVALID:
            return placed(result)
        if result.status not in _REFUSED or result.faults:
            return result
        words = note(result)
        entry = catalogue.guilty(result.error_code, result.http_status, result.error_string, words)
        if entry is None or entry.column not in places:
            return result
        return replace(result, faults=(Fault(words or entry.meaning, places[entry.column]),))

    return marked
