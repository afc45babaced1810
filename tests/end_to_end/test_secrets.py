"""A token or a password is nowhere but in its header: not on the screen, in a file, or on a command line."""

import base64
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.credentials import Credentials
from bulkprov.commvault.webservice import WebService
from bulkprov.engine.model import Verdict
from bulkprov.settings import Access, Effort
from bulkprov.simulator import Simulator
from tests.end_to_end.conftest import CommServe, start
from tests.end_to_end.results import wave
from tests.rehearsal import rehearse

CANARY = "kanarienvogel-9d1f"
FORMS = (CANARY.encode(), base64.b64encode(CANARY.encode()))


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, and every part of those that are archives."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield from ((f"{path.name}:{name}", book.read(name)) for name in book.namelist())


def assert_no_secret(*places: tuple[str, bytes], secrets: tuple[bytes, ...] = FORMS) -> None:
    """None of these places has it."""
    for name, content in places:
        for secret in secrets:
            assert secret not in content, name


def command_line(process: subprocess.Popen[str]) -> bytes:
    """What the process list shows of it, where it can be seen."""
    path = Path(f"/proc/{process.pid}/cmdline")
    return path.read_bytes() if path.exists() else b""


@pytest.mark.parametrize(
    ("commserve", "by"),
    [({"password": CANARY}, "environment"), ({"password": CANARY, "faults": 0.2}, "file")],
    indirect=["commserve"],
)
def test_a_password_shows_nowhere(commserve: CommServe, tmp_path: Path, by: str) -> None:
    """Neither in success nor on a bad day, with everything said that can be said; nor do the tokens it is good for."""
    sheet = wave(tmp_path / "wave.csv", [(f"client{n % 60 + 1:03d}", f"FS_{n}") for n in range(60)])
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    secret.chmod(0o600)
    words: list[object] = [
        "run",
        sheet,
        "--server",
        commserve.url,
        "--username",
        "admin",
        "-o",
        "run",
        "-v",
        "--settle",
        "1",
    ]
    words += ["--timeout", "1", "-j", "16"]
    if by == "file":
        words += ["--password-file", secret]
    environment = {"BULKPROV_PASSWORD": CANARY} if by == "environment" else {}
    with start(*words, cwd=tmp_path, **environment) as process:
        seen = command_line(process)
        out, err = process.communicate(timeout=120)
    secret.unlink()
    tokens = tuple(commserve.simulator.sessions._token(number).removeprefix("QSDK ").encode() for number in range(20))

    assert process.returncode == 0, err
    places = [*contents(tmp_path / "run"), ("stdout", out.encode()), ("stderr", err.encode()), ("argv", seen)]
    assert_no_secret(*places, secrets=(*FORMS, *tokens))
    assert len(places) > 10


async def test_a_bug_does_not_show_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that carries the request's headers, and quotes them, is told without the token."""
    async with Simulator() as simulator:
        token = simulator.sessions.begin("here")

        async def create(_self: WebService, _want: BackupSet, *_more: object) -> Verdict:
            headers = CIMultiDictProxy(CIMultiDict({"Authtoken": token}))
            request = aiohttp.RequestInfo(URL("http://x/"), "POST", headers, URL("http://x/"))
            raise aiohttp.ClientResponseError(request, (), status=400, message=f"sent {token}", headers=headers)

        monkeypatch.setattr(WebService, "create", create)
        run = await rehearse(
            tmp_path / "run",
            [("client001", "FS_1")],
            access=Access(server=simulator.url),
            effort=Effort(settle=0.2),
            credentials=Credentials(token=token),
        )

    assert run.exit_code == 70
    assert b"ClientResponseError" in (tmp_path / "run/run.log").read_bytes()
    assert_no_secret(*contents(tmp_path / "run"), secrets=(token.encode(), token.removeprefix("QSDK ").encode()))


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these rights")
async def test_a_run_is_private(tmp_path: Path) -> None:
    """Its folder and every file in it: they map the estate."""
    async with Simulator() as simulator:
        run = await rehearse(
            tmp_path / "run",
            [("client001", "FS_1"), ("nobody", "FS_2")],
            access=Access(server=simulator.url),
            effort=Effort(),
        )
    modes = {path.name: path.stat().st_mode & 0o777 for path in run.folder.rglob("*")}

    assert run.folder.stat().st_mode & 0o777 == 0o700
    assert set(modes.values()) == {0o600}
    assert {"journal.sqlite", "run.log", "results.csv", "failed.csv"} <= set(modes)
