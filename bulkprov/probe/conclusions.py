"""How the findings differ from what bulkprov assumes, and what that means for a wave. Pure.

Each difference is one line, worst first. From the same findings come settings and `[[error]]` entries for
`bulkprov.toml`.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from math import ceil
from typing import Final

from bulkprov.commvault.backupset_replies import says_exists
from bulkprov.probe.answers import Said
from bulkprov.probe.findings import Delay, Findings, Tried
from bulkprov.report.error_catalogue import Catalogue

__all__ = ["SETTLE", "Difference", "Weight", "differences", "proposed_toml"]

SETTLE: Final = 10.0
"""Seconds of `--settle` by default: a list that is later than this is not waited for."""
_MARGIN: Final = 2
"""By how much the proposed settle time is longer than the longest delay that was seen."""


class Weight(IntEnum):
    """How bad a difference is."""

    STOP = 3
    """Do not run a wave before this is understood."""
    CARE = 2
    """A wave can be run with care, or with other settings."""
    KNOW = 1
    """Good to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One way in which a CommServe is not as bulkprov assumes."""

    weight: Weight
    words: str


def _stop(words: str) -> Difference:
    return Difference(weight=Weight.STOP, words=words)


def _care(words: str) -> Difference:
    return Difference(weight=Weight.CARE, words=words)


def _know(words: str) -> Difference:
    return Difference(weight=Weight.KNOW, words=words)


def differences(findings: Findings) -> list[Difference]:
    """All differences, worst first."""
    found = [difference for check in _CHECKS for difference in check(findings)]
    return sorted(found, key=lambda each: -each.weight)


def _stopped(findings: Findings) -> Iterator[Difference]:
    if findings.stopped:
        yield _stop(
            f"The probe stopped ({findings.stopped}). What it did not ask is not known: run no wave before it "
            "runs to its end.",
        )


def _lists(findings: Findings) -> Iterator[Difference]:
    for delay, what in (
        (findings.listed, "A new set is in the client's list"),
        (findings.readable, "A new set can be read by its id"),
        (findings.unread, "A deleted set is no longer shown by its id"),
        (findings.unlisted, "A deleted set is gone from the client's list"),
    ):
        if delay is None or delay.unseen is None:
            continue
        if delay.seen is None:
            yield _stop(
                f"{what} {delay}. Then a lost answer cannot be settled, and a row may be made twice: run no "
                "wave before you know how late it is.",
            )
        elif delay.seen > SETTLE:
            yield _care(
                f"{what} only {delay}. bulkprov waits {SETTLE:.0f} s by default: set settle = "
                f"{settle_for(findings)}, or a row whose answer was lost may be made twice.",
            )
        else:
            yield _know(f"{what} {delay}. bulkprov waits {SETTLE:.0f} s, which is enough.")


def _repeats(findings: Findings) -> Iterator[Difference]:
    tried = findings.repeated
    if tried is None or tried.end == "skipped":
        return
    if tried.end == "same":
        yield _care(
            "A create of a set that exists is answered with errorCode 0 and the id of that set. So a set that "
            "another program or person makes during a wave can look like yours: run waves with --mark if descriptions "
            "are kept, and look through a rollback before you add --yes.",
        )
    elif tried.end == "made":
        yield _care(
            "A create of a set that exists makes a second set of that name. bulkprov looks before it sends "
            "again, and waits for lists that are late; let nobody else create the same sets during a wave.",
        )
    elif tried.said and not _is_told_to_exist(tried.said):
        yield _know(
            f"A create of a set that exists is refused with {tried.said}, which bulkprov does not know for that. "
            "It looks after every refusal, so nothing is lost; the proposed [[error]] entry says it in results.",
        )


def _names(findings: Findings) -> Iterator[Difference]:
    if findings.other_case and findings.other_case.end == "made" and _refuses(findings.repeated):
        yield _care(
            "Names that differ in capital letters only are two sets here. bulkprov takes them for one: "
            "the second row of such a pair is invalid.",
        )
    if findings.with_blanks and findings.with_blanks.end == "made" and _refuses(findings.repeated):
        kept = "are kept" if findings.blanks_kept else "are cut off, and yet not ignored"
        yield _know(
            f"Blanks around a name {kept}, so that such a name is another set. bulkprov sends none.",
        )
    for seen in findings.names:
        if seen.end == "cut":
            yield _care(
                f"Names are cut to {seen.length} characters without a word. A longer name of a sheet ends "
                "as another set than the row says, and two of them may become one: keep names shorter.",
            )
        elif seen.end == "changed":
            yield _care(
                f"A name with {seen.sent} is kept as another name. Rows with such names are looked up in vain: "
                "avoid them.",
            )
        elif seen.end == "refused":
            yield _know(f"A name with {seen.sent} is refused with {seen.said}: avoid such names.")


def _unknown(findings: Findings) -> Iterator[Difference]:
    for what, tried in findings.unknown.items():
        if tried.end in ("made", "same"):
            harm = (
                "A misspelt planName is not noticed: check the plans of a wave in the Command Center afterwards."
                if what == "plan"
                else f"A misspelt {what} is not noticed: plan with --deep before each wave."
            )
            yield _care(f"A create with a {what} that does not exist is not refused. {harm}")


def _witnesses(findings: Findings) -> Iterator[Difference]:
    if findings.gone_believed is False:
        how = {
            "set": "still shows the set",
            "blank": "has an empty body",
            "404": "is HTTP 404 without a document",
        }.get(findings.gone_read, "cannot be understood")
        yield _care(
            f"After a delete, the answer to GET Backupset/{{id}} {how}. That is no witness that a set is gone: "
            "a rollback leaves its rows as they were, with a note, though their sets are deleted.",
        )
    if findings.deleted is not None and findings.deleted.code != 0:
        yield _care(
            f"A delete is refused with {findings.deleted}: this user cannot roll back a wave.",
        )
    if findings.new_id is False:
        yield _care(
            "The id of a new set is not above all earlier ones. So nothing is proven to be a run's own, and a "
            "rollback deletes nothing without --also-unproven.",
        )


def _marks(findings: Findings) -> Iterator[Difference]:
    if findings.description == "dropped":
        yield _know(
            "The description of a create is not kept: --mark and the column description have no effect here.",
        )


def _spelling(findings: Findings) -> Iterator[Difference]:
    for agent in findings.agents:
        if not agent.known:
            yield _care(
                f'Sets are listed under an agent "{agent.listed}" (applicationId {agent.listed_number}) that '
                "bulkprov does not know. If rows of a wave are listed like that, they stay pending or unknown, and "
                "their notes name it.",
            )
    if findings.same_by_name is False:
        yield _stop(
            "The client's sets are not the same, asked for by its id and by its name. bulkprov asks by name: run "
            "no wave before you know why.",
        )
    if findings.display_names or findings.listed_otherwise:
        yield _know(
            "Some clients are shown under a display name that is not their name. A sheet needs their names.",
        )
    if findings.no_client_list in ("error", "other"):
        yield _know(
            "The list of sets of a client that does not exist is an error. Rows that misspell a client are sent "
            "without a first look, and refused: plan before each wave.",
        )


def _sessions(findings: Findings) -> Iterator[Difference]:
    if findings.dead_token and findings.dead_token not in ("401", "403", "page", "redirect"):
        yield _care(
            f"A request with a dead token is answered with {findings.dead_token}. bulkprov does not take that "
            "for the end of a session: keep waves shorter than a session, and look at the first rows.",
        )


_CHECKS: Final[tuple[Callable[[Findings], Iterator[Difference]], ...]] = (
    _stopped,
    _lists,
    _repeats,
    _names,
    _unknown,
    _witnesses,
    _marks,
    _spelling,
    _sessions,
)


def settle_for(findings: Findings) -> int:
    """The settle time that is proposed, in seconds; 0 if that by default will do."""
    delays = (findings.listed, findings.readable, findings.unread, findings.unlisted)
    longest = max((_longest(delay) for delay in delays if delay is not None), default=0.0)
    return 0 if longest <= SETTLE else ceil(longest) + _MARGIN


def _longest(delay: Delay) -> float:
    """How long a change took at most; what never showed says nothing."""
    return delay.seen or 0.0


def _refuses(tried: Tried | None) -> bool:
    return tried is not None and tried.end == "refused"


def _is_told_to_exist(said: Said) -> bool:
    return said.http == 409 or says_exists(said.words)


_MEANINGS: Final = {
    "client": ("The CommServe does not know the client's name.", "clientName"),
    "agent": ("The CommServe does not know the agent, or the client does not have it.", "appName"),
    "instance": ("The client's agent has no such instance.", "instanceName"),
    "plan": ("The CommServe does not know the plan.", "planName"),
}


def proposed_toml(findings: Findings) -> str:
    """Settings and `[[error]]` entries for `bulkprov.toml`; empty if there are none.

    Only what tells something is proposed: words that two mistakes have in common tell neither.
    """
    lines = []
    if settle := settle_for(findings):
        lines.append(f"settle = {settle}  # lists were that late")
    if findings.description == "kept":
        lines.append("mark = true  # descriptions are kept, so that each set can be proven to be yours")
    entries = [each for each in _refusals(findings) if not _is_in_catalogue(each[0])]
    conditions = [_conditions(said) for said, _, _ in entries]
    for condition, (_, means, edit) in zip(conditions, entries, strict=True):
        if conditions.count(condition) == 1:
            lines += ["", "[[error]]", *condition, f"means = {json.dumps(means)}", 'rerun = "corrected"']
            lines += [f"edit = {json.dumps(edit)}", 'basis = "seen"']
    return "\n".join(lines).strip()


def _refusals(findings: Findings) -> Iterator[tuple[Said, str, str]]:
    """Refusals whose cause is known, with what they mean and what to edit."""
    causes = [(findings.repeated, "A backup set of this name exists.", "backupsetName")]
    causes += [(findings.unknown.get(what), *words) for what, words in _MEANINGS.items()]
    for tried, means, edit in causes:
        if tried and tried.end == "refused" and tried.said:
            yield tried.said, means, edit


def _is_in_catalogue(said: Said) -> bool:
    """Whether the catalogue that comes with bulkprov knows the words of a refusal."""
    entry = Catalogue.shipped().find(said.code, said.http, said.words)
    return entry is not None and entry.text is not None


def _conditions(said: Said) -> tuple[str, ...]:
    """What tells a refusal in the results: its code, and its words without the names that were sent."""
    code = f"http = {said.http}" if said.code is None else f"code = {said.code}"
    if not said.words:
        return (code,)
    parts = re.split(r"NAME|CLIENT|NOWHERE", said.words)
    pattern = ".*".join(re.sub(r"[.^$*+?{}\[\]|()\\]", r"\\\g<0>", part) for part in parts)
    quoted = json.dumps(pattern, ensure_ascii=False) if "'" in pattern else f"'{pattern}'"
    return (code, f"text = {quoted}")
