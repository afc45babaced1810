"""The settings of a simulator that answers like the server that was probed. Pure.

What a probe did not ask keeps the simulator's own setting; what a simulator cannot do (a list that never shows a set,
say) comes as near as it can.
"""

from dataclasses import replace
from typing import Any, Final, cast

from bulkprov.probe.answers import Said, Shape
from bulkprov.probe.findings import AgentSeen, Delay, Findings, Tried
from bulkprov.simulator import Reason, Refusal, SimulatorSettings
from bulkprov.text import clean

__all__ = ["simulator_like"]

_NEVER: Final = 3600.0
"""Seconds by which a list lags that never showed a set."""
_EMPTY_LISTS: Final = ("missing", "empty", "blank", "204", "404")
_GONE: Final = ("empty", "404", "error", "blank")
_ENDED: Final = ("401", "403", "code", "page", "redirect")


def simulator_like(findings: Findings, settings: SimulatorSettings) -> SimulatorSettings:
    """Settings as they are given, but for what the findings say otherwise."""
    changes: dict[str, Any] = {}
    if findings.version:
        changes["commserve_version"] = clean(findings.version)
    if findings.recorded_shape is not None:
        changes["replies"] = "recorded" if findings.recorded_shape else "guessed"
    if findings.listed:
        changes["list_lag"] = _lag(findings.listed, findings.unlisted)
    if findings.readable:
        changes["read_lag"] = _lag(findings.readable, findings.unread)
    if findings.description:
        changes["descriptions"] = findings.description == "kept"
        changes["description_lists"] = bool(findings.description_listed)
    if any(agent.listed for agent in findings.agents):
        changes["spelling"] = "recorded" if any(map(_is_renamed, findings.agents)) else "documented"
    if findings.listed_otherwise is not None:
        changes["display_names"] = findings.listed_otherwise
    told = (
        ("empty_list", findings.no_client_list, _EMPTY_LISTS),
        ("gone_read", findings.gone_read, _GONE),
        ("session_end", findings.dead_token, _ENDED),
    )
    changes |= {name: found for name, found, possible in told if found in possible}
    return replace(settings, **changes, **_repeats(findings), **_names(findings), refusals=_refusals(findings))


def _lag(*delays: Delay | None) -> float:
    """A lag in the middle of where all that was seen has it."""
    seen = [each.seen for each in delays if each and each.seen is not None]
    unseen = [each.unseen for each in delays if each and each.unseen is not None]
    if not unseen:
        return 0.0
    return (max(unseen) + min(seen)) / 2 if seen else _NEVER


def _is_renamed(agent: AgentSeen) -> bool:
    """Whether the list of sets calls an agent by another name than the list of agents."""
    return bool(agent.named and agent.listed and agent.named != agent.listed)


def _repeats(findings: Findings) -> dict[str, Any]:
    """What a second create of the same name does."""
    tried = findings.repeated
    if tried is None or tried.end == "skipped":
        return {}
    return {"refuse_duplicates": tried.end == "refused", "idempotent": tried.end == "same"}


def _names(findings: Findings) -> dict[str, Any]:
    """What becomes of names: the two variants tell something only where the name itself is not made twice."""
    found: dict[str, Any] = {}
    if findings.repeated and findings.repeated.end != "made":
        if findings.other_case and findings.other_case.end != "skipped":
            found["name_case"] = "told" if findings.other_case.end == "made" else "ignored"
        if findings.with_blanks and findings.with_blanks.end != "skipped":
            found["name_blanks"] = "kept" if findings.with_blanks.end == "made" else "trimmed"
    elif findings.blanks_kept is not None:
        found["name_blanks"] = "kept" if findings.blanks_kept else "trimmed"
    if any(seen.end == "respelled" and "&" in seen.sent for seen in findings.names):
        found["escaped_names"] = True
    for seen in findings.names:
        if seen.end == "cut":
            found |= {"name_length": seen.length, "long_names": "cut"}
    longest = max((seen.length for seen in findings.names if seen.end in ("kept", "respelled")), default=0)
    refused = any(seen.end == "refused" and seen.sent.endswith("characters") for seen in findings.names)
    if refused and longest:
        found |= {"name_length": longest, "long_names": "refused"}
    return found


def _refusals(findings: Findings) -> dict[Reason, Refusal]:
    """The server's own words, wherever it refused."""
    tried: dict[str, Tried | None] = {f"unknown-{what}": each for what, each in findings.unknown.items()}
    tried["duplicate"] = findings.repeated
    refused = {reason: each.said for reason, each in tried.items() if each and each.end == "refused"}
    if findings.deleted_again and findings.deleted_again.code:
        refused["no-such-set"] = findings.deleted_again
    return {cast("Reason", reason): _refusal(said) for reason, said in refused.items() if said}


def _refusal(said: Said) -> Refusal:
    return Refusal(
        status=said.http,
        code=said.code or 0,
        text=clean(said.words),  # a probe.json may be anyone's, and XML takes no control characters
        shape="response" if said.shape == Shape.RESPONSE else "top",
    )
