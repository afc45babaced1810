"""The one list of options, with their defaults: for the command line, the environment, settings files and the library.

The values are frozen, and checked when they are made. This module knows no command and opens no file. The annotations
are for the command line (short names, help); everything else here is plain Python.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from math import inf
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from cyclopts import Group, Parameter

from bulkprov.errors import SettingsError
from bulkprov.urls import check_proxy, is_loopback, web_service

__all__ = ["EFFORT", "FILES", "SCREEN", "SETTINGS_FILE", "Access", "Effort", "Reading", "Screen", "again"]

_SERVER: Final = Group("Server", sort_key=1)
EFFORT: Final = Group("Pace and limits", sort_key=2)
FILES: Final = Group("Sheet and results", sort_key=3)
SCREEN: Final = Group("Output and settings", sort_key=4)

# How options are shown in the help: no --no-... for a switch, and no default that is "" or False.
_Switch: TypeAlias = Annotated[bool, Parameter(negative="", show_default=False)]
_Text: TypeAlias = Annotated[str, Parameter(show_default=False)]
_Concurrency: TypeAlias = Annotated[
    int | Literal["auto"], Parameter(alias="-j", show_choices=False, show_default=False)
]

SETTINGS_FILE: Final = Path("bulkprov.toml")
"""The settings file, in the working directory."""
_NONE: Final = ("", "none")
"""What a limit is where there is none; the word is for a run that was given one before."""
_PERIODS: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


@Parameter(name="*", group=_SERVER)
@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Which server, and how to sign in. The README's section on `run` describes each option in full.

    Raises:
        SettingsError: a value is out of range, or contradicts another.
    """

    server: _Text = ""
    """Root path: https://HOST/commandcenter/api"""
    simulate: _Switch = False
    """Rehearse on a CommServe simulator in this process."""
    faults: Annotated[float, Parameter(show_default=False)] = 0.0
    """With --simulate: share of requests to fail, 0 to 1."""
    seed: Annotated[int, Parameter(show_default=False)] = 0
    """With --simulate: picks which ones fail, repeatably."""
    token_file: Path | None = None
    """File holding a token (or set BULKPROV_TOKEN)."""
    username: _Text = ""
    """Sign in as this user; prompts for the password."""
    password_file: Path | None = None
    """File holding the password (or BULKPROV_PASSWORD)."""
    one_time_pin: Annotated[Literal["auto", "yes", "no"], Parameter(show=False)] = "auto"
    """Whether the password ends in a one-time PIN: yes, no, or auto, if it ends in six digits.

    It is not in the help, which has to fit on a screen: what is said when it matters names it.
    """
    wire: Annotated[Literal["json", "xml"], Parameter(show_choices=False, show_default=False)] = "json"
    """Format of requests, json or xml [default: json]."""
    timeout: Annotated[float, Parameter(show_default=False)] = 60.0
    """Seconds to wait for an answer [default: 60]."""
    connect_timeout: Annotated[float, Parameter(show_default=False)] = 10.0
    """Seconds to wait for a connection [default: 10]."""
    ca_file: Path | None = None
    """Trust only these CA certificates (PEM)."""
    cert_file: Annotated[Path | None, Parameter(show=False)] = None
    """Client certificate (PEM), if the server wants one."""
    key_file: Annotated[Path | None, Parameter(show=False)] = None
    """Its key, if that is not in the same file."""
    key_password_file: Annotated[Path | None, Parameter(show=False)] = None
    """File holding the password of an encrypted key (or BULKPROV_KEY_PASSWORD)."""
    proxy: _Text = ""
    """As http://proxy:3128; HTTPS_PROXY is ignored."""
    proxy_username: Annotated[str, Parameter(show=False)] = ""
    """Sign in to the proxy; see --proxy-password-file."""
    proxy_password_file: Annotated[Path | None, Parameter(show=False)] = None
    """File holding the password for the proxy (or BULKPROV_PROXY_PASSWORD)."""
    insecure: _Switch = False
    """Skip certificate checks: exposes the token."""
    allow_http: _Switch = False
    """Allow plain http to other hosts: exposes the token."""

    def __post_init__(self) -> None:
        _check(0 <= self.faults <= 1, "--faults must be a number from 0 to 1")
        _check(
            0 < self.timeout < inf and 0 < self.connect_timeout < inf,
            "--timeout and --connect-timeout must be more than 0 seconds",
        )
        _check(not (self.server and self.simulate), "--server and --simulate cannot be used together")
        if self.server:
            object.__setattr__(self, "server", web_service(self.server, allow_http=self.allow_http))
        if self.proxy:
            check_proxy(self.proxy)
            _check(
                not self.server.startswith("http:"),
                "--proxy: over plain http the proxy could read the token; use an https --server",
            )
        _check(not self.proxy_username or bool(self.proxy), "--proxy-username needs --proxy")
        _check(":" not in self.proxy_username, "--proxy-username: HTTP allows no colon in it; the password has a file")
        _check(
            not self.proxy_password_file or bool(self.proxy_username), "--proxy-password-file needs --proxy-username"
        )
        _check(not (self.key_file or self.key_password_file) or bool(self.cert_file), "--key-file needs --cert-file")
        _check(not (self.cert_file and self.server.startswith("http:")), "--cert-file: plain http uses no certificate")

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine."""
        return is_loopback(self.server)


@Parameter(name="*", group=EFFORT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How hard to try, and when to stop. The README's section on `run` describes each option in full.

    Raises:
        SettingsError: a value is out of range, or cannot be read.
    """

    concurrency: _Concurrency = "auto"
    """Most requests in flight [default: auto]."""
    rate: _Text = ""
    """Most creates per second (or 100/m, 100/h)."""
    max_attempts: Annotated[int, Parameter(show_default=False)] = 8
    """Most creates sent for one row [default: 8]."""
    settle: float | None = None
    """Wait before "absent" counts [default: 10 s]."""
    look_age: Annotated[float, Parameter(show_default=False)] = 300.0
    """Seconds a first look holds [default: 300]."""
    no_audit: _Switch = False
    """Do not look again at what was created."""
    no_first_look: _Switch = False
    """Send without first looking up a client's sets."""
    mark: Annotated[bool, Parameter(negative="--no-mark", show_default=False)] = False
    """Mark each set in its description, as proof."""
    max_errors: _Text = ""
    """Stop after this many errors: 50, or 5%."""
    plan_first: Annotated[bool, Parameter(negative="--no-plan-first", show_default=False)] = False
    """Plan first; go on only if no row would fail."""
    canary: int | None = None
    """Create N first; go on only if all succeed."""
    until: _Text = ""
    """Start no row after this time, such as 06:00."""
    limit: int | None = None
    """Only the first N rows that are not done."""
    strict: Annotated[bool, Parameter(negative="--no-strict", show_default=False)] = False
    """Send nothing if any row is invalid."""

    def __post_init__(self) -> None:
        number: object = self.concurrency
        fits = number == "auto" or (isinstance(number, int) and 1 <= number <= 1000)
        _check(fits, "-j/--concurrency must be a number from 1 to 1000, or auto")
        _check(self.max_attempts >= 1, "--max-attempts must be 1 or more")
        _check(self.settle is None or 0 <= self.settle < inf, "--settle must be 0 seconds or more")
        _check(0 < self.look_age < inf, "--look-age must be more than 0 seconds")
        _check(self.limit is None or self.limit >= 1, "--limit must be 1 or more")
        _check(self.canary is None or self.canary >= 0, "--canary must be 1 or more, or 0 for none")
        _ = self.per_second, self.budget, self.until_time

    @property
    def per_second(self) -> float | None:
        """`rate` as creates per second."""
        if self.rate.strip() in _NONE:
            return None
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(?:/([smh]))?", self.rate.strip())
        _check(match is not None and float(match[1]) > 0, f"--rate {self.rate}: write 20, 100/m or 100/h")
        assert match is not None  # noqa: S101 - for the type checker: _check has raised otherwise
        return float(match[1]) / _PERIODS[match[2] or ""]

    @property
    def until_time(self) -> time | None:
        """`until` as a time of day."""
        if self.until.strip() in _NONE:
            return None
        match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", self.until.strip())
        _check(match is not None, f"--until {self.until}: write a time of day, such as 06:00")
        assert match is not None  # noqa: S101 - for the type checker: _check has raised otherwise
        return time(int(match[1]), int(match[2]))

    def window_ends(self, now: datetime) -> datetime | None:
        """When `until` is, at the next time of day of that name."""
        at = self.until_time
        if at is None:
            return None
        # by the wall clock: when clocks change overnight, the offset is another by then
        ends = (datetime.combine(now.date() + timedelta(days=days), at).astimezone() for days in (0, 1))
        return next(end for end in ends if end > now)

    @property
    def budget(self) -> tuple[int | None, float | None]:
        """`max_errors` as a number of rows, or as a share of the rows tried."""
        if self.max_errors.strip() in _NONE:
            return None, None
        match = re.fullmatch(r"([0-9]+)|([0-9]+(?:\.[0-9]+)?)%", self.max_errors.strip())
        _check(match is not None, f"--max-errors {self.max_errors}: write 50 or 5%")
        assert match is not None  # noqa: S101 - as above
        if match[1]:
            return int(match[1]), None
        share = float(match[2]) / 100
        _check(share <= 1, f"--max-errors {self.max_errors}: a percentage cannot exceed 100%")
        return None, share


@Parameter(name="*", group=FILES)
@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the sheet is read. What is not given is guessed, and the guess is shown."""

    sheet: _Text = ""
    """Worksheet to read."""
    encoding: _Text = ""
    """Encoding of a CSV file."""
    delimiter: _Text = ""
    """Separator of a CSV file."""


@Parameter(name="*", group=SCREEN)
@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What is shown, and where settings are kept.

    Raises:
        SettingsError: stdout is wanted for two things.
    """

    config: Path | None = None
    """Settings file [default: bulkprov.toml, if present]."""
    catalogue: Annotated[Path | None, Parameter(show=False)] = None
    """TOML file that says what your server's errors mean."""
    profile: _Text = ""
    """Part of the settings file to use: [profile.NAME]."""
    yes: Annotated[_Switch, Parameter(alias="-y")] = False
    """Do not ask; --canary and --plan-first stop instead."""
    json: _Switch = False
    """Print one JSON object on stdout, and nothing else."""
    events: _Switch = False
    """Print a JSON object on stdout as each row ends."""
    quiet: Annotated[_Switch, Parameter(alias="-q")] = False
    """No progress display and no log lines on screen."""
    verbose: Annotated[_Switch, Parameter(alias="-v")] = False
    """More detail, on screen and in run.log."""
    no_color: _Switch = False
    """No colours."""

    def __post_init__(self) -> None:
        _check(not (self.json and self.events), "--json: the last line of --events has the same object; give only one")


_ONCE: Final = frozenset(
    {"server", "simulate", "seed", "faults", "limit", "yes", "json", "events", "quiet", "verbose", "no_color"}
)
"""Options of one command only, or of the run, which knows them."""


def again(*parts: Access | Effort | Reading | Screen, known: Mapping[str, Any] | None = None) -> list[str]:
    """The options that a later command on the same run needs again, as they are typed. Never a secret.

    Args:
        parts: the options of this command.
        known: options from the settings file, which the later command reads too: name to value.
    """
    words: list[str] = []
    for part in parts:
        for each in fields(part):
            value = getattr(part, each.name)
            otherwise = (known or {}).get(each.name, each.default)
            if (
                each.name not in _ONCE
                and value != otherwise
                and str(value) != str(otherwise)
                and value not in ("", None, False)
            ):
                option = "--" + each.name.replace("_", "-")
                words += (
                    [option]
                    if value is True
                    else [option, repr(value).removesuffix(".0") if isinstance(value, float) else str(value)]
                )
    return words


def _check(right: bool, words: str) -> None:
    if not right:
        raise SettingsError(words)
