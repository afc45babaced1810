"""The manifest of a run: what is known of the run as a whole, as one typed and frozen value.

The journal keeps it as text, a line for each fact. Facts are read by name: one that is missing has its default, and one
that this version does not know is ignored and stays in the journal. So a journal of any version can be read. To add a
fact, add a field with a default. A stored name never changes; where it differs from the field's, the field says so.

The journal has facts of its own in the same table (`format`); they are not part of the manifest.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import Field, asdict, dataclass, field
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any, Final, Self

from bulkprov.errors import RunError
from bulkprov.journal.codec import moment
from bulkprov.journal.store import Journal
from bulkprov.report.formats import Format, format_named
from bulkprov.settings import Reading

__all__ = ["SIMULATED", "Begun", "Manifest"]

SIMULATED: Final = "simulator"
"""The server of a run with `--simulate`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """How a value is stored as text. An empty text stands for the default."""

    read: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    name: str = ""
    """If it is not the name of the field."""


def _stored_as(read: Callable[[str], Any], write: Callable[[Any], str] = str, name: str = "") -> dict[str, _Stored]:
    return {"stored": _Stored(read=read, write=write, name=name)}


def _moment(text: str) -> float:
    return moment(float(text))


def _reading_text(reading: Reading) -> str:
    return json.dumps(asdict(reading))


def _reading(text: str) -> Reading:
    stored = json.loads(text)
    return Reading(**{each.name: stored[each.name] for each in fields_of(Reading) if each.name in stored})


def _texts(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _whole_numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, json.loads(text)))


def _mapping(text: str) -> dict[str, Any]:
    return dict(json.loads(text))


def _points(text: str) -> tuple[tuple[float, int], ...]:
    return tuple((at, limit) for at, limit in json.loads(text))


def _begun_text(reruns: tuple["Begun", ...]) -> str:
    return json.dumps([[str(each.folder), each.began, each.rows, each.whole] for each in reruns])


def _begun(text: str) -> tuple["Begun", ...]:
    return tuple(
        Begun(folder=Path(folder), began=None if began is None else moment(began), rows=int(rows), whole=bool(whole))
        for folder, began, rows, whole, *_ in json.loads(text)
    )


def _flag_text(flag: bool) -> str:
    return "yes" if flag else ""


def _number(text: str) -> int:
    return int(float(text))  # format 1 has whole numbers as 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A rerun of a run, as that run remembers it: its folder may be anywhere, and may go."""

    folder: Path
    began: float | None
    """When it began, in seconds since the epoch; None for one of an earlier version."""
    rows: int
    """How many rows were not done when it began; -1 for one of an earlier version."""
    whole: bool
    """Whether it has taken over all rows; an edited results file may leave out rows that are still to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The facts of a run. What is not known is None, or empty."""

    kind: str | None = None
    """Name of the kind of thing that the rows name; None in a journal of format 1, which knew backup sets only."""
    created_at: float | None = field(default=None, metadata=_stored_as(_moment, repr))
    """When the run began, in seconds since the epoch."""
    directory: Path = field(default=Path(), metadata=_stored_as(Path))
    """The working directory in which it began: paths in the manifest are relative to it."""
    ticket: str = ""
    """The change ticket that the run belongs to, as given with `--ticket`; reruns inherit it."""
    operator: str = ""
    """The account of this machine under which the run began."""
    kept: Mapping[str, str] = field(default_factory=dict, metadata=_stored_as(_mapping, json.dumps, "brakes"))
    """The options that hold in later commands on it, as it was given them last, by name; see `kept_options`."""
    kept_from_settings: tuple[str, ...] = field(
        default=(), metadata=_stored_as(_texts, json.dumps, "brakes_from_settings")
    )
    """Those of them that were not typed, but are from the settings or the environment."""
    words_again: tuple[str, ...] = field(default=(), metadata=_stored_as(_texts, json.dumps))
    """Options that a further command needs which the files of results name: which settings the last one has used, and
    for a plan, which no folder remembers, the server and the user."""
    username: str = ""
    """The user who signed in to the server last to create something; empty with a token."""

    sheet: str = ""
    """Path of the wave's first sheet as given; "-" for stdin, `IN_MEMORY` for rows of a program."""
    sheet_name: str = ""
    """Its worksheet; empty for CSV."""
    reading: Reading = field(default=Reading(), metadata=_stored_as(_reading, _reading_text))
    """How the sheet is read; in a rerun, the file of corrections."""
    sha256: str = ""
    """Digest of the file that is read, as hexadecimal digits: it must not change before the rows are loaded."""
    columns: tuple[str, ...] = field(default=(), metadata=_stored_as(_texts, json.dumps))
    """Header cells of the sheet's own columns, in order."""
    fields: Mapping[str, int] = field(default_factory=dict, metadata=_stored_as(_mapping, json.dumps))
    """Canonical column to its position among `columns`."""
    delimiter: str = ""
    """What separates the cells of the sheet, and so of results in CSV; empty for a workbook and for version 1."""
    encoding: str = ""
    """Encoding of the sheet, and so of results in CSV, if it is certain; empty for UTF-8 with a mark."""
    discarded_at: float | None = field(default=None, metadata=_stored_as(_moment, repr))
    """When it was said that the run is not to be gone on with, in seconds since the epoch; None if it was not."""
    loaded_at: float | None = field(default=None, metadata=_stored_as(_moment, repr, "loaded"))
    """When all rows were in the journal, in seconds since the epoch."""

    server: str | None = None
    """Root path of the web service, or `SIMULATED`; None for a plan that asks no server."""
    simulator_state: Path | None = field(default=None, metadata=_stored_as(Path, name="simulator"))
    """Where the simulator keeps its estate: relative to the run's folder, or absolute in a rerun, a plan or a
    verification, which have that of another run. None with a real server."""

    rerun_of: Path | None = field(default=None, metadata=_stored_as(Path, name="reruns"))
    """The run that this one reruns: its folder, or a results file that is not in the folder of its run."""
    earlier_began: float | None = field(default=None, metadata=_stored_as(_moment, repr))
    """When that run began, in seconds since the epoch, so that another one in its folder is not taken for it."""
    generation: int = field(default=1, metadata=_stored_as(_number, name="go"))
    """1 for the first run of a wave, 2 for its rerun, and so on."""
    corrections: str | None = field(default=None, metadata=_stored_as(str, name="fixed"))
    """Path of the file of corrected rows, as given."""
    corrections_complete: bool = field(default=False, metadata=_stored_as(bool, _flag_text, "whole"))
    """Whether that file has every row that is wanted, in the order that is wanted: an edited results file."""
    left_out: tuple[int, ...] = field(default=(), metadata=_stored_as(_whole_numbers, json.dumps))
    """Numbers of the rows of the wave that a mark in `skip`, or their absence from corrections, has left out, by this
    rerun or by one before it: they are among no counts."""
    superseded_by: Path | None = field(default=None, metadata=_stored_as(Path, name="rerun_as"))
    """Folder of the newest rerun that has taken over all rows of this run."""
    begun_reruns: tuple[Begun, ...] = field(default=(), metadata=_stored_as(_begun, _begun_text))
    """All of its reruns, in the order in which they began, but for those that sent nothing and were not kept."""

    audited: int = field(default=0, metadata=_stored_as(_number))
    """The number of the newest exchange when all rows were last audited; -1 if rows of an earlier run are not."""
    deleted_at: float | None = field(default=None, metadata=_stored_as(_moment, repr))
    """When a rollback of the run last deleted something, in seconds since the epoch."""
    results_format: Format | None = field(default=None, metadata=_stored_as(format_named))
    """Format in which the results were written last, or are to be written."""
    digests: Mapping[str, str] = field(
        default_factory=dict, metadata=_stored_as(_mapping, json.dumps, "failed_digests")
    )
    """SHA-256 of each file of results as it was written last, by its name."""
    seconds: float | None = field(default=None, metadata=_stored_as(float, repr))
    """How long the run has worked in all, its rollbacks left out; None before it has."""
    requests: int | None = field(default=None, metadata=_stored_as(_number))
    """Requests that it has sent in that time."""
    finished: int | None = field(default=None, metadata=_stored_as(_number))
    """Rows that ended in those seconds."""
    limits: tuple[tuple[float, int], ...] = field(default=(), metadata=_stored_as(_points, json.dumps))
    """The limit on requests in flight over the last work: moments in seconds since the epoch, and the limit from then
    on. Empty if it never changed."""

    @property
    def encoding_to_say(self) -> str:
        """The encoding of results in CSV, if `--encoding` has to say it to read them; empty if they have a mark."""
        return "" if self.encoding.lower().startswith("utf") else self.encoding

    @property
    def loaded(self) -> bool:
        """Whether all rows are in the journal."""
        return self.loaded_at is not None

    @property
    def simulated(self) -> bool:
        """Whether the server is the simulator in this process."""
        return self.server == SIMULATED

    @property
    def earlier_run(self) -> Path | None:
        """Folder of the run from whose journal the rows come; None if they come from a sheet.

        A results file without its journal is such a sheet.
        """
        return None if self.rerun_of is None or self.rerun_of == Path(self.sheet) else self.rerun_of

    @property
    def reruns(self) -> tuple[Begun, ...]:
        """All of its reruns that are known: earlier versions remembered the newest one only."""
        if self.superseded_by is None or any(each.folder == self.superseded_by for each in self.begun_reruns):
            return self.begun_reruns
        return (Begun(folder=self.superseded_by, began=None, rows=-1, whole=True), *self.begun_reruns)

    def with_rerun(self, begun: Begun) -> dict[str, Any]:
        """The fields that change when a rerun of the run begins."""
        return {"begun_reruns": (*(each for each in self.reruns if each.folder != begun.folder), begun)}

    def without_rerun(self, folder: Path) -> dict[str, Any]:
        """The fields that change when a rerun in this folder has sent nothing and is not kept.

        The one before it holds the rows again, if any does.
        """
        left = tuple(each for each in self.reruns if each.folder != folder)
        return {
            "begun_reruns": left,
            "superseded_by": next((each.folder for each in reversed(left) if each.whole), None),
        }

    @classmethod
    def read(cls, journal: Journal) -> Self:
        """The manifest that a journal keeps.

        Raises:
            RunError: a value cannot be read, and is none of the statistics, which are at their default then.
            StorageError: the journal cannot be read.
        """
        return cls.of_facts(journal.facts(), journal.path)

    @classmethod
    def of_facts(cls, facts: Mapping[str, str], path: Path) -> Self:
        """The manifest that text tells, as `facts` gives it; `path` is where it is from, for messages.

        Raises:
            RunError: as for `read`.
        """
        values = {}
        for each in fields_of(cls):
            name, form = _form(each)
            if text := facts.get(name):
                try:
                    values[each.name] = form.read(text)
                except (ValueError, TypeError, OverflowError, RecursionError) as error:
                    if each.name in _STATISTICS:
                        continue  # a run goes on whatever its counters say
                    raise RunError(f"{path} is damaged: its fact {name!r} cannot be read") from error
        return cls(**values)

    def facts(self, since: "Manifest | None" = None) -> dict[str, str]:
        """The text that the journal is to keep of it, by stored name.

        Args:
            since: what the journal has already, and is left out; nothing by default.
        """
        before, changed = since or Manifest(), {}
        for each in fields_of(self):
            value = getattr(self, each.name)
            if value != getattr(before, each.name):
                name, form = _form(each)
                changed[name] = "" if value is None else form.write(value)
        return changed


_STATISTICS: Final = frozenset({"generation", "seconds", "requests", "finished", "limits"})
"""Facts that are shown, and that no decision depends on."""
_PLAIN: Final = _Stored()


def _form(of: Field[Any]) -> tuple[str, _Stored]:
    """The stored name of a dataclass field, and how its value is stored."""
    form: _Stored = of.metadata.get("stored", _PLAIN)
    return form.name or of.name, form
