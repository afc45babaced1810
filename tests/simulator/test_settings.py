"""The simulator's options: what cannot work is refused at once, in one line."""

import pytest

from bulkprov.errors import SettingsError
from bulkprov.simulator import Refusal, SimulatorSettings, parse_fault


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"faults": 1.5}, "between 0 and 1"),
        ({"fault": {"slow": float("nan")}}, "between 0 and 1"),
        ({"fault": {"sloww": 0.1}}, "no fault is called 'sloww'; `simulate --list-faults` has them all"),
        ({"faults": 0.6, "fault": {"slow": 0.5}}, "add up to 1.1"),
        ({"list_cut": -1}, "list_cut is -1"),
        ({"duplicate_status": 99}, "duplicate_status is 99"),
        ({"refusal_status": 600}, "refusal_status is 600"),
        ({"refusals": {"duplicate": Refusal(0, 1, "")}}, "the status of duplicate is 0"),
        ({"refusals": {"bad-mood": Refusal(200, 1, "")}}, "refused as 'bad-mood'; the reasons are unknown-client, "),
        ({"name_length": -1}, "name_length is -1"),
        ({"burst": -1}, "burst is -1"),
        ({"latency": -1}, "latency is -1"),
    ],
)
def test_values_that_make_no_sense_are_refused(settings: dict[str, object], words: str) -> None:
    """The line says which option is wrong."""
    with pytest.raises(SettingsError, match=words):
        SimulatorSettings(**settings)  # type: ignore[arg-type] # the values are what is wrong


def test_a_fault_on_the_command_line_is_read_or_refused() -> None:
    """NAME=SHARE is read, and anything else is refused with an example."""
    assert parse_fault("drop-after=0.25") == ("drop-after", 0.25)
    with pytest.raises(SettingsError, match="NAME=SHARE"):
        parse_fault("drop-after")


@pytest.mark.parametrize("host", ["0.0.0.0", "example.com", "192.0.2.1"])  # noqa: S104 - refused, which is the claim
def test_only_loopback_is_served(host: str) -> None:
    """The simulator protects nothing, so other machines cannot reach it."""
    with pytest.raises(SettingsError, match="loopback only"):
        SimulatorSettings(host=host)
