"""The measurements still work; what they measure is for whoever runs them."""

import http.client
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from bulkprov.commvault.backupset import BackupSet, create_request
from tests.bench.__main__ import PARTS
from tests.bench.growth import growth
from tests.bench.latency import latency
from tests.bench.layers import layers
from tests.bench.limit import SERVERS
from tests.bench.limit_pictures import picture
from tests.bench.lists import lists
from tests.bench.rivals.programs import RIVALS, Rival
from tests.bench.rivals.sending import body
from tests.bench.safeguards import safeguards
from tests.bench.stub import serving, statistics
from tests.bench.throughput import OURS, throughput
from tests.bench.uneven import uneven


def cells(table: str) -> list[list[str]]:
    """The lines of a table, without its head."""
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def sets_of(url: str, client: str) -> list[dict[str, Any]]:
    """What a stub lists of a client."""
    with urlopen(f"{url}/Backupset?clientName={client}", timeout=10) as page:  # noqa: S310 - on loopback
        listed: list[dict[str, Any]] = json.load(page)["backupsetProperties"]
        return listed


def test_every_part_has_its_table_in_the_documentation() -> None:
    """Under a marker with its name, so that new figures find their place."""
    page = Path(__file__).parents[2] / ".github/docs/benchmarks.md"

    assert re.findall(r"^<!-- (\w+) -->\n\|", page.read_text("utf-8"), re.MULTILINE) == list(PARTS)


def test_a_whole_run_is_timed_and_weighed() -> None:
    """So many rows, the seconds they took, and the memory."""
    ((rows, seconds, _speed, _cpu, peak, _grown),) = cells(growth(sizes=(200,)))

    assert rows == "200"
    assert 0 < float(seconds.removesuffix(" s")) < 60
    assert 20 < float(peak.removesuffix(" MB")) < 400


def test_a_slow_server_says_how_many_creates_it_got_plain_and_through_tls() -> None:
    """Never more than the latency allows."""
    for _, took, _, rate, _, share in cells(latency(rows=192, turns=1)):
        assert 99 < float(took.removesuffix(" ms")) < 200
        assert 100 < float(rate) <= 660
        assert 0.1 < float(share) <= 1.01


def test_each_layer_is_measured() -> None:
    """What one costs more than the one below it is the difference of the two."""
    lines = cells(layers(rows=300, turns=1))

    assert [line[0].partition(" ")[0].strip("`:") for line in lines] == [
        "bare", "transport", "webservice", "gate", "pipeline", "journal",
    ]  # fmt: skip
    for (_, before, _), (_, spent, more) in pairwise(lines):
        assert abs(float(spent) - float(before) - float(more)) <= 1


def test_rivals_send_what_bulkprov_sends() -> None:
    """For the rows of the same wave."""
    want = BackupSet(client="client0007", name="FS_Wave_0000507", plan="Gold")

    assert json.loads(body(507)) == create_request(want)


@pytest.mark.parametrize("name", [name for name, rival in RIVALS.items() if rival.program])
def test_rivals_in_other_languages_send_the_same(name: str, tmp_path: Path) -> None:
    """A stub that keeps what is made then lists the very sets."""
    if not RIVALS[name].is_here:
        pytest.skip(f"{RIVALS[name].program} is not installed")
    with serving(keep=True) as stub:
        RIVALS[name].send(stub.url, 20, 4, tmp_path)
        listed = [sets_of(stub.url, f"client{number:04d}") for number in range(20)]

    for number, sets in enumerate(listed):
        wanted = json.loads(body(number))
        (made,) = sets
        assert made["planEntity"] == wanted["backupSetInfo"]["planEntity"]
        assert made["backupSetEntity"].items() >= wanted["association"]["entity"][0].items()


def test_all_rivals_are_beside_bulkprov_and_who_is_absent_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row for each, with its speed and its processor time; the floor is the measure of both."""
    absent = Rival("`sender`", RIVALS["curl"].send, program="no-such-program")
    monkeypatch.setitem(RIVALS, "sender", absent)
    for sent_before in ("go", "node", "curl"):
        monkeypatch.delitem(RIVALS, sent_before)
    monkeypatch.delitem(OURS, "auto")

    said, _, footnote = throughput(rows=20, turns=1).partition("\n\n")

    lines = cells(said)
    assert len(lines) == 4
    assert all(float(line[1].replace(",", "")) > 0 for line in lines)
    assert [line[5] for line in lines if line[4] == lines[0][4]] == ["1.00"]
    assert footnote == "Not measured, since it is not installed here: `sender` (no `no-such-program`)."


def test_looks_and_the_audit_list_each_client_once() -> None:
    """Before its creates, and after them."""
    requests = [int(line[2]) for line in cells(safeguards(rows=20, clients=(5,), turns=1))]

    assert [after - before for before, after in pairwise(requests)] == [5, 5]


def test_looks_and_the_audit_take_time_on_a_slow_server() -> None:
    """The whole run is timed, in each of three ways."""
    seconds = [float(line[1].removesuffix(" s")) for line in cells(lists(rows=8, clients=2, turns=1))]

    assert len(seconds) == 3
    assert all(0.1 < each < 60 for each in seconds)


def test_the_bare_loop_has_as_many_in_flight_on_an_uneven_server() -> None:
    """Eight places answer 160 in a second at most, whoever asks."""
    ((_, _, _, in_flight, bare, ours, ratio, _),) = cells(uneven(scale=0.1, turns=1, only="8 places", limits=("auto",)))

    assert 1 < float(in_flight) <= 96
    assert 20 < float(ours) <= 165
    assert 20 < float(bare) <= 165
    assert abs(float(ours) / float(bare) - float(ratio)) < 0.02


@pytest.mark.parametrize(("letter", "status"), [("b", 503), ("e", 429)])
def test_the_servers_of_the_virtual_world_refuse_in_this_one_too(letter: str, status: int) -> None:
    """As many at once, or in a second, as they take; and with 429 they say how long to wait."""
    case = next(each for each in SERVERS if each.name.startswith(f"({letter})"))
    with serving(case=case.name) as stub:
        address = urlsplit(stub.url)
        connections = [http.client.HTTPConnection(address.hostname or "", address.port) for _ in range(230)]
        for connection in connections:
            connection.request("POST", f"{address.path}/Backupset", body=b"{}")
        answers = [connection.getresponse() for connection in connections]
        refused = [answer for answer in answers if answer.status == status]
        made = [json.loads(answer.read()) for answer in answers if answer.status == 200]
        for connection in connections:
            connection.close()
        told = statistics(stub.url)

    assert len(refused) + len(made) == told["requests"] == 230
    assert len(made) == told["creates"]
    assert 1 < told["in_flight"] <= len(made)
    assert 0 < len(refused) <= 230 - (48 if letter == "b" else 100)
    assert {answer.getheader("Retry-After") for answer in refused} == {"1" if status == 429 else None}
    assert all(each["response"][0]["errorCode"] == 0 for each in made)


def test_a_picture_is_the_course_of_the_limit() -> None:
    """A line from the first moment to the last, as high as the limit was, with its numbers beside it."""
    drawn = picture("a server", [(0.0, 16), (1.0, 16), (2.0, 64), (4.0, 64)])

    assert drawn.count("<path") == 2
    assert "M40 139H336V28H632" in drawn
    assert all(f">{text}</text>" in drawn for text in ("a server", "0 s", "4.0 s", "64"))
