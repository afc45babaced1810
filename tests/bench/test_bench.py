"""The measurements still work; what they measure is for whoever runs them."""

import http.client
import json
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.bench.__main__ import PARTS
from tests.bench.growth import growth
from tests.bench.latency import latency
from tests.bench.layers import layers
from tests.bench.limit import SERVERS
from tests.bench.limit_pictures import picture
from tests.bench.stub import serving
from tests.bench.throughput import throughput


def cells(table: str) -> list[list[str]]:
    """The lines of a table, without its head."""
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


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
        "bare", "transport", "webservice", "gate", "pipeline",
    ]  # fmt: skip
    for (_, before, _), (_, spent, more) in pairwise(lines):
        assert abs(float(spent) - float(before) - float(more)) <= 1


def test_all_rivals_send_to_the_same_server() -> None:
    """A row for each, with its share of the floor."""
    lines = cells(throughput(rows=200, turns=1))

    assert len(lines) == 5
    assert all(float(line[1].replace(",", "")) > 0 for line in lines)


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

    assert len(refused) + len(made) == 230
    assert 0 < len(refused) <= 230 - (48 if letter == "b" else 100)
    assert {answer.getheader("Retry-After") for answer in refused} == {"1" if status == 429 else None}
    assert all(each["response"][0]["errorCode"] == 0 for each in made)


def test_a_picture_is_the_course_of_the_limit() -> None:
    """A line from the first moment to the last, as high as the limit was, with its numbers beside it."""
    drawn = picture("a server", [(0.0, 16), (1.0, 16), (2.0, 64), (4.0, 64)])

    assert drawn.count("<path") == 2
    assert "M40 139H336V28H632" in drawn
    assert all(f">{text}</text>" in drawn for text in ("a server", "0 s", "4.0 s", "64"))
