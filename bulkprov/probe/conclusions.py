"""How the findings differ from what bulkprov assumes, and what that means for a wave. Pure.

Each difference is one line, worst first. From the same findings come settings and `[[error]]` entries for
`bulkprov.toml`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from math import ceil
from typing import Final

from bulkprov.commvault.backupset_replies import says_exists
from bulkprov.probe.answers import Said
from bulkprov.probe.findings import Findings, Tried
from bulkprov.probe.hidden import PLACEHOLDERS
from bulkprov.report.error_catalogue import Catalogue

__all__ = ["SETTLE", "Difference", "Weight", "differences", "proposed_toml", "verdict"]

SETTLE: Final = 10.0
"""Seconds of `--settle` by default: a list that is later than this is not waited for."""
_ANSWERED: Final = 0.1
"""Seconds that an answer takes at least, which are in each delay that was seen."""
_MARGIN: Final = 2
"""By how much the proposed settle time is longer than the longest delay that was seen."""


class Weight(IntEnum):
    """How bad a difference is."""

    STOP = 3
    """Do not run a wave before this is understood."""
    CARE = 2
    """A wave can be run with care, or with other settings."""
    NOTE = 1
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


def _note(words: str) -> Difference:
    return Difference(weight=Weight.NOTE, words=words)


def differences(findings: Findings) -> list[Difference]:
    """All differences, worst first."""
    found = [difference for check in _CHECKS for difference in check(findings)]
    return sorted(found, key=lambda each: -each.weight)


def verdict(findings: Findings) -> str:
    """Whether this CommServe is one for a wave, in one line."""
    worst = max((each.weight for each in differences(findings)), default=Weight.NOTE)
    if worst is Weight.STOP:
        return "Run no wave here yet: see STOP above."
    if findings.created is None:
        return "Reads alone do not tell whether to run a wave here: go on with --yes."
    if worst is Weight.CARE:
        return 'A wave can be run here, with what is said under "care" in mind.'
    return "A wave can be run here."


def _stopped(findings: Findings) -> Iterator[Difference]:
    if findings.stopped:
        yield _stop(
            f"The probe stopped ({findings.stopped}). What it did not ask is not known: run no wave before it "
            "runs to its end.",
        )


def _lists(findings: Findings) -> Iterator[Difference]:
    lost = "a row whose answer was lost may be made twice"
    undone = "a rollback leaves rows as they were whose sets are deleted"
    for delay, event, fact, harm in (
        (findings.listed, "A new set is listed", "A new set was not listed", lost),
        (findings.readable, "A new set is shown by its id", "A new set was not shown by its id", lost),
        (
            findings.unread,
            "The id of a deleted set stops showing it",
            "A deleted set was still shown by its id",
            undone,
        ),
        (findings.unlisted, "A deleted set leaves the list", "A deleted set was still listed", undone),
    ):
        if delay is None or delay.unseen is None:
            continue
        if delay.seen is None:
            yield _stop(f"{fact} after {delay.unseen:.0f} s. Then {harm}: run no wave before you know how late it is.")
        elif delay.seen > SETTLE:
            wait = f"bulkprov waits {SETTLE:.0f} s by default: set settle = {settle_for(findings)}, or {harm}."
            yield _care(f"{event} only {delay}. {wait}")
        else:
            yield _note(f"{event} {delay}. bulkprov waits {SETTLE:.0f} s, which is enough.")


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
        yield _note(
            f"A create of a set that exists is refused with {tried.said}, which bulkprov does not know for that. "
            "It looks after every refusal, so nothing is lost; the proposed [[error]] entry says it in results.",
        )


def _names(findings: Findings) -> Iterator[Difference]:
    if _is_told_apart(findings.other_case, findings.repeated):
        yield _care(
            "Names that differ in capital letters only are two sets here. bulkprov takes them for one: "
            "the second row of such a pair is invalid.",
        )
    if _is_told_apart(findings.with_blanks, findings.repeated):
        kept = "are kept" if findings.blanks_kept else "are cut off, and yet not ignored"
        yield _note(
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
                f"A name with {seen.sent} is made as another name. Rows with such names are looked up in vain: "
                "avoid them.",
            )
        elif seen.end == "refused":
            yield _note(f"A name with {seen.sent} is refused with {seen.said}: avoid such names.")


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
        yield _note(
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
    if findings.list_by_name in ("error", "other"):
        yield _stop(
            "The client's sets cannot be listed by its name, though they can by its id. bulkprov asks by name: no row "
            "can be looked up.",
        )
    if findings.same_by_name is False:
        yield _stop(
            "The client's sets are not the same, asked for by its id and by its name. bulkprov asks by name: run "
            "no wave before you know why.",
        )
    if findings.display_names or findings.listed_otherwise:
        yield _note(
            "Some clients are shown under a display name that is not their name. A sheet needs their names.",
        )
    if findings.no_client_list in ("error", "other"):
        yield _note(
            "The list of sets of a client that does not exist is an error. Rows that misspell a client are sent "
            "without a first look, and refused: plan before each wave.",
        )


def _sessions(findings: Findings) -> Iterator[Difference]:
    if findings.dead_token and findings.dead_token not in ("401", "403", "code", "page", "redirect"):
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
    # What never showed says nothing of how long to wait.
    longest = max((delay.seen or 0.0 for delay in delays if delay is not None), default=0.0)
    return 0 if longest <= SETTLE else ceil(longest - _ANSWERED) + _MARGIN


def _is_told_apart(variant: Tried | None, same: Tried | None) -> bool:
    """Whether a variant of a name makes a set of its own, where the name itself does not."""
    return variant is not None and variant.end == "made" and same is not None and same.end in ("refused", "same")


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

    Only what tells something is proposed: words that two mistakes have in common tell neither, and no words tell none.
    """
    lines = []
    if settle := settle_for(findings):
        lines.append(f"settle = {settle}  # changes showed that late")
    if findings.description == "kept":
        lines.append("mark = true  # descriptions are kept: sets can be proven")
    entries = [each for each in _refusals(findings) if _own_words(each[0]) and not _is_in_catalogue(each[0])]
    conditions = [_conditions(said) for said, _, _ in entries]
    for condition, (_, means, edit) in zip(conditions, entries, strict=True):
        if conditions.count(condition) == 1:
            lines += ["", "[[error]]", *condition, f"means = {_quoted(means)}", 'rerun = "corrected"']
            lines += [f"edit = {_quoted(edit)}", 'basis = "seen"']
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
    parts = _own_words(said)
    pattern = ".*".join(re.sub(r"[.^$*+?{}\[\]|()\\]", r"\\\g<0>", part) for part in parts)
    pattern = "".join(char if char.isprintable() else "." for char in pattern)
    return (code, f"text = {_quoted(pattern)}")


def _own_words(said: Said) -> list[str]:
    """The words of a refusal, divided at the names in them; none if there is nothing else."""
    parts = re.split(rf"\b(?:{'|'.join(PLACEHOLDERS)})\b", said.words)
    return parts if any(map(str.isalpha, "".join(parts))) else []


def _quoted(text: str) -> str:
    """A text of printable characters as TOML has it, the plainer form if possible."""
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
