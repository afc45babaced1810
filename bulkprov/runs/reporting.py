"""The results of a run, written from its journal in every format in which they lie in its folder.

A folder with `results.xlsx` and `results.csv` must not say two things: a command that writes the one writes the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bulkprov.engine.operations import Operation
from bulkprov.report.context import Context
from bulkprov.report.formats import FORMATS, Format
from bulkprov.report.write import Written, write_results

if TYPE_CHECKING:
    from bulkprov.runs.run import Run

__all__ = ["report_each_format"]


def report_each_format(
    run: "Run", form: Format, operation: Operation, folder: Path, context: Callable[[Format], Context]
) -> Written:
    """Write the results of a run; the first arguments are those of `Run.report`.

    Args:
        run: whose results they are.
        form: the format that is wanted.
        operation: what was done.
        folder: where to write.
        context: what the files of a format are about.

    Returns:
        the files of the format that is wanted. Those of other formats that this run wrote earlier are written again
        too. A file of results that is not, such as one of an earlier version, or one with another name since the first
        was open in Excel, is named.

    Raises:
        StorageError: a file cannot be written.
    """
    before = run.manifest.digests if operation.has_rows_to_fix else {}
    names = {f"{operation.file}.{each}": each for each in FORMATS}
    others = [each for name, each in names.items() if each != form and name in before and (folder / name).is_file()]
    written = list[Written]()
    digests: Mapping[str, str] = run.manifest.digests
    for each in (*others, form):  # the wanted one last, so that the page names its files
        done = write_results(
            folder, columns=run.columns, results=run.results, format=each, context=context(each), last=digests
        )
        written.append(done)
        digests = done.digests
    new = {path for done in written for path in (done.results, done.failed)}
    old = (folder / name for name in dict.fromkeys((*names, *before))) if operation.has_rows_to_fix else ()
    said = [line for done in written for line in done.said]
    said += [f"{path.name} is not written again, and may be out of date" for path in old if _is_old(path, new)]
    return replace(written[-1], said=tuple(dict.fromkeys(said)))


def _is_old(path: Path, new: set[Path | None]) -> bool:
    return path not in new and path.is_file()
