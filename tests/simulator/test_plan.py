"""Which requests go wrong: shares, seeds, and indifference to order."""

from collections import Counter

import pytest

from bulkprov.errors import SettingsError
from bulkprov.simulator import FAULTS, RequestKind, SeededFaults, SimulatorSettings, parse_fault

REQUESTS = [str(number).encode() for number in range(5_000)]


def _plan(seed: int = 1, overall: float = 0.3, **by_name: float) -> SeededFaults:
    return SeededFaults(seed=seed, overall=overall, by_name={name.replace("_", "-"): by_name[name] for name in by_name})


def _chosen(plan: SeededFaults, requests: list[bytes], kind: RequestKind = RequestKind.CREATE) -> dict[bytes, str]:
    faults = {request: plan.choose(kind, request) for request in requests}
    return {request: fault.name for request, fault in faults.items() if fault}


def test_the_order_of_requests_does_not_matter() -> None:
    """The same seed strikes the same requests with the same faults, whichever comes first."""
    assert _chosen(_plan(), REQUESTS) == _chosen(_plan(), REQUESTS[::-1])


def test_another_seed_strikes_others() -> None:
    """Two seeds do not agree."""
    assert _chosen(_plan(seed=1), REQUESTS) != _chosen(_plan(seed=2), REQUESTS)


def test_the_same_request_again_is_another_draw() -> None:
    """A request that is sent again until it succeeds does succeed, and again in the same way each time."""
    first, second = ([plan.choose(RequestKind.CREATE, b"again") for _ in range(100)] for plan in (_plan(), _plan()))

    assert first == second
    assert 10 < len([fault for fault in first if fault]) < 50


@pytest.mark.parametrize("kind", [RequestKind.CREATE, RequestKind.DELETE, RequestKind.LIST, RequestKind.LOGIN])
def test_the_overall_share_is_spread_over_the_everyday_faults(kind: RequestKind) -> None:
    """About the share goes wrong, and every everyday fault of that kind of request has its part."""
    chosen = Counter(_chosen(_plan(), REQUESTS, kind).values())

    assert chosen.total() == pytest.approx(1_500, rel=0.1)
    assert set(chosen) == {fault.name for fault in FAULTS.values() if fault.weight and kind in fault.strikes}


def test_a_named_share_is_its_own() -> None:
    """A fault by name strikes its share of the requests that it may strike, and no others."""
    plan = _plan(overall=0, zero_id=0.5)

    assert len(_chosen(plan, REQUESTS)) == pytest.approx(2_500, rel=0.1)
    assert _chosen(plan, REQUESTS, RequestKind.LIST) == {}


def test_a_share_of_one_strikes_always() -> None:
    """No request escapes a fault that has them all."""
    assert set(_chosen(_plan(overall=0, maintenance=1), REQUESTS, RequestKind.OTHER)) == set(REQUESTS)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"faults": 1.5}, "between 0 and 1"),
        ({"fault": {"slow": float("nan")}}, "between 0 and 1"),
        ({"fault": {"sloww": 0.1}}, "no fault is called 'sloww'"),
        ({"faults": 0.6, "fault": {"slow": 0.5}}, "add up to 1.1"),
        ({"latency": -1}, "latency is -1"),
    ],
)
def test_shares_that_make_no_sense_are_refused(settings: dict[str, object], words: str) -> None:
    """The line says which setting is wrong."""
    with pytest.raises(SettingsError, match=words):
        SimulatorSettings(**settings)  # type: ignore[arg-type] # each is of the right type but for its value


def test_a_fault_on_the_command_line_is_read_or_refused() -> None:
    """NAME=SHARE is read; anything else is refused with an example."""
    assert parse_fault("drop-after=0.25") == ("drop-after", 0.25)
    with pytest.raises(SettingsError, match="NAME=SHARE"):
        parse_fault("drop-after")
