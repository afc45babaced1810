import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.errors import StorageError
from bulkprov.runs.log import Log, open_log
from bulkprov.runs.mask import MASK

TOKEN = 'QSDK 3a7f"quoted\\slash/ü+end'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is written."""
    return tmp_path / "run.log"


@pytest.fixture
def log(path: Path) -> Iterator[Log]:
    """A log that knows one secret."""
    with open_log(path, secrets=[TOKEN]) as log:
        yield log


def events(path: Path) -> list[dict[str, Any]]:
    """What the log holds."""
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_an_event_is_one_line_of_json(log: Log, path: Path) -> None:
    """A line holds time, level, event and values, and is in the file at once."""
    log.info("row.finished", status="created", seconds=0.25, errorCode=None)

    (event,) = events(path)
    assert event.pop("at").endswith("+00:00")
    assert event == {
        "level": "info",
        "event": "row.finished",
        "status": "created",
        "seconds": 0.25,
        "errorCode": None,
    }


def test_bound_values_are_in_every_event(log: Log, path: Path) -> None:
    """A bound logger adds its values and leaves the one it came from alone."""
    log.bind(row=7).info("row.begun")
    log.info("run.ended")
    log.flush()

    assert [event.get("row") for event in events(path)] == [7, None]


def test_info_lines_are_gathered_for_a_moment_and_keep_their_order(log: Log, path: Path) -> None:
    """A thousand rows a second cost few writes; a warning, a flush or closing the log writes all of them."""
    for number in range(5):
        log.info("row.finished", row=number)
    assert len(events(path)) < 5
    log.warning("look.doubted", row=5)
    assert [event["row"] for event in events(path)] == [0, 1, 2, 3, 4, 5]

    log.info("row.finished", row=6)
    log.flush()
    log.info("row.finished", row=7)
    assert len(events(path)) == 7
    log.close()
    assert [event["row"] for event in events(path)] == list(range(8))


def test_a_later_log_appends_to_the_same_file(path: Path) -> None:
    """A resumed run adds to the log of the killed one."""
    for name in ("run.started", "run.resumed"):
        with open_log(path) as log:
            log.info(name)

    assert [event["event"] for event in events(path)] == ["run.started", "run.resumed"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.usefixtures("log")
def test_only_the_owner_can_read_the_file(path: Path) -> None:
    """No other user of the machine can read which clients are protected."""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def carriers(secret: str) -> dict[str, Any]:
    """Values that contain a secret, in every way a value can."""
    return {
        "plain": f"before {secret} after",
        "nested": {"headers": [{secret: secret}], "more": (secret,)},
        "fault": ValueError(secret),
        "path": PurePosixPath("/tokens") / secret,
        "bytes": secret.encode(),
    }


def test_a_secret_is_masked_wherever_it_stands(log: Log, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The token reaches neither the file nor the terminal in any form, not even in a traceback."""
    try:
        int(TOKEN)
    except ValueError:
        log.exception("bug.met", **carriers(TOKEN))

    shown = path.read_text("ascii") + capsys.readouterr().err
    assert "3a7f" not in shown
    assert MASK in events(path)[0]["plain"]
    assert MASK in events(path)[0]["exception"]


def test_a_password_is_masked_in_the_form_in_which_it_is_sent(log: Log, path: Path) -> None:
    """Login takes it in base64, a URL takes it quoted: both are masked too."""
    log.hide("pass word/1")
    log.warning("x.met", login="cGFzcyB3b3JkLzE=", url="https://cs/?p=pass%20word%2F1&q=pass+word%2F1")

    (event,) = events(path)
    assert event["login"] == MASK
    assert event["url"] == f"https://cs/?p={MASK}&q={MASK}"


def test_a_secret_added_later_is_masked_from_then_on(log: Log, path: Path) -> None:
    """A renewed token is masked by loggers too that were bound before."""
    bound = log.bind(row=1)
    log.hide("fresh-token-77")
    bound.info("token.renewed", token="fresh-token-77")

    assert events(path)[0]["token"] == MASK


@given(secret=st.text(min_size=1, max_size=8), value=st.text())
def test_masking_never_breaks_a_line(tmp_path_factory: pytest.TempPathFactory, secret: str, value: str) -> None:
    """Even a secret such as a quote or a colon leaves each line readable JSON, without it in the value."""
    path = tmp_path_factory.mktemp("log") / "run.log"
    with open_log(path, secrets=[secret]) as log:
        log.info("x.met", value=f"{value}{secret}{value}", count=12)

    (event,) = events(path)
    assert secret in MASK or secret not in event["value"]


def test_time_level_and_event_come_first(log: Log, path: Path) -> None:
    """Whatever is bound or given, so that a person can read the file from the left."""
    log.bind(row=7).warning("act.doubted", why="no answer")

    assert list(events(path)[0]) == ["at", "level", "event", "row", "why"]


def test_the_time_is_utc_in_iso_8601(log: Log, path: Path) -> None:
    """To the microsecond, and the same clock as everywhere."""
    before = datetime.now(UTC)
    log.warning("x.met")

    assert before <= datetime.fromisoformat(events(path)[0]["at"]) <= datetime.now(UTC)


def test_a_debug_event_costs_and_leaves_nothing_unless_the_log_is_verbose(log: Log, path: Path) -> None:
    """Its values are not even rendered."""

    class Unrenderable(os.PathLike[str]):
        def __fspath__(self) -> str:
            raise AssertionError

    log.debug("row.finished", path=Unrenderable())
    log.flush()

    assert events(path) == []


def test_values_are_never_shown_by_their_repr(log: Log, path: Path) -> None:
    """An object is logged as the name of its type, an exception as its type and text."""

    class Request:
        def __repr__(self) -> str:
            return "Request(token=...)"

    log.info("x.met", request=Request(), error=OSError("no route"))

    (event,) = events(path)
    assert event["request"] == "<Request>"
    assert event["error"] == "OSError: no route"


def test_a_traceback_shows_no_local_variables(log: Log, path: Path) -> None:
    """What a function held when it failed stays out of the log."""

    def fail(password: str) -> None:
        raise ValueError(len(password))

    try:
        fail("hunter-two")
    except ValueError:
        log.exception("bug.met")

    trace = events(path)[0]["exception"]
    assert "ValueError: 10" in trace
    assert "password=" not in trace


def test_hostile_text_stays_one_harmless_line(log: Log, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No control or reversing character reaches file or terminal as it is, and a line end makes no second line."""
    hostile = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x200B, 0xFEFF]))
    log.warning("x.met", text=hostile)

    assert events(path)[0]["text"] == hostile
    assert path.read_text("ascii").rstrip("\n").isprintable()
    assert capsys.readouterr().err.rstrip("\n").isprintable()


def test_the_terminal_shows_warnings_and_counts_repeats(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a thousand equal warnings one is shown in five seconds; info is not shown."""
    log.info("row.finished")
    for number in range(1000):
        log.warning("server.paused", number=number)

    assert capsys.readouterr().err == "warning: server.paused  number=0\n"


def test_an_event_with_a_sentence_is_told_by_it(log: Log, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People read it, and the file has the fields besides."""
    log.warning("server.paused", told="10:30:45 the server asks to wait", why="HTTP 429")

    assert capsys.readouterr().err == "10:30:45 the server asks to wait\n"
    assert events(path)[0]["why"] == "HTTP 429"


def test_a_warning_about_a_single_row_is_kept_and_not_shown(
    log: Log, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is one of thousands, and the file has it; an error is shown whatever it concerns."""
    log.warning("act.doubted", row=7)
    log.error("row.broke", row=8)

    assert capsys.readouterr().err == "error: row.broke  row=8\n"
    assert [event["event"] for event in events(path)] == ["act.doubted", "row.broke"]


def test_a_verbose_log_shows_warnings_about_single_rows(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With -v, each of them."""
    with open_log(path, verbose=True) as log:
        log.warning("act.doubted", row=7)
        log.warning("act.doubted", row=8)

    assert capsys.readouterr().err.splitlines() == ["warning: act.doubted  row=7", "warning: act.doubted  row=8"]


def test_a_verbose_log_shows_and_keeps_more(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With -v the terminal shows info too, and the file keeps debug events."""
    with open_log(path, verbose=True) as log:
        log.debug("gate.opened", slots=8)
        log.info("row.finished", status="created")

    assert capsys.readouterr().err == "info: row.finished  status=created\n"
    assert [event["event"] for event in events(path)] == ["gate.opened", "row.finished"]


def test_a_closed_stderr_disturbs_nothing(log: Log, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the reader of its pipe is gone, warnings still reach the file, and the run goes on."""
    reader, writer = os.pipe()
    os.close(reader)
    with suppress(BrokenPipeError), os.fdopen(writer, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        log.warning("row.retried")
        log.warning("server.paused")
        monkeypatch.undo()

    assert [event["event"] for event in events(path)] == ["row.retried", "server.paused"]


def test_a_file_that_cannot_be_opened_ends_the_command(tmp_path: Path) -> None:
    """The message says which file, and why."""
    with pytest.raises(StorageError, match=r"run\.log: the log cannot be written"):
        open_log(tmp_path / "nowhere" / "run.log")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX has limits for files")
def test_a_full_disk_is_reported_once_and_survived(log: Log, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """When no more can be written, stderr says so, and the run goes on."""
    import resource  # noqa: PLC0415 - POSIX only

    log.info("x.met")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, limits[1]))
    try:
        log.warning("x.met")
        log.warning("x.met")
        log.hide("more")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert len(events(path)) == 1
    assert capsys.readouterr().err.count("can no longer be written") == 1
