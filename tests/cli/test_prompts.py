"""What is asked on a terminal, and what counts as an answer without one."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from bulkprov.cli.prompts import ask_password, attended, chosen, confirmed, confirmed_at_work

Typed = Callable[..., None]


@pytest.fixture(name="typed")
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Typed]:
    """A terminal as stdin and stderr, and who types there: something before a question, and a line once it is put.

    In place of a line it may be something else that is done then.
    """
    pty = pytest.importorskip("pty", reason="only POSIX has pseudo-terminals")
    keyboard, end = pty.openpty()
    with (
        open(end, encoding="utf-8", closefd=False) as stdin,
        open(end, "w", encoding="utf-8", closefd=False) as stderr,
    ):

        def typed(line: str | Callable[[], None], *, before: str = "") -> None:
            monkeypatch.setattr(sys, "stdin", stdin)
            monkeypatch.setattr(sys, "stderr", stderr)
            os.write(keyboard, before.encode())
            if line:
                people.append(Thread(target=answer, args=(line,)))
                people[-1].start()

        def answer(line: str | Callable[[], None]) -> None:
            shown = b""
            while not shown.endswith(b"] "):
                shown += os.read(keyboard, 4096)
            if isinstance(line, str):
                os.write(keyboard, line.encode())
            else:
                line()

        people: list[Thread] = []
        yield typed
        for person in people:
            person.join()
    os.close(keyboard)
    os.close(end)


@pytest.mark.parametrize(
    ("line", "answer"), [("y\n", True), ("Yes \n", True), ("n\n", False), ("\n", False), ("NO\n", False)]
)
def test_only_a_yes_is_a_yes(typed: Typed, line: str, answer: bool) -> None:
    """Return alone is a no, as the prompt says."""
    typed(line)

    assert attended()
    assert confirmed("Send these rows?", yes=False) is answer


@pytest.mark.parametrize(("second", "answer"), [("y", True), ("n", False)])
def test_what_is_neither_yes_nor_no_is_asked_again(typed: Typed, second: str, answer: bool) -> None:
    """It may be the answer to the next question, and what comes after it must not land in the shell."""
    typed(f"https://cs.example.com\n{second}\nnext\n")

    assert confirmed("Replace it?", yes=False) is answer
    assert sys.stdin.readline() == "next\n"


def test_what_was_typed_before_a_question_is_no_answer_to_it(typed: Typed) -> None:
    """One Enter or y too many, while the canary was under way, must not send the rest."""
    typed("n\n", before="y\n\ny\n")

    assert confirmed("1 row was rejected. Continue with the rest?", yes=False) is False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_no_to_a_question_while_which_the_work_stands_still(typed: Typed, number: signal.Signals) -> None:
    """The event loop would hear of it after the answer only; from then on it handles signals as before."""
    handled = list[int]()
    before = signal.signal(number, lambda got, _frame: handled.append(got))
    try:
        typed(lambda: os.kill(os.getpid(), number))
        assert confirmed_at_work("1 row was rejected. Continue with the rest?") is False
        signal.raise_signal(number)
    finally:
        signal.signal(number, before)

    assert handled == [number]


def test_what_was_typed_before_a_choice_chooses_nothing(typed: Typed) -> None:
    """Enter alone would have meant the first."""
    typed("2\n", before="\n")

    assert chosen("Which one?", {Path("a"): "1 to do", Path("b"): "2 to do"}) == Path("b")


def test_an_empty_password_is_asked_for_once_more(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """One Enter too many; a second one is meant."""
    answers = iter(["", "secret", "", "", "not asked for"])
    monkeypatch.setattr("getpass.getpass", lambda _question: next(answers))
    typed("")

    assert [ask_password("ops"), ask_password("ops"), next(answers)] == ["secret", "", "not asked for"]


def test_nothing_is_asked_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """The answer is no, unless --yes has given it; there is no password."""
    assert not attended()
    assert not confirmed("Send these rows?", yes=False)
    assert confirmed("Send these rows?", yes=True)
    assert ask_password("ops") == ""
    assert capsys.readouterr() == ("", "")
