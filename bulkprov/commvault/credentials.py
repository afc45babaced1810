"""Credentials (a token, or a user name and password), and the private files they are read from."""

import base64
import os
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkprov.commvault.auth import fits_header
from bulkprov.commvault.one_time import may_have_pin
from bulkprov.errors import SettingsError
from bulkprov.settings import Access

__all__ = ["Credentials", "check_private", "proxy_authorization", "proxy_password", "read_secret"]

_ONE_TIME: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, "auto": None}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credentials:
    """How to sign in: a token, or a user name and password."""

    token: str = ""
    username: str = ""
    password: str = ""
    one_time: bool | None = None
    """Whether the password ends in a one-time PIN; None if that is not known."""
    asked: bool = False
    """Whether the password was typed, so that it may be asked for again if it is refused."""

    @property
    def sent_once(self) -> bool:
        """Whether the password must not be sent twice, since it ends in a one-time PIN, or may; see `one_time`."""
        return may_have_pin(self.password) if self.one_time is None else self.one_time

    @classmethod
    def of(cls, access: Access, ask: Callable[[str], str]) -> "Credentials":
        """Collect the credentials.

        Args:
            access: says where they are.
            ask: asks for the password of the user it is given; gives "" if there is no terminal to ask on.

        Raises:
            SettingsError: none are given, or two kinds.
        """
        if access.username and access.token_file:
            raise SettingsError("--username and --token-file cannot be used together")
        if access.username:
            stored = read_secret(access.password_file, "BULKPROV_PASSWORD")
            password = stored or ask(access.username)
            if not password:
                raise SettingsError("no password: give --password-file FILE, or set BULKPROV_PASSWORD")
            return cls(
                username=access.username,
                password=password,
                one_time=_ONE_TIME[access.one_time_pin],
                asked=not stored,
            )
        if token := read_secret(access.token_file, "BULKPROV_TOKEN"):
            if not fits_header(token):
                raise SettingsError(
                    "the token contains characters that no token can have; it must be one line of ASCII text"
                )
            return cls(token=token)
        if read_secret(access.password_file, "BULKPROV_PASSWORD"):
            where = access.password_file or "BULKPROV_PASSWORD"
            raise SettingsError(f"the password in {where} is for no user: add --username NAME")
        raise SettingsError("no credentials: give --token-file FILE, or --username NAME")


def proxy_password(access: Access) -> str:
    """The password for the proxy; empty if it knows no users.

    Raises:
        SettingsError: it is missing, or its file cannot be used.
    """
    if not access.proxy_username:
        return ""
    password = read_secret(access.proxy_password_file, "BULKPROV_PROXY_PASSWORD")
    if not password:
        raise SettingsError(
            "no password for the proxy: give --proxy-password-file FILE, or set BULKPROV_PROXY_PASSWORD"
        )
    return password


def proxy_authorization(access: Access) -> str:
    """What a proxy is told of its user: the value of Proxy-Authorization (RFC 7617); empty if it knows no users.

    Raises:
        SettingsError: as for `proxy_password`.
    """
    password = proxy_password(access)
    if not password:
        return ""
    return f"Basic {base64.b64encode(f'{access.proxy_username}:{password}'.encode()).decode()}"


def check_private(file: Path, mode: int) -> None:
    """Make sure that only its owner can read a file of secrets, where the system tells.

    Args:
        file: named in the message.
        mode: its mode, as `stat` gives it.

    Raises:
        SettingsError: others can read it.
    """
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"{file} can be read by others; make it private first: chmod 600 {file}")


def read_secret(file: Path | None, variable: str) -> str:
    """A secret from a file that only its owner can read, else from an environment variable; "" if there is neither.

    Raises:
        SettingsError: the file does not exist, is empty, or can be read by others.
    """
    if file is None:
        return os.environ.get(variable, "").strip()
    try:
        mode = file.stat().st_mode
        content = file.read_bytes()
        # PowerShell writes UTF-16 where nothing else is said
        secret = content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig").strip()
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: not UTF-8 text: save it as UTF-8") from error
    check_private(file, mode)
    if not secret:
        raise SettingsError(f"{file} is empty")
    return secret
