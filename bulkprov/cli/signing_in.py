"""Signing in as a person at a terminal sees it: where to, with which password, and what if that is refused.

A password that was typed and refused is asked for again, once. CommServes lock an account after a few wrong passwords,
so there is no third try; and where the password is from a file or a variable, no second one. The jobs of one command
share what was typed and one log-in.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from bulkprov.cli.config import user_file
from bulkprov.cli.messages import destination
from bulkprov.cli.origins import meant_for, origin, settings_file
from bulkprov.cli.prompts import ask_password, attended, say
from bulkprov.commvault.auth import OpenSession
from bulkprov.commvault.credentials import Credentials
from bulkprov.errors import RefusedError, ServerError
from bulkprov.runs.connect import credentials_for, end_session
from bulkprov.runs.execute import Ended, carry_out, drive
from bulkprov.runs.job import Job
from bulkprov.settings import Access, Screen
from bulkprov.text import clean
from bulkprov.urls import same_host

__all__ = [
    "SignIn",
    "own_secrets",
    "prepared",
    "show_destination",
    "show_server",
    "with_password",
    "worked",
]

T = TypeVar("T")

_WAYS: Final = {
    "token_file": ("server", "proxy", "ca_file", "allow_http"),
    "password_file": ("server", "proxy", "ca_file", "allow_http"),
    "proxy_password_file": ("proxy",),
}
"""The files of secrets that are sent, each with the options that decide who may come to read them; the first says where
they go. `insecure` is not among them: it is always typed."""


def show_destination(job: Job, screen: Screen, *, asks: bool = False) -> None:
    """Say where the rows are about to go; with `--quiet` only if that is about to be asked."""
    if screen.quiet and not asks:
        return
    rows, limit = job.run.left(), job.effort.limit
    for line in destination(screen.profile, job.access, job.credentials.username, origin, rows, limit):
        job.observer.say(clean(line))


def show_server(
    access: Access, credentials: Credentials, screen: Screen, set_in: Callable[[str], str] = origin
) -> None:
    """Say where a command is about to sign in that has no rows to send; `set_in` tells where an option is set."""
    if not (access.simulate or screen.quiet):
        say(*map(clean, destination(screen.profile, access, credentials.username, set_in, None)))


def prepared(access: Access) -> tuple[Access, Credentials]:
    """The credentials to sign in with, and the way there; secrets that settings keep for another way are left out.

    Raises:
        SettingsError: there are none, or they cannot be used.
    """
    for option, why in _foreign(access).items():
        typed = f"--{option.replace('_', '-')} {getattr(access, option)}"
        say(clean(f"{option} in {origin(option)} {why}. To send it there all the same: {typed}"))
    access = own_secrets(access)
    return access, credentials_for(access, _ask_for(access))


def own_secrets(access: Access) -> Access:
    """The way to a server without the files of secrets that settings keep for another server, proxy, or way there.

    The server may be typed, or named by a run or by a nearer settings file: it should not get these secrets. Nor may
    another settings file, which may be that of a handed-over folder, choose the proxy that they pass through, or the
    certificates that are trusted.
    """
    foreign = _foreign(access)
    return replace(
        access,
        token_file=None if "token_file" in foreign else access.token_file,
        password_file=None if "password_file" in foreign else access.password_file,
        proxy_password_file=None if "proxy_password_file" in foreign else access.proxy_password_file,
    )


def _foreign(access: Access) -> dict[str, str]:
    """The options of files of secrets that must not go where, or by the way that, this command goes, each with why."""
    return {option: why for option, ways in _WAYS.items() if (why := _why_foreign(access, option, ways))}


def _why_foreign(access: Access, option: str, ways: tuple[str, ...]) -> str:
    """Why a file of secrets that a settings file names is not sent; empty if it may be, or if there is none."""
    place, file, meant = getattr(access, ways[0]), settings_file(option), meant_for(option)
    if not (place and getattr(access, option) and file):
        return ""
    if meant and not any(same_host(each, place) for each in meant):
        return f"is for {' or '.join(dict.fromkeys(meant))}, and is not sent to {place}"
    for way in ways[1:] if meant else ways:
        other = settings_file(way)
        if getattr(access, way) and other and not _is_file(other, Path(file)) and not _is_file(other, user_file()):
            return f"is not sent {f'to {place}, the' if way == ways[0] else 'by the'} {way} in {other}"
    return ""


def _is_file(named: str, path: Path) -> bool:
    """Whether a settings file is this one; the user's own may be that of the working directory as well."""
    return Path(named).resolve() == path.resolve()


def _ask_for(access: Access) -> Callable[[str], str]:
    """What asks for the password of a user, and says for which server it is."""
    return lambda username: ask_password(clean(f"{username} on {access.server}"))


def with_password(
    credentials: Credentials, access: Access, sign_in: Callable[[Credentials], T]
) -> tuple[T, Credentials]:
    """Do what begins with a sign-in; and once more with another password, if the one that was typed is refused.

    Args:
        credentials: to sign in with.
        access: which server.
        sign_in: does it all.

    Returns:
        what `sign_in` returns, and the credentials that were accepted.

    Raises:
        RefusedError: the server has refused the credentials, and no other password was typed, or that one too.
    """
    try:
        return sign_in(credentials), credentials
    except RefusedError as error:
        if not (error.again and credentials.asked and attended()):
            raise
        say(clean(f"{str(error).rstrip('.')}. One more try: after a few wrong passwords the account is locked"))
        password = _ask_for(access)(credentials.username)
        if not password:
            raise
    credentials = replace(credentials, password=password)
    return sign_in(credentials), credentials


def worked(job: Job) -> tuple[Ended, Job]:
    """Carry out a job on an event loop of its own; and the job with the credentials that were accepted.

    Raises:
        RefusedError: the server has refused the credentials.
    """
    ended, accepted = with_password(
        job.credentials, job.access, lambda each: drive(carry_out(replace(job, credentials=each)))
    )
    return ended, replace(job, credentials=accepted)


@dataclass(slots=True)
class SignIn:
    """The credentials of a command, and the session that its jobs leave to each other."""

    credentials: Credentials | None = None
    session: OpenSession | None = None

    def prepared(self, access: Access, *, more: bool) -> Credentials:
        """The credentials; asked for the first time.

        Args:
            access: of the run.
            more: whether there is more than one job, so that the session is left to the next one.
        """
        if self.credentials is None:
            access, self.credentials = prepared(access)
            if more and self.credentials.username and not access.simulate:
                self.session = OpenSession(lasting=True)
        return self.credentials

    @contextmanager
    def ended_with(self, job: Job) -> Iterator[None]:
        """End the session if the work on a job raises something, Ctrl-C included: then no further job comes."""
        try:
            yield
        except BaseException:
            self.end(job)
            raise

    def end(self, job: Job) -> None:
        """End the session that was left for a job which is not to come."""
        if self.session and self.session.token:
            self.session.lasting = False
            with suppress(ServerError):  # it expires by itself, and what the jobs did is to be told
                drive(end_session(job.access, job.credentials, self.session, job.log))
