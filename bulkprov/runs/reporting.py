"""The results of a run, written from its journal in every format in which they lie in its folder.

A folder with `results.xlsx` and `results.csv` must not say two things: whatever writes the one writes the other too.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bulkprov.engine.operations import Operation
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.formats import FORMATS, Format
from bulkprov.report.write import Written, write_results
from bulkprov.runs.summary_facts import context_of

if TYPE_CHECKING:
    from bulkprov.runs.run import Run

__all__ = ["report_each_format"]


def report_each_format(
    run: "Run",
    form: Format,
    catalogue: Catalogue,
    operation: Operation,
    folder: Path,
    *,
    stopped: bool,
    refused: bool,
) -> Written:
    """Write the results of a run; the arguments are those of `Run.report`.

    Returns:
        the files of the format that is wanted. Those of other formats that this run wrote earlier are written again
        too. A file of results that is not, such as one of an earlier version, or one with another name since the first
        was open in Excel, is named.

    Raises:
        StorageError: a file cannot be written.
    """

    def write(each: Format, last: Mapping[str, str]) -> Written:
        context = context_of(run, each, catalogue, operation, folder, stopped=stopped, refused=refused)
        return write_results(folder, columns=run.columns, results=run.results, format=each, context=context, last=last)

    before = run.manifest.digests
    if not operation.has_rows_to_fix:
        return write(form, before)
    names = {each: f"{operation.file}.{each}" for each in FORMATS}
    others = [each for each in FORMATS if each != form and names[each] in before and (folder / names[each]).is_file()]
    digests, said, new = before, list[str](), set[Path]()

    def noted(each: Format) -> Written:
        nonlocal digests
        done = write(each, digests)
        digests = done.digests
        said.extend(done.said)
        new.update(filter(None, (done.results, done.failed)))
        return done

    for each in others:
        noted(each)
    done = noted(form)  # the last one, so that the page names its files
    old = (folder / name for name in dict.fromkeys((*names.values(), *before)))
    said += [f"{path.name} is not written again, and may be out of date" for path in old if _is_old(path, new)]
    return replace(done, said=tuple(dict.fromkeys(said)))


def _is_old(path: Path, new: set[Path]) -> bool:
    return path not in new and path.is_file()
