"""Client certificates over real TLS: shown to the server that asks for one, and refused in one line otherwise."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from bulkprov.commvault.classify import Answer, Break, Failure
from bulkprov.commvault.tls import tls_for
from bulkprov.commvault.transport import Transport
from bulkprov.errors import SettingsError
from bulkprov.settings import Access
from tests.rawserver import answer, behave, raw_server

both_loops = pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])


class Files:
    """The files of a client, and the server's side."""

    def __init__(self, folder: Path) -> None:
        self.ca, ours = trustme.CA(), trustme.CA()
        self.ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        mine = ours.issue_cert("ops@example.com")
        key = serialization.load_pem_private_key(mine.private_key_pem.bytes(), None)
        secret = serialization.BestAvailableEncryption(b"canary")
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        self.paths = {
            "both": mine.private_key_and_cert_chain_pem.bytes(),
            "cert": mine.cert_chain_pems[0].bytes(),
            "key": mine.private_key_pem.bytes(),
            "locked": key.private_bytes(pem, form, secret),
            "other": ours.issue_cert("other@example.com").private_key_pem.bytes(),
            "password": b"canary\n",
            "wrong": b"wrong\n",
            "text": b"no certificate\n",
        }
        for name, content in self.paths.items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert("localhost").configure_cert(self.server)
        self.server.verify_mode = ssl.CERT_REQUIRED
        ours.configure_trust(self.server)
        self.folder = folder

    def access(self, **options: Any) -> Access:
        """Options that name these files."""
        named = {name: self.folder / file for name, file in options.items()}
        return Access(ca_file=self.folder / "ca.pem", **named)


@pytest.fixture(name="files")
def made_files(tmp_path: Path) -> Files:
    """Certificates and keys in every form."""
    return Files(tmp_path)


@asynccontextmanager
async def connected(root: str, access: Access) -> AsyncIterator[Transport]:
    """A transport by these options."""
    async with Transport(root, timeout=5, connect_timeout=5, connections=2, tls=tls_for(access)) as transport:
        yield transport


async def post(transport: Transport) -> Answer | Failure:
    """One create."""
    return await transport.exchange("POST", "Backupset", headers={}, body=b"{}", cap=1000)


@both_loops
@pytest.mark.parametrize(
    "options",
    [
        {"cert_file": "both"},
        {"cert_file": "cert", "key_file": "key"},
        {"cert_file": "cert", "key_file": "locked", "key_password_file": "password"},
    ],
)
async def test_a_server_that_wants_a_certificate_gets_it(files: Files, options: dict[str, str]) -> None:
    """Whether its key is in the same file or in one of its own, encrypted or not."""
    async with (
        raw_server(behave(answer(b"made")), tls=files.server) as server,
        connected(server.url, files.access(**options)) as transport,
    ):
        got = await post(transport)

    assert isinstance(got, Answer)
    assert got.body == b"made"


@both_loops
@pytest.mark.parametrize(
    ("version", "broke"), [(ssl.TLSVersion.TLSv1_2, Break.BEFORE), (ssl.TLSVersion.TLSv1_3, Break.AFTER)]
)
async def test_a_server_that_wants_one_in_vain_closes_the_connection(
    files: Files, version: ssl.TLSVersion, broke: Break
) -> None:
    """With TLS 1.3 it does so only after the request may have left, so that it is in doubt."""
    files.server.maximum_version = version
    async with (
        raw_server(behave(answer(b"made")), tls=files.server) as server,
        connected(server.url, files.access()) as transport,
    ):
        got = await post(transport)

    assert isinstance(got, Failure)
    assert (got.broke, server.requests) == (broke, [])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cert_file": "cert"}, "--cert-file {}/cert: no PEM file with a certificate and its key (or --key-file)"),
        ({"cert_file": "text"}, "--cert-file {}/text: no PEM file with a certificate and its key (or --key-file)"),
        ({"cert_file": "cert", "key_file": "other"}, "--key-file {}/other: the key is not that of the certificate in"),
        (
            {"cert_file": "cert", "key_file": "locked"},
            "--key-file {}/locked: the key is encrypted: give --key-password-file FILE, or set BULKPROV_KEY_PASSWORD",
        ),
        (
            {"cert_file": "cert", "key_file": "locked", "key_password_file": "wrong"},
            "--key-file {}/locked: the password of the key is wrong",
        ),
        ({"cert_file": "absent"}, "{}/absent: No such file or directory"),
        ({"cert_file": "absent", "key_file": "key"}, "{}/absent"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(files: Files, options: dict[str, str], words: str) -> None:
    """Before anything is sent, and without a question on the terminal by OpenSSL."""
    with pytest.raises(SettingsError) as raised:
        tls_for(files.access(**options))

    assert words.format(files.folder) in str(raised.value)


@pytest.mark.parametrize("options", [{"cert_file": "both"}, {"cert_file": "cert", "key_file": "key"}])
def test_a_key_that_others_can_read_is_refused(files: Files, options: dict[str, str]) -> None:
    """As every file with a secret is; a certificate without a key is none."""
    holder = files.folder / list(options.values())[-1]
    holder.chmod(0o640)
    (files.folder / "cert").chmod(0o644)

    with pytest.raises(SettingsError, match="can be read by others; make it private first"):
        tls_for(files.access(**options))
