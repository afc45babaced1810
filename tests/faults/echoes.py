"""Servers that repeat every secret they were given, in every guise and everywhere; and a search for what they repeated.

The search knows nothing of how `bulkprov.runs.mask` finds secrets: it looks for the beginning, the middle and the end
of each in what any program would make of the text.
"""

import base64
import html
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import quote, unquote_to_bytes

from bulkprov.simulator.effects import Effects
from bulkprov.simulator.endpoints import routes
from bulkprov.simulator.faults.delivery import Circumstances
from bulkprov.simulator.http_messages import Request, RequestKind, Response
from tests.faults import scripted_server
from tests.rawserver import answer

__all__ = ["GUISES", "Heard", "echoing", "hits", "in_folder"]

GUISES: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": str,
    "capitals": str.upper,
    "HTML": html.escape,
    "HTML in numbers": lambda secret: "".join(f"&#{ord(each)};" for each in secret),
    "URL": lambda secret: quote(secret, safe=""),
    "JSON": lambda secret: json.dumps(json.dumps(secret)),
    "escapes": lambda secret: "".join(f"\\u{ord(each):04x}" for each in secret),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 with a name": lambda secret: base64.b64encode(f"admin:{secret}".encode()).decode(),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "cut behind": lambda secret: f"{secret[: max(8, len(secret) * 2 // 3)]}...",
    "cut before": lambda secret: f"...{secret[-max(8, len(secret) * 2 // 3) :]}",
}
_ESCAPED: Final = re.compile(r"\\+u([0-9a-f]{4})", re.IGNORECASE)
_PART: Final = 8
"""Characters of a secret that are looked for."""
_NAMES: Final = frozenset({"errorString", "errorMessage", "errLogMessage", "warningMessage"})


class Heard:
    """What servers were given, and how often they repeated it."""

    def __init__(self, password: str) -> None:
        """Begin with the password that most of them have."""
        self.password = password
        self.secrets = {password}
        """All that any server was given, without the kind of a token."""
        self.echoes = 0

    def words(self, *secrets: str) -> str:
        """The first and the last of what a server was given in every guise, each guise in the middle of words."""
        given = [each.removeprefix("QSDK ").removeprefix("Bearer ") for each in secrets if each]
        self.secrets.update(given)
        self.echoes += 1
        turn = 1 if self.echoes % 2 else -1  # long words are cut: each secret stands first every other time
        repeated = [*dict.fromkeys([*given[:1], *given[-1:]])][::turn]
        return "; ".join(
            f'the {name} "{guise(each)}" is no good' for each in repeated for name, guise in GUISES.items()
        )


@contextmanager
def echoing(heard: Heard) -> Iterator[None]:
    """Let simulators and scripted servers repeat secrets: in headers, words, warnings, names in lists and redirects."""
    process, of, scripted = Effects.process, Effects.of, scripted_server._answer
    passwords: dict[Effects, str] = {}
    """What was last logged in with, by server."""

    async def processed(effects: Effects, route: routes.Route, request: Request, **more: Any) -> Response:
        return _echo(effects, route, request, await process(effects, route, request, **more))

    async def affected(effects: Effects, effect: Any, route: routes.Route, request: Request) -> Response:
        return _echo(effects, route, request, await of(effects, effect, route, request))

    def _echo(effects: Effects, route: routes.Route, request: Request, response: Response) -> Response:
        issued = response.tree.get("@token", "") if response.tree else ""
        if route.kind is RequestKind.LOGIN:
            sent = request.wire.loads(request.body).get("password", "")
            passwords[effects] = base64.b64decode(str(sent)).decode()
        tokens = request.token, request.headers.get("Authorization", ""), str(issued)
        words = partial(heard.words, passwords.get(effects, ""), *tokens)
        headers = {**response.headers, **dict.fromkeys(("X-Echo", "Server", "Set-Cookie"), words())}
        many = not request.path_id  # a read by id that shows several sets tells nothing
        tree = _with_words(response.tree, words, names=many) if response.tree else response.tree
        text = f"{response.text} {words()}" if isinstance(response.text, str) and response.text else response.text
        return replace(response, headers=headers, tree=tree, text=text)

    def answered(request: bytes, estate: Any) -> Iterable[bytes]:
        pieces = [*scripted(request, estate)]
        if len(pieces) == 1 and b"\r\n\r\n" in pieces[0]:
            pieces = [_scripted_echo(pieces[0], partial(heard.words, heard.password, scripted_server.TOKEN))]
        return pieces

    def delivered(**more: Any) -> Any:
        return Circumstances(**{**more, "redirect_to": f"{more['redirect_to']}?{heard.words(heard.password)}"})

    with (
        patch.object(Effects, "process", processed),
        patch.object(Effects, "of", affected),
        patch.object(scripted_server, "_answer", answered),
        patch("bulkprov.simulator.handler.Circumstances", delivered),
    ):
        yield


def _with_words(tree: Mapping[str, Any], words: Callable[[], str], *, names: bool) -> dict[str, Any]:
    """An answer in which each message, and where there is none a warning, has them; and each list an entry more."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found[key] = _with_words(value, words, names=names)
        elif isinstance(value, list):
            found[key] = [
                _with_words(each, words, names=names) if isinstance(each, Mapping) else each for each in value
            ]
        else:
            found[key] = f"{value} {words()}" if key.removeprefix("@") in _NAMES else value
    if {"errorCode", "@errorCode"} & found.keys() and not _NAMES & {key.removeprefix("@") for key in found}:
        found |= {"@warningCode": 7, "@warningMessage": words()}
    if names and isinstance(listed := found.get("backupsetProperties"), list) and listed:
        found["backupsetProperties"] = [*listed, _set_like(listed[0], words), _set_like(listed[-1], words, own=True)]
    return found


def _set_like(properties: Mapping[str, Any], words: Callable[[], str], *, own: bool = False) -> dict[str, Any]:
    """A set that is called like the secrets; or one of a listed name, under an agent that is called so."""
    entity = {name.removeprefix("@"): value for name, value in properties["backupSetEntity"].items()}
    entity |= {"appName": words(), "applicationId": 4711, "backupsetId": 3 if own else 2}
    if not own:
        entity |= {"backupsetName": words(), "instanceName": words()}
    plan = {"@planId": 4, "@planName": words()}
    return {"backupSetEntity": {f"@{name}": value for name, value in entity.items()}, "planEntity": plan}


def _scripted_echo(whole: bytes, words: Callable[[], str]) -> bytes:
    """A scripted answer with the words in a header and, if it is one in JSON, in its body."""
    head, _, body = whole.partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    if b"Content-Length" in rest and b"application/json" in rest and len(re.findall(b"Content-Length", rest)) == 1:
        try:
            tree = json.loads(body)
        except ValueError:
            tree = None
        if isinstance(tree, dict):
            echoed = json.dumps(_with_words(tree, words, names=True)).encode()
            return answer(echoed, f"X-Echo: {words()}", status=first.partition(b" ")[2].decode())
    return first + f"\r\nX-Echo: {words()}\r\n".encode() + rest + b"\r\n\r\n" + body


def in_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, and every part of those that are archives."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield path.name, content
            if content[:2] == b"PK":
                with zipfile.ZipFile(BytesIO(content)) as archive:
                    yield from ((f"{path.name}:{name}", archive.read(name)) for name in archive.namelist())


def hits(places: Iterable[tuple[str, bytes]], secrets: Iterable[str]) -> list[str]:
    """Where some part of a secret can be read, by name."""
    looked_for = {part for secret in secrets for form in _forms(secret) for part in _parts(form.lower())}
    found = []
    for name, content in places:
        texts = {text.lower() for text in _read(content)}
        found += [f"{name}: {part}" for part in sorted(looked_for) if any(part in text for text in texts)]
    return found


def _forms(secret: str) -> Iterator[str]:
    raw = secret.encode()
    yield secret
    yield raw.hex()
    for before in ("", "a", "ad"):
        yield base64.b64encode(before.encode() + raw).decode()[len(before) + 1 : -4]


def _parts(form: str) -> Iterator[str]:
    middle = (len(form) - _PART) // 2
    yield from (form[at : at + _PART] for at in (0, max(middle, 0), max(len(form) - _PART, 0)))


def _read(content: bytes) -> Iterator[str]:
    """What programs would read in it."""
    text = content.decode("utf-8", "replace")
    for _ in range(3):
        yield text
        yield unquote_to_bytes(text.encode()).decode("utf-8", "replace")
        text = re.sub(
            r"\\+u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), html.unescape(text), flags=re.IGNORECASE
        )
        text = re.sub(r"\\+([\"/'\\])", r"\1", text)
