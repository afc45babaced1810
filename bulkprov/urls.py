"""URLs as people type them: the root of a web service, and a proxy. Pure."""

from typing import Final
from urllib.parse import urlsplit

from bulkprov.errors import SettingsError

__all__ = ["USUAL_ROOTS", "check_proxy", "has_no_path", "is_loopback", "same_host", "web_service"]

USUAL_ROOTS: Final = ("/commandcenter/api", "/webconsole/api")
"""How the URLs of most web services end: by the Command Center, or by the Web Console before it."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS: Final = {"http": 80, "https": 443}
_EXAMPLE: Final = f"https://cs.example.com{USUAL_ROOTS[0]}"


def web_service(url: str, *, allow_http: bool) -> str:
    """The root of a web service, without a slash at its end.

    Args:
        url: as it was typed.
        allow_http: whether it may be plain http to another machine.

    Raises:
        SettingsError: it is none.
    """
    _check("@" not in url, "--server: no user name or password in the URL; see --username")  # and none in a message
    no_url = f"--server {url}: not a URL of a web service, such as {_EXAMPLE}"
    _check("://" in url, f"--server {url}: begin with https://, as in {_EXAMPLE}")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:  # an incomplete IPv6 address
        raise SettingsError(no_url) from None
    try:
        _port = parts.port
    except ValueError:
        raise SettingsError(f"--server {url}: its port is not a number up to 65535") from None
    _check(parts.scheme in ("http", "https") and _is_host(host), no_url)
    _check(not parts.query and not parts.fragment, f"--server {url}: give the root path only, without ? or #")
    _check(
        parts.scheme == "https" or allow_http or host in _LOOPBACK,
        f"--server {url}: plain http exposes the token to anyone on the network; use https, or add --allow-http",
    )
    return url.rstrip("/")


def check_proxy(url: str) -> None:
    """Make sure that a URL is that of a proxy.

    Raises:
        SettingsError: it is none, or has a password in it.
    """
    _check(
        "@" not in url, "--proxy: no user name or password in the URL; see --proxy-username and --proxy-password-file"
    )
    words = f"--proxy {url}: not the URL of a proxy, such as http://proxy.example.com:3128"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(words) from None
    _check(parts.scheme == "http" and _is_host(host) and parts.path in ("", "/") and not parts.query, words)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def same_host(one: str, other: str) -> bool:
    """Whether two URLs lead to the same port of the same host, by the same protocol; what is no URL leads nowhere."""
    try:
        places = [
            (each.scheme, each.hostname, each.port or _PORTS.get(each.scheme)) for each in map(urlsplit, (one, other))
        ]
    except ValueError:
        return False
    return places[0] == places[1]


def has_no_path(url: str) -> bool:
    """Whether a URL names a host and nothing on it."""
    return urlsplit(url).path.strip("/") == ""


def _is_host(host: str | None) -> bool:
    """Whether a resolver takes the name of a host: its parts have 1 to 63 characters, and none is white space."""
    try:
        name = (host or "").encode("idna").decode("idna")
        return bool(name) and not any(map(str.isspace, name))
    except UnicodeError:
        return False


def _check(right: bool, words: str) -> None:
    if not right:
        raise SettingsError(words)
