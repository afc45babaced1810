"""Which requests are struck: shares, seeds, and indifference to order."""

from collections import Counter

import pytest

from bulkprov.simulator import FAULTS, RequestKind, SeededFaults

REQUESTS = [str(number).encode() for number in range(5_000)]


def _policy(seed: int = 1, overall: float = 0.3, **by_name: float) -> SeededFaults:
    return SeededFaults(seed=seed, overall=overall, by_name={name.replace("_", "-"): by_name[name] for name in by_name})


def _chosen(policy: SeededFaults, requests: list[bytes], kind: RequestKind = RequestKind.CREATE) -> dict[bytes, str]:
    faults = {request: policy.choose(kind, request) for request in requests}
    return {request: fault.name for request, fault in faults.items() if fault}


def test_the_order_of_requests_does_not_matter() -> None:
    """The same seed strikes the same requests with the same faults, whichever comes first."""
    assert _chosen(_policy(), REQUESTS) == _chosen(_policy(), REQUESTS[::-1])


def test_another_seed_strikes_others() -> None:
    """Two seeds strike different requests."""
    assert _chosen(_policy(seed=1), REQUESTS) != _chosen(_policy(seed=2), REQUESTS)


def test_the_same_request_again_is_another_draw() -> None:
    """A request sent again and again is struck now and then, at the same times with the same seed."""
    first, second = (
        [policy.choose(RequestKind.CREATE, b"again") for _ in range(100)] for policy in (_policy(), _policy())
    )

    assert first == second
    assert 10 < len([fault for fault in first if fault]) < 50


@pytest.mark.parametrize("kind", [RequestKind.CREATE, RequestKind.DELETE, RequestKind.LIST, RequestKind.LOGIN])
def test_the_overall_share_is_spread_over_the_everyday_faults(kind: RequestKind) -> None:
    """About that share is struck, and every everyday fault that may strike this kind of request occurs."""
    chosen = Counter(_chosen(_policy(), REQUESTS, kind).values())

    assert chosen.total() == pytest.approx(1_500, rel=0.1)
    assert set(chosen) == {fault.name for fault in FAULTS.values() if fault.weight and kind in fault.strikes}


def test_a_named_share_is_its_own() -> None:
    """A named fault strikes its share of the requests that it may strike, and no others."""
    policy = _policy(overall=0, zero_id=0.5)

    assert len(_chosen(policy, REQUESTS)) == pytest.approx(2_500, rel=0.1)
    assert _chosen(policy, REQUESTS, RequestKind.LIST) == {}


def test_a_share_of_one_strikes_always() -> None:
    """A fault with all of the share strikes every request."""
    assert set(_chosen(_policy(overall=0, maintenance=1), REQUESTS, RequestKind.OTHER)) == set(REQUESTS)
