"""The fault matrix: everything that can go wrong between client and server, by name, over real sockets."""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from bulkprov.simulator import FAULTS, RequestKind
from tests.faults.cases import Certificates, Seen, cases
from tests.faults.rollbacks import DELETE_STRUCK_ONCE, READ_STRUCK_ONCE
from tests.faults.tables import ANYTHING, LIST_STRUCK_ONCE, LOGIN_STRUCK_ONCE, STRUCK_ONCE, Expected

AT_ONCE = 32
pytestmark = pytest.mark.xdist_group("faults")  # all cases are run once, for all tests of this module


def _names() -> list[str]:
    """The names of all cases."""
    return list(cases(Certificates(trustme.CA(), Path())))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Seen | Exception, Expected]]:
    """Every case, run on one event loop, several at a time, because they spend their time waiting."""
    folder = tmp_path_factory.mktemp("faults")
    certificates = Certificates(trustme.CA(), folder / "ca.pem")
    certificates.ca.cert_pem.write_to_path(str(certificates.file))
    named = cases(certificates)

    async def all_of_them() -> list[Seen | Exception]:
        places = asyncio.Semaphore(AT_ONCE)

        async def one(name: str, make: Callable[[Path], Awaitable[Seen]]) -> Seen | Exception:
            async with places:
                try:
                    return await make(folder / name)
                except Exception as error:  # noqa: BLE001 - the test of this case fails of it, and the others go on
                    return error

        return await asyncio.gather(*[one(name, make) for name, (make, _) in named.items()])

    ended = asyncio.run(all_of_them())
    return {name: (each, expected) for (name, (_, expected)), each in zip(named.items(), ended, strict=True)}


@pytest.mark.parametrize("name", _names())
def test_a_fault_comes_to_what_the_table_says(name: str, seen: dict[str, tuple[Seen | Exception, Expected]]) -> None:
    """Status, note, exit code, attempts, evidence and what the server has; and no secret is written anywhere."""
    got, expected = seen[name]
    assert isinstance(got, Seen), got
    (row,) = got.run.rows

    assert got.run.ended.tally.bugs == 0
    came_to = Expected(
        row["status"], row["note"], got.run.exit_code, int(row["attempts"] or 0), got.made, "", *got.run.evidence
    )
    if expected.note == ANYTHING:
        came_to = replace(came_to, note=ANYTHING, attempts=-1, evidence=expected.evidence)
    assert came_to == replace(expected, stop="")
    assert re.search(expected.stop or "^$", got.run.stop)
    if row["status"] in ("created", "exists"):
        assert (int(row["backupsetId"]),) == got.ids
    _no_secret(got)


def _no_secret(got: Seen) -> None:
    """No secret is in a file of the run, nor in what is printed at its end."""
    forms = [form for secret in got.secrets for form in (secret.encode(), base64.b64encode(secret.encode()))]
    for file, content in [*got.run.written(), ("said", "\n".join([got.run.stop, *got.run.said]).encode())]:
        for form in forms:
            assert form not in content, file


def test_the_matrix_has_at_least_200_cases() -> None:
    """Each has a name of its own."""
    names = _names()

    assert len(names) == len(set(names))
    assert len(names) >= 200


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (RequestKind.CREATE, STRUCK_ONCE),
        (RequestKind.LIST, LIST_STRUCK_ONCE),
        (RequestKind.LOGIN, LOGIN_STRUCK_ONCE),
        (RequestKind.DELETE, DELETE_STRUCK_ONCE),
        (RequestKind.READ, READ_STRUCK_ONCE),
    ],
)
def test_every_fault_of_the_simulator_is_in_the_table(kind: RequestKind, table: Mapping[Expected, str]) -> None:
    """A new fault needs an expected outcome for each kind of request that it strikes."""
    named = [name for names in table.values() for name in names.split()]

    assert sorted(named) == sorted(name for name, fault in FAULTS.items() if kind in fault.strikes)
