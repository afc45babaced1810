"""The results of a run, written into its folder: a file of all rows, one of the rows to fix, and a page to look at."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bulkprov.report.atomic_files import (
    digest_of,
    move_into_place,
    remove_outdated,
    set_aside_if_edited,
    staging_folder,
)
from bulkprov.report.context import Context
from bulkprov.report.formats import FORMATS, Format, file_makers
from bulkprov.report.guilty import marked_by
from bulkprov.report.page.file import results_page
from bulkprov.report.statuses import is_to_fix
from bulkprov.sheets.doubtful import left_empty, meanings
from bulkprov.sheets.rows import OURS, SKIP, Result

__all__ = ["Written", "with_skip", "write_results"]

_PAGE: Final = "results.html"
_NEVER_WRITTEN: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Written:
    """The files that were written."""

    results: Path
    failed: Path | None
    """None if every row is done, and for a plan or a verification."""
    said: tuple[str, ...] = ()
    """Lines for the operator: that a file was open in Excel and the new one has another name, for one."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each file of a run as it was written last, as hexadecimal digits, by the file's name."""
    page: Path | None = None
    """The page to be looked at; None for a plan and a verification."""


@contextmanager
def _no_page(_path: Path, _columns: Sequence[str], _context: Context) -> Iterator[Callable[[Result], None]]:
    """In place of a page, where none is wanted."""
    yield lambda _result: None


def write_results(
    folder: Path,
    *,
    columns: Sequence[str],
    results: Callable[[], Iterable[Result]],
    format: Format,  # noqa: A002 - the option's name
    context: Context,
    last: Mapping[str, str] = _NEVER_WRITTEN,
) -> Written:
    """Write the results of a run into its folder, and the rows to fix if there are any.

    Args:
        folder: the run's folder; it has to exist.
        columns: the header cells of the sheet's own columns.
        results: all rows of the run in the sheet's order.
        format: what to write; files of other formats are left as they are.
        context: what the files are about.
        last: the digest of each file of the run as it was written last, by its name; by these an edited one is
            recognised, and kept under another name.

    Raises:
        StorageError: a file cannot be written. The old ones are as they were.
    """
    makers, of = file_makers(format), context.operation
    marked = marked_by(context.catalogue.of_kind(context.kind.name), context.kind.columns, columns)
    names, required = meanings(columns, context.kind.columns), context.kind.columns.required
    skip = SKIP + OURS if any(column.strip().casefold() == SKIP for column in columns) else SKIP
    results_name, failed_name = f"{of.file}.{format}", f"failed.{format}"
    with staging_folder(folder, from_journal=of.has_rows_to_fix) as staging:
        with ExitStack() as open_files:
            add = open_files.enter_context(makers.results(staging / results_name, columns, context))
            add_failed: Callable[[Result], None] | None = None
            page_of = results_page if of.has_rows_to_fix else _no_page
            show = open_files.enter_context(page_of(staging / _PAGE, columns, context))
            for result in map(marked, results()):
                add(result)
                show(result)
                if of.has_rows_to_fix and is_to_fix(result.status):
                    if add_failed is None:
                        failed_file = makers.failed(staging / failed_name, (skip, *columns), context)
                        add_failed = open_files.enter_context(failed_file)
                    add_failed(with_skip(left_empty(result, names, required)))
        said: list[str] = []
        if not of.has_rows_to_fix:
            return Written(move_into_place(staging / results_name, folder, said), None, tuple(said))
        for name, digest in last.items():
            set_aside_if_edited(folder / name, digest, said)
        digest, failed = digest_of(staging / results_name), None
        written = move_into_place(staging / results_name, folder, said)
        digests = {**last, written.name: digest}
        if add_failed is None:
            _remove_failed(folder, digests, said)
        else:
            digest = digest_of(staging / failed_name)
            failed = move_into_place(staging / failed_name, folder, said)
            digests[failed.name] = digest
        page = move_into_place(staging / _PAGE, folder, said)
        return Written(written, failed, tuple(said), digests, page)


def _remove_failed(folder: Path, digests: dict[str, str], said: list[str]) -> None:
    """Remove the rows to fix of earlier: there are none any more."""
    outdated = [folder / f"failed.{each}" for each in FORMATS]
    remove_outdated(outdated, said)
    for path in outdated:
        digests.pop(path.name, None)


def with_skip(result: Result) -> Result:
    """A row of the rows to fix with the cell in which a mark leaves it out, before all others."""
    faults = tuple(each if each.column is None else replace(each, column=each.column + 1) for each in result.faults)
    return replace(result, cells=("", *result.cells), faults=faults)
