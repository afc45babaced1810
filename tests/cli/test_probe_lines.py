"""The lines of `probe`."""

from dataclasses import replace
from pathlib import Path

from bulkprov.cli.probe_lines import probe_lines
from bulkprov.probe.answers import Said
from bulkprov.probe.clean_up import CleanedUp, Leftover
from bulkprov.probe.execute import Probed
from bulkprov.probe.findings import AgentSeen, Delay, Findings, NameSeen, Tried

FOUND = Findings(
    clients=1_200,
    deleted_clients=3,
    same_by_name=False,
    no_client_list="missing",
    agents=(AgentSeen(wanted="NAS", named="NAS", number=13, listed="NDMP", listed_number=13),),
    repeated=Tried(end="refused", said=Said(http=500, code=3, words="Name\x1b in use.")),
    unknown={"plan": Tried(end="skipped"), "instance": Tried(end="made", said=Said(http=200, code=0))},
    names=(NameSeen(sent="200 characters", end="cut", length=100),),
)
PROBED = Probed(folder=Path("reports/probe-1"), findings=FOUND, makes=True, requests=25, seconds=24.4)


def test_each_finding_has_a_line_and_escapes_are_shown() -> None:
    """What was not asked has none."""
    text = "\n".join(probe_lines(PROBED, ["--client", "scratch 01"]))

    assert "clients visible                       1,200, 3 of them deleted" in text
    assert (
        'agent NAS                             "NAS" (13) in the list of agents, "NDMP" (13) in the list of sets'
        in text
    )
    assert 'refused with HTTP 500, errorCode 3 "Name\\x1b in use."' in text
    assert "a plan that is not there              not tried: enough sets were made" in text
    assert "an instance that is not there         a set of its own is made" in text
    assert "a name with 200 characters            cut to 100 characters" in text
    assert "dead token" not in text
    assert "25 requests in 24 s. Left behind: nothing." in text


def test_what_is_left_is_named_with_the_command_that_cleans_up() -> None:
    """And no rehearsal is proposed then."""
    left = [
        Leftover(id=931, name="bulkprov_probe_1_a", why="its delete was refused"),
        Leftover(id=0, name="bulkprov_probe_1_p", why="its create was not answered"),
    ]
    text = "\n".join(probe_lines(replace(PROBED, cleaned_up=CleanedUp(left=left)), ["--client", "scratch 01"]))

    assert (
        "Left behind:\n  id 931, bulkprov_probe_1_a: its delete was refused\n  perhaps bulkprov_probe_1_p: its" in text
    )
    assert "Clean up: bulkprov probe --client 'scratch 01' --yes" in text.replace('"', "'")
    assert "Rehearse" not in text


def test_long_lines_are_folded_below_their_words() -> None:
    """On a screen of 60 columns and more; elsewhere a line is a line."""
    for width in (40, 60, 80, 120):
        assert all(
            len(line) <= max(width, 79) for line in probe_lines(PROBED, [], width=width) if "reports" not in line
        )
    assert max(map(len, probe_lines(PROBED, []))) > 120


def test_what_may_still_come_and_what_is_anothers_is_said() -> None:
    """The first can be cleaned up once more, in the same folder; the second was left alone."""
    cleaned_up = CleanedUp(unanswered=["bulkprov_probe_1_p"], others={17: "Theirs\x1b"})
    text = "\n".join(probe_lines(replace(PROBED, cleaned_up=cleaned_up), ["--client", "x"], ["--output", "found"]))

    assert "Left behind:\n  perhaps bulkprov_probe_1_p: its create was not answered, and it is not listed;" in text
    assert 'answered with id 17, which is the set "Theirs\\x1b": it was left alone' in text
    assert "Clean up: bulkprov probe --client x --output found --yes" in text
    assert "Rehearse: " in text


def test_the_verdict_stands_before_what_to_do() -> None:
    """It is what the operator came for."""
    lines = probe_lines(replace(PROBED, findings=Findings(created=Said(http=200, code=0))), [])

    assert lines.index("A wave can be run here.") > lines.index("Nothing differs from what bulkprov assumes.")


def test_a_deleted_set_that_stays_is_not_said_to_be_gone() -> None:
    """Nor is anything said of one that was not looked for."""
    lines = "\n".join(probe_lines(replace(PROBED, findings=Findings(unlisted=Delay(unseen=15.02))), []))

    assert "the deleted set in the list           still there after 15 s" in lines
    assert "the deleted set by its id" not in lines
