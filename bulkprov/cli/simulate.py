"""The command `simulate`: a CommServe to rehearse against, on this machine.

It has a module of its own, since no other command needs to import a web server. The estate is read here, from a sheet
with the columns of a wave: the simulator must not share the code that reads sheets.
"""

import asyncio
import signal
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import field, make_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, get_type_hints

from cyclopts import Group, Parameter
from docstring_parser import parse

from bulkprov.cli.prompts import columns, say, tell, width
from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.kinds import BACKUP_SET
from bulkprov.errors import ExitCode, SheetError
from bulkprov.probe.findings import from_file
from bulkprov.probe.likeness import simulator_like
from bulkprov.sheets import open_sheet
from bulkprov.sheets.validate import checker
from bulkprov.shell import typed
from bulkprov.simulator import FAULTS, EstateSet, Simulator, SimulatorSettings, parse_fault, told_of_clients

__all__ = ["simulate"]

_DEFAULTS: Final = SimulatorSettings()
_WIDTH: Final = 79
_FAULT: Final = "One kind of fault and its share: drop-after=0.1; repeatable."

_GROUPS: Final = {
    "Server": "host port state latency commserve_version",
    "Estate": "clients default_sets retired_clients",
    "Signing in": "username password token_minutes session_end renewal denied_clients access_tokens",
    "Shape of replies": "replies spelling display_names escaped_names",
    "Names and descriptions": "name_length long_names name_blanks name_case descriptions description_lists",
    "Refusals": "refuse_duplicates idempotent duplicate_code duplicate_status duplicate_text refusal_status",
    "Lists and reads": "list_lag list_replica_lag list_cut read_lag read_replica_lag empty_list gone_read",
    "Load": "capacity service_time overload overload_slows rate_limit read_limit rate_period requests_per_second burst",
    "Faults": "faults seed slow_seconds late_seconds hang_seconds repeat_seconds repeat_every redirect_to",
}
"""The settings that are options, by the heading they stand under. The others cannot be typed: `estate` and `fault`,
which the command has in another form, and `refusals`."""
_OF_THE_COMMAND: Final = {"Estate": ("estate", "like"), "Faults": ("fault",)}
"""Options that are no settings as they are, by the same headings."""

_SHOWN: Final = frozenset({"port", "state", "latency", "clients", "faults", "seed"})
"""The settings that are on the help page, which is to fit a screen; `--list-options` has all of them."""


def _meanings() -> dict[str, str]:
    """What the settings mean, by their names; it is said where they are."""
    return {each.arg_name: " ".join((each.description or "").split()) for each in parse(_DEFAULTS.__doc__ or "").params}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


if TYPE_CHECKING:

    class _Options(SimulatorSettings):
        typed: Mapping[str, Any]
else:

    def _grouped() -> type:
        """The settings that can be typed, as options under their headings."""
        types, means = get_type_hints(SimulatorSettings), _meanings()
        options = [
            (
                name,
                Annotated[types[name], Parameter(group=heading, show=name in _SHOWN, help=_sentence(means[name]))],
                field(default=getattr(_DEFAULTS, name)),
            )
            for heading in map(Group.create_ordered, _GROUPS)
            for name in _GROUPS[heading.name].split()
        ]
        # cyclopts takes a class that says it is from nowhere for a built-in one, which has no fields
        said = {"__module__": __name__, "__doc__": SimulatorSettings.__doc__}
        values = make_dataclass("Options", options, kw_only=True, namespace=said)

        class Typed(values):  # one that is typed counts, though it is what it would be anyway
            __doc__ = SimulatorSettings.__doc__

            def __init__(self, **typed: object) -> None:
                super().__init__(**typed)
                self.typed = typed

        return Typed

    _Options = _grouped()

_TYPED: Final = _Options()


def simulate(
    *,
    estate: Path | None = None,
    like: Path | None = None,
    fault: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help=_FAULT),
    ] = (),
    list_faults: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    list_options: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    options: Annotated[_Options, Parameter(name="*")] = _TYPED,
) -> ExitCode:
    """Serve a CommServe simulator to rehearse against.

    Parameters
    ----------
    estate
        Sheet with the backup sets that exist from the start (the columns of a wave) [default: 60 clients].
    like
        A probe.json: answer like the server that was probed, but for the options given here.
    list_faults
        List every fault and what it does, and exit.
    list_options
        List every option, those of the server's habits too, and exit.
    """
    if list_options:
        tell("\n".join(_listed()))
        return ExitCode.DONE
    if list_faults:
        tell("\n".join(_faults_listed(columns(sys.stdout))))
        return ExitCode.DONE
    shares = dict(map(parse_fault, fault))
    settings = simulator_like(from_file(like), _DEFAULTS) if like else _DEFAULTS
    settings = replace(settings, **options.typed, fault=shares, estate=tuple(_estate(estate)) if estate else None)
    asyncio.run(_serve(settings))
    return ExitCode.DONE


def _faults_listed(wide: int) -> Iterator[str]:
    """Every fault and what it does, in two columns on a terminal of this width; 0 where there is none."""
    for each in FAULTS.values():
        name = f"{each.name:24} "
        yield from textwrap.wrap(name + each.description, wide or sys.maxsize, subsequent_indent=" " * len(name))


def _listed() -> Iterator[str]:
    """Every option under its heading, with what it means and what it is if it is not given."""
    own = {each.arg_name: each.description or "" for each in parse(simulate.__doc__ or "").params} | {"fault": _FAULT}
    for heading, names in _GROUPS.items():
        told = {name: f"{own[name][:1].lower()}{own[name][1:]}" for name in _OF_THE_COMMAND.get(heading, ())}
        told |= {name: f"{_meanings()[name]} [default: {_default(name)}]" for name in names.split()}
        yield f"{heading}:"
        for name, means in told.items():
            line = f"--{name.replace('_', '-')}: {means}"
            yield from textwrap.wrap(line, width(_WIDTH, sys.stdout), initial_indent="  ", subsequent_indent="      ")


def _default(name: str) -> str:
    """What a setting is if it is not given; of a switch that is on, how it is turned off."""
    value = getattr(_DEFAULTS, name)
    if value is True:
        return f"on; --no-{name.replace('_', '-')} turns it off"
    if value is False:
        return "off"
    return "none" if value in (None, (), "") else str(value)


async def _serve(settings: SimulatorSettings) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if number := getattr(signal, name, None):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    async with Simulator(settings) as simulator:
        keep = typed(["init", "--name", "rehearsal", "--server", simulator.url, "--username", settings.username])
        say(
            f"A simulated CommServe at {simulator.url} (user {settings.username}, password {settings.password}).",
            *([told_of_clients(settings.clients)] if settings.estate is None else []),
            f"Try, in a second terminal: {keep}",
            f"Statistics: http://{settings.host}:{simulator.port}/simulator/statistics. Press Ctrl-C to stop.",
        )
        await ended.wait()


def _estate(path: Path) -> Iterator[EstateSet]:
    sheet = open_sheet(path, columns=BACKUP_SET.columns)
    check = checker(BACKUP_SET.check, sheet.fields, sheet_name=sheet.sheet_name)
    for chunk in sheet.chunks():
        for record in chunk:
            want = check(record)
            if isinstance(want, tuple):
                raise SheetError(f"{path}: row {record.sheet_row}: {'; '.join(fault.text for fault in want)}")
            assert isinstance(want, BackupSet)  # noqa: S101 - tells the type checker what the check gives
            yield EstateSet(
                client=want.client,
                app=want.app,
                instance=want.instance,
                name=want.name,
                on_demand=want.on_demand,
                plan=want.plan,
            )
