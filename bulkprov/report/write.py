"""The results of a run, written into its folder: all rows, and those to fix."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bulkprov.report.atomic_files import keep_edited, put, remove, staging
from bulkprov.report.context import About
from bulkprov.report.formats import FORMATS, Format, file_makers
from bulkprov.sheets.rows import Result

__all__ = ["Written", "write_results"]

_NEVER_WRITTEN: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Written:
    """The files that were written."""

    results: Path
    failed: Path | None
    """None if every row is done."""
    said: tuple[str, ...] = ()
    """What the person should be told: that a file was open in Excel and the new one has another name, for one."""
    failed_digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each file of rows to fix as it was written last, as hexadecimal digits, by the file's name."""


def write_results(
    folder: Path,
    *,
    columns: Sequence[str],
    results: Callable[[], Iterable[Result]],
    format: Format,  # noqa: A002 - the option's name
    about: About,
    name: str = "results",
    last_failed: Mapping[str, str] = _NEVER_WRITTEN,
) -> Written:
    """Write the results of a run into its folder, and the rows to fix if there are any.

    Args:
        folder: the run's folder; it has to be there.
        name: of the file; with another one than `results` there is no file of rows to fix.
        columns: the header cells of the sheet's own columns.
        results: gives all rows of the run in the sheet's order, afresh each time it is called.
        format: what to write; results of the other format are left as they are.
        about: what the summary is to say besides.
        last_failed: the digest of each file of rows to fix as it was written last, by its name; to see whether
            somebody has edited it.

    Raises:
        StorageError: a file cannot be written. The old ones are as they were.
    """
    makers = file_makers(format)
    names = (f"{name}.{format}", f"failed.{format}")
    fixable = name == "results"
    with staging(folder) as stage:
        with ExitStack() as open_files:
            add = open_files.enter_context(makers.results(stage / names[0], columns, about))
            add_failed: Callable[[Result], None] | None = None
            for result in results():
                add(result)
                if fixable and not result.status.done:
                    if add_failed is None:
                        add_failed = open_files.enter_context(makers.failed(stage / names[1], columns, about))
                    add_failed(result)
        said: list[str] = []
        if fixable:
            for each, digest in last_failed.items():
                keep_edited(folder / each, digest, said)
        written = put(stage / names[0], folder, said)
        if not fixable:
            return Written(written, None, tuple(said))
        if add_failed is None:
            remove([folder / f"failed.{each}" for each in FORMATS], said)
            return Written(written, None, tuple(said))
        digest = hashlib.sha256((stage / names[1]).read_bytes()).hexdigest()
        failed = put(stage / names[1], folder, said)
        return Written(written, failed, tuple(said), {**last_failed, failed.name: digest})
