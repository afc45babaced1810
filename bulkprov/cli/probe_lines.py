"""What `probe` prints: what was found, what differs from what bulkprov assumes, and what to do next."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any, Final

from bulkprov.probe.conclusions import Weight, differences, proposed_toml, verdict
from bulkprov.probe.execute import Probed
from bulkprov.probe.findings import PROBE_FILE, AgentSeen, Delay, Findings, Tried, to_json
from bulkprov.shell import typed
from bulkprov.text import clean

__all__ = ["probe_json", "probe_lines"]

_SIGNS: Final = {Weight.STOP: "STOP", Weight.CARE: "care", Weight.NOTE: "note"}
_LISTS: Final = {
    "missing": "HTTP 200 without the list",
    "empty": "an empty list",
    "blank": "HTTP 200 without a body",
    "204": "HTTP 204",
    "404": "HTTP 404",
    "error": "an error",
    "sets": "sets of another client",
}
_GONE: Final = {
    "empty": "an answer without a set",
    "404": "HTTP 404",
    "error": "an error that says so",
    "blank": "HTTP 200 without a body",
    "set": "still the set",
}
_ENDED: Final = {
    "401": "HTTP 401",
    "403": "HTTP 403",
    "page": "a log-in page",
    "redirect": "a redirect to a log-in page",
}
_WIDTH: Final = 36
"""Columns for what was asked."""
_INDENT: Final = 8
_NARROW: Final = 30
"""Columns that are too few for words."""


def probe_lines(probed: Probed, given: Sequence[str], folder: Sequence[str] = (), width: int = 0) -> list[str]:
    """All lines.

    Args:
        probed: how it ended.
        given: the words of this command after `probe`, but for `--yes` and `--output`.
        folder: `--output` and its value, if it was given: a clean-up looks there.
        width: columns of the screen; 0 if there is none, where long lines are folded.
    """
    findings, again = probed.findings, ["probe", *given]
    told = [(what, clean(words)) for what, words in (*_read(findings), *_tried(findings)) if words]
    lines = [line for what, words in told for line in _folded(f"  {what:{_WIDTH}}  ", words, width)]
    found = differences(findings)
    lines += ["", "What differs from what bulkprov assumes, worst first:" if found else _nothing(probed)]
    for each in found:
        lines += _folded(f"  {_SIGNS[each.weight]}  ", clean(each.words), width)
    lines += ["", *_folded("", verdict(findings), width)]
    if toml := proposed_toml(findings):
        lines += ["", "For bulkprov.toml, settings before the first [table]:"]
        lines += [f"  {line}" if line else "" for line in toml.splitlines()]
    lines += ["", f"{probed.requests} requests in {probed.seconds:.0f} s. {_left(probed)}"]
    lines += _left_behind(probed, typed([*again, *folder, "--yes"]), width)
    if not probed.unwritten:
        lines.append(f"Findings: {probed.folder / PROBE_FILE}")
        lines += _folded("          ", "(without secrets and without names of hosts, people and sets)", width)
    if not probed.makes:
        lines.append(f"Go on:    {typed([*again, '--yes'])}")
        lines += _folded("          ", "(makes at most five sets on that client, and deletes them)", width)
    elif not (probed.cleaned_up.left or probed.unwritten):
        lines.append(f"Rehearse: {typed(['simulate', '--like', probed.folder / PROBE_FILE])}")
    return lines


def _left_behind(probed: Probed, again: str, width: int) -> list[str]:
    """What is left, what may still come, and the command that sees to both."""
    cleaned_up, lines = probed.cleaned_up, []
    for each in cleaned_up.left:
        lines += _folded("  ", f"{_named(each.id, each.name)}: {clean(each.why)}", width)
    for name in cleaned_up.unanswered:
        words = "its create was not answered, and it is not listed; it may still come, so clean up once more later"
        lines += _folded("  ", f"{_named(0, name)}: {words}", width)
    for number, name in cleaned_up.others.items():
        words = (
            f'a create was answered with id {number}, which is the set "{clean(name)}": it was left alone. If that '
            "is a name that the CommServe gave to the probe's set, delete it by hand."
        )
        lines += _folded("  ", words, width)
    if cleaned_up.left or cleaned_up.unanswered:
        lines.append(f"Clean up: {again}")
    return lines


def _folded(begin: str, words: str, width: int) -> list[str]:
    """A line, folded below its own words where the screen has an edge."""
    if not width or len(begin) + len(words) <= width:
        return [begin + words]
    indent = " " * (len(begin) if width - len(begin) >= _NARROW else _INDENT)
    return wrap(words, width, initial_indent=begin, subsequent_indent=indent, break_on_hyphens=False)


def probe_json(probed: Probed, exit_code: int) -> dict[str, Any]:
    """The same as one object."""
    found = differences(probed.findings)
    return {
        "schema": "probe-1",
        "folder": str(probed.folder),
        "findings": to_json(probed.findings),
        "differences": [{"weight": each.weight.name.lower(), "words": each.words} for each in found],
        "toml": proposed_toml(probed.findings),
        "verdict": verdict(probed.findings),
        "left": [{"id": each.id, "name": each.name, "why": each.why} for each in probed.cleaned_up.left],
        "unanswered": probed.cleaned_up.unanswered,
        "others": probed.cleaned_up.others,
        "requests": probed.requests,
        "seconds": round(probed.seconds, 1),
        "exit_code": exit_code,
        "error": str(probed.unwritten) if probed.unwritten else None,
    }


def _nothing(probed: Probed) -> str:
    if probed.makes:
        return "Nothing differs from what bulkprov assumes."
    return "What could be read is as bulkprov assumes."


def _left(probed: Probed) -> str:
    cleaned_up = probed.cleaned_up
    if not probed.makes:
        return "Nothing was made."
    return "Left behind:" if cleaned_up.left or cleaned_up.unanswered or cleaned_up.others else "Left behind: nothing."


def _named(number: int, name: str) -> str:
    return f"id {number}, {clean(name)}" if number else f"perhaps {clean(name)}"


def _read(findings: Findings) -> Iterator[tuple[str, str]]:
    """What was found by reading."""
    yield "CommServe version", findings.version
    if findings.clients is not None:
        deleted = f", {findings.deleted_clients:,} of them deleted" if findings.deleted_clients else ""
        yield "clients visible", f"{findings.clients:,}{deleted}"
    if findings.display_names is not None:
        yield "display names other than the name", "some clients have one" if findings.display_names else "none"
    for agent in findings.agents:
        yield f"agent {agent.wanted}" if agent.wanted else "an agent that is not known", _spelled(agent)
    if findings.same_by_name is not None:
        yield "sets by client id and by name", "the same" if findings.same_by_name else "NOT the same"
    yield "list of a client that is not there", _LISTS.get(findings.no_client_list, findings.no_client_list)


def _spelled(agent: AgentSeen) -> str:
    named = f'"{agent.named}" ({agent.number}) in the list of agents' if agent.named else ""
    listed = f'"{agent.listed}" ({agent.listed_number}) in the list of sets' if agent.listed else ""
    return ", ".join(filter(None, (named, listed)))


def _tried(findings: Findings) -> Iterator[tuple[str, str]]:
    """What was found by making sets."""
    yield "a create", str(findings.created or "")
    if findings.new_id is not None:
        yield "its id", "above all that were known" if findings.new_id else "NOT above all that were known"
    yield "a new set in the list", str(findings.listed or "")
    yield "a new set by its id", str(findings.readable or "")
    if findings.description:
        listed = ", and listed" if findings.description_listed else ""
        yield "description of a create", findings.description + listed
    yield "the same name again", _end(findings.repeated)
    yield "the same name in capitals", _end(findings.other_case)
    yield "the same name with blanks", _end(findings.with_blanks)
    for what, tried in findings.unknown.items():
        yield f"{'an' if what[0] in 'ai' else 'a'} {what} that is not there", _end(tried)
    for seen in findings.names:
        words = {
            "cut": f"cut to {seen.length} characters",
            "refused": f"refused with {seen.said}",
            "respelled": "kept, and shown in another spelling that bulkprov knows",
        }
        yield f"a name with {seen.sent}", words.get(seen.end, seen.end)
    yield "a delete", str(findings.deleted or "")
    yield "a read of the deleted set", _GONE.get(findings.gone_read, findings.gone_read)
    yield "the deleted set by its id", _gone(findings.unread)
    yield "the deleted set in the list", _gone(findings.unlisted)
    yield "a second delete", str(findings.deleted_again or "")
    yield "a dead token", _ENDED.get(findings.dead_token, findings.dead_token)


def _gone(delay: Delay | None) -> str:
    if delay is None:
        return ""
    return f"still there after {delay.unseen or 0:.0f} s" if delay.seen is None else f"gone {delay}"


def _end(tried: Tried | None) -> str:
    if tried is None:
        return ""
    ends = {
        "refused": f"refused with {tried.said}",
        "made": "a set of its own is made",
        "same": f"{tried.said} and the id of the set that is there",
        "skipped": "not tried: enough sets were made",
    }
    return ends[tried.end]
