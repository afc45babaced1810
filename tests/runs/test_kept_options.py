"""The brakes that a run was given, and its marks, hold in later commands on it."""

from dataclasses import replace
from pathlib import Path

import pytest

from bulkprov.engine.operations import ROLLBACK, VERIFY
from bulkprov.runs.begin import begin_rerun
from bulkprov.runs.kept_options import for_rerun, kept_words, spared, with_kept
from bulkprov.runs.manifest import Manifest
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort, Reading
from tests.cli.loaded import loaded

ALL = Effort(
    rate="100/h", until="06:00", max_errors="5%", concurrency=4, plan_first=True, canary=3, strict=True, mark=True
)
BEGUN = "as the run was begun"


def after(effort: Effort, *settings: str, typed: tuple[str, ...] = (), manifest: Manifest | None = None) -> Manifest:
    """The manifest of a run after a command with these options, some of them from the settings."""
    _, changes = with_kept(manifest or Manifest(), effort, typed=typed, settings=settings)
    return Manifest(**changes)


def test_a_bare_resume_has_all_brakes_of_the_run_and_nothing_else_of_it() -> None:
    """After a kill there is no line that names them."""
    held, changes = with_kept(after(ALL), Effort())

    assert held == ALL
    assert Manifest(**changes) == after(ALL)
    assert with_kept(after(Effort(limit=2)), Effort())[0] == Effort()
    assert with_kept(after(Effort(), "canary"), Effort())[0].canary == 0, "none, said by a program"
    assert with_kept(Manifest(), Effort()) == (Effort(), {"kept": {}, "kept_from_settings": ()})


@pytest.mark.parametrize(
    ("lifted", "typed"),
    [
        (Effort(rate="none", until="none", max_errors="none", concurrency=9, canary=0), ("mark",)),
        (Effort(), ("concurrency", "mark")),
    ],
)
def test_what_is_typed_now_beats_what_was_typed_then(lifted: Effort, typed: tuple[str, ...]) -> None:
    """So each can be lifted: three by a word, the others by `-j auto` and `--no-mark`; and it stays lifted."""
    manifest = after(lifted, typed=typed, manifest=after(ALL))
    held, _ = with_kept(manifest, Effort())

    assert (held.concurrency, held.mark) == (lifted.concurrency, False)
    if "concurrency" not in typed:
        assert (held.per_second, held.until_time, held.budget) == (None, None, (None, None))
        assert held.canary == 0


def test_what_was_typed_beats_the_settings_and_those_of_now_beat_those_of_then() -> None:
    """The file may be meant for other nights; but a change in it counts, if nobody typed anything."""
    settings = Effort(rate="20")

    assert with_kept(after(ALL), settings, settings=["rate"])[0].rate == "100/h"
    twice = after(settings, "rate", manifest=after(ALL))
    assert with_kept(twice, settings, settings=["rate"])[0].rate == "100/h", "it stays the one that was typed"
    assert with_kept(after(Effort(rate="5"), "rate"), settings, settings=["rate"])[0].rate == "20"
    elsewhere = after(Effort(), manifest=after(Effort(rate="5"), "rate"))
    assert with_kept(elsewhere, Effort())[0].rate == "5", "resumed where no settings are"


def test_a_rerun_keeps_what_spares_the_server_and_goes_on_marking() -> None:
    """The window was for another night, and the errors were those of other rows."""
    kept = {"rate": "100/h", "concurrency": "4", "mark": "yes"}
    assert for_rerun(after(ALL)) == {"kept": kept, "kept_from_settings": ()}
    assert for_rerun(after(ALL, "rate", "until"))["kept_from_settings"] == ("rate",)


def test_a_rollback_spares_the_server_as_the_run_did_and_a_verification_by_its_limit() -> None:
    """The hour is another one, and so are the errors; a rate is one of creates and deletes."""
    assert spared(after(ALL), Effort(), ROLLBACK) == Effort(rate="100/h", concurrency=4)
    assert spared(after(ALL), Effort(), VERIFY) == Effort(concurrency=4)
    typed = Effort(rate="none", until="05:00")
    assert spared(after(ALL), typed, ROLLBACK, typed=("rate", "until")) == replace(typed, concurrency=4)
    assert spared(after(ALL), Effort(rate="20"), ROLLBACK, settings=("rate",)).rate == "100/h"


def test_the_journal_keeps_them_for_the_run_and_its_reruns(tmp_path: Path) -> None:
    """They are read back after the process is gone."""
    with loaded(tmp_path, ("client001", "one")) as run:
        run.update(**with_kept(run.manifest, ALL)[1])

    with (
        Run.open(tmp_path / "run") as run,
        begin_rerun(run, None, output=tmp_path / "two", access=Access(), reading=Reading()) as rerun,
    ):
        assert with_kept(run.manifest, Effort())[0] == ALL
        assert with_kept(rerun.manifest, Effort())[0] == Effort(rate="100/h", concurrency=4, mark=True)


def test_one_line_says_what_holds_and_how_it_is_lifted() -> None:
    """And none does where all of it was given anyway, or nothing was lifted."""
    assert list(kept_words(Effort(), Effort(rate="100/h"), BEGUN)) == [
        "--rate 100/h, as the run was begun (--rate none lifts it)"
    ]
    (several,) = kept_words(Effort(rate="100/h"), ALL, BEGUN)
    assert several == (
        "--until 06:00 --max-errors 5% --concurrency 4 --plan-first --canary 3 --strict --mark, as the run was begun "
        "(--until none, --max-errors none, --concurrency auto, --no-plan-first, --canary 0, --no-strict, --no-mark "
        "lift them)"
    )
    assert list(kept_words(Effort(rate="20"), Effort(rate="none"), BEGUN)) == ["--rate none, as the run was begun"]
    assert list(kept_words(ALL, replace(ALL, mark=False), BEGUN)) == ["--no-mark, as the run was begun"]
    assert list(kept_words(ALL, ALL, BEGUN)) == []
