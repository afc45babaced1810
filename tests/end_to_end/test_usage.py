"""Bad usage: one clear line, the exit code of the contract, no traceback, nothing sent."""

import io
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.conftest import CommServe, Said
from tests.end_to_end.results import wave

INPUTS = Path(__file__).parents[2] / "inputs"
WAVE = INPUTS / "wave.csv"

Command = Callable[..., Said]


@pytest.fixture(name="here", autouse=True)
def files(tmp_path: Path) -> None:
    """Sheets that cannot be used."""
    (tmp_path / "header.csv").write_text("clientName,backupsetName\n")
    (tmp_path / "missing.csv").write_text("clientName,owner\na,b\n")
    (tmp_path / "picture.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "odd.toml").write_text("serwer = 'x'\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "nowhere.csv", "--simulate"), "nowhere.csv: there is no such file"),
        (("run", ".", "--simulate"), "directory"),
        (("run", "picture.xlsx", "--simulate"), "save it as .xlsx or CSV"),
        (("run", "empty.csv", "--simulate"), "the file is empty"),
        (("run", "header.csv", "--simulate"), "no row of data"),
        (("run", "missing.csv", "--simulate"), "no column backupsetName"),
        (("run", WAVE), "use --server URL, keep one with `bulkprov init`, or rehearse"),
        (("run", WAVE, "--server", "http://127.0.0.1:9"), "no credentials"),
        (("run", WAVE, "--server", "http://127.0.0.1:9", "--username", "a"), "no password"),
        (("run", WAVE, "--server", "cs.example.com"), "begin with https://"),
        (("run", WAVE, "--server", "http://cs.example.com/api"), "use https"),
        (("run", WAVE, "--server", "https://a:b@cs.example.com/api"), "no user name or password in the URL"),
        (("run", WAVE, "--simulate", "--server", "https://cs.example.com/api"), "cannot be used together"),
        (("run", WAVE, "--simulate", "-j", "0"), "1 to 1000"),
        (("run", WAVE, "--simulate", "-j", "many"), "many"),
        (("run", WAVE, "--simulate", "--rate", "fast"), "100/m"),
        (("run", WAVE, "--simulate", "--max-errors", "lots"), "5%"),
        (("run", WAVE, "--server", "https://cs.example.com/api", "--token-file", "nowhere.txt"), "nowhere.txt"),
        (("run", WAVE, "--simulate", "--ca-file", "empty.csv"), "PEM"),
        (("run", WAVE, "--simulate", "--config", "odd.toml"), "serwer"),
        (("run", WAVE, "--simulate", "--config", "nowhere.toml"), "no such file"),
        (("run", WAVE, "--simulte"), "--simulate"),
        (("run",), "SHEET"),
        (("rn", WAVE), "rn"),
        (("resume",), "no unfinished run in"),
        (("resume", "nowhere"), "no such run"),
        (("rerun", "nowhere"), "nowhere"),
        (("rerun", WAVE, "--simulate"), "bulkprov run"),
        (("report", "nowhere"), "no such run"),
        (("run", "x" * 300 + ".csv", "--simulate"), "too long"),
        (("rerun", "x" * 300, "--simulate"), "no such run"),
        (("runs", "x" * 300), "no such folder"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(
    bulkprov: Command, tmp_path: Path, words: tuple[object, ...], told: str
) -> None:
    """The line says what is wrong; nothing is left behind."""
    said = bulkprov(*words)

    assert (said.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1, said.err
    assert said.err.startswith("bulkprov: ")
    assert told in said.err
    assert not (tmp_path / "reports").exists() or not list((tmp_path / "reports").iterdir())


def test_json_is_an_object_also_when_it_fails(bulkprov: Command) -> None:
    """With --json the error is in the object, and nothing else is on stdout."""
    said = bulkprov("run", "nowhere.csv", "--simulate", "--json")

    assert (said.code, said.json["exit_code"]) == (2, 2)
    assert "no such file" in said.json["error"]


@pytest.mark.parametrize("words", [("run", "nowhere.csv"), ("run", "nowhere.csv", "--no-such-option")])
def test_json_may_be_asked_for_in_all_places_where_options_are(
    bulkprov: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """The environment and the settings file count for a command that fails, too."""
    assert bulkprov(*words).out == ""
    (tmp_path / "bulkprov.toml").write_text("json = true\nsimulate = true\n[profile.people]\njson = false\n")
    assert bulkprov(*words).json["exit_code"] == 2
    assert bulkprov(*words, "--profile", "people").out == ""
    monkeypatch.setenv("BULKPROV_JSON", "no")
    assert bulkprov(*words).out == ""
    (tmp_path / "bulkprov.toml").unlink()
    monkeypatch.setenv("BULKPROV_JSON", "true")
    assert bulkprov(*words).json["exit_code"] == 2


def test_a_sheet_may_come_from_another_program(
    bulkprov: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `-`, wherever it stands among the options, or through a pipe that has a name."""
    content = b"clientName,backupsetName\nclient001,one\n"
    for words in (
        ("run", "-", "--simulate", "--json"),
        ("run", "--json", "--simulate", "-"),
        ("plan", "-", "--offline", "--json"),
    ):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert bulkprov(*words).json["rows"] == 1, words
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(content))
    writer.start()
    assert bulkprov("run", "pipe", "--simulate", "--json").json["created"] == 1
    writer.join()


def test_where_only_a_profile_names_a_server_the_profile_is_named(bulkprov: Command, tmp_path: Path) -> None:
    """Whoever has forgotten it is not sent to set up what is there already."""
    (tmp_path / "bulkprov.toml").write_text("[profile.lab]\nserver = 'https://cs.example.com/api'\n[profile.x]\n")

    for words in (("run", WAVE), ("login",)):
        said = bulkprov(*words)
        assert said.code == 2
        assert "no server given" in said.err
        assert said.err.endswith("profile: --profile lab\n"), said.err


@pytest.mark.parametrize(
    ("file", "environment", "words"),
    [
        ("server = 'https://cs.example.com/api'\nusername = 'ops'", {}, ("--simulate",)),
        ("server = 'https://cs.example.com/api'\nusername = 'ops'", {"SIMULATE": "true"}, ()),
        ("simulate = true", {"SERVER": "https://cs.example.com/api"}, ("--simulate",)),
        ("server = 'https://cs.example.com/api'\n[profile.lab]\nsimulate = true", {}, ("--profile", "lab")),
        ("username = 'ops'\npassword-file = 'x'\n[profile.lab]\nsimulate = true", {}, ("--profile", "lab")),
        ("simulate = true\ndelimiter = \"\\t\"\nsheet = ''", {}, ("--delimiter", ",")),
    ],
)
def test_of_options_that_exclude_each_other_the_nearer_one_counts(
    bulkprov: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    environment: dict[str, str],
    words: tuple[str, ...],
) -> None:
    """To rehearse beside a file that names the real server takes one flag, and no password of that server."""
    (tmp_path / "bulkprov.toml").write_text(file)
    for name, value in environment.items():
        monkeypatch.setenv(f"BULKPROV_{name}", value)

    said = bulkprov("run", WAVE, *words, "--json")

    assert (said.code, said.json["server"]) == (0, "simulator"), said.err


@pytest.mark.parametrize(
    ("settings", "file", "words"),
    [
        ('delimiter = ";"\nencoding = "cp1252"', "wave.xlsx", ("--delimiter", ";")),
        ('sheet = "Wave"', "wave.csv", ("--sheet", "Wave")),
    ],
)
def test_what_the_settings_say_of_another_kind_of_file_is_left_unused(
    bulkprov: Command, tmp_path: Path, settings: str, file: str, words: tuple[str, str]
) -> None:
    """The sheet of a run may be a CSV file, and its rows to fix a workbook; what is typed is about this file."""
    (tmp_path / "bulkprov.toml").write_text(settings)

    assert bulkprov("plan", WAVE.parent / file, "--offline").code == 0
    assert bulkprov("plan", WAVE.parent / file, "--offline", *words).code == 2


def test_options_that_exclude_each_other_are_refused_where_none_is_nearer(bulkprov: Command) -> None:
    """Both were typed."""
    said = bulkprov("run", WAVE, "--simulate", "--server", "https://cs.example.com/api")

    assert said.code == 2
    assert "cannot be used together" in said.err


def test_what_lets_runs_go_on_unasked_does_not_delete(
    bulkprov: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`yes` in the settings file is for runs; a rollback wants it typed. Nor do a run's guards stop other commands."""
    bulkprov("run", INPUTS / "wave-troubled.csv", "--simulate", "-o", "run")
    (tmp_path / "bulkprov.toml").write_text("yes = true\nstrict = true\ncanary = 1\nuntil = 23:59:00\n")

    assert "Nothing was deleted" in bulkprov("rollback", "run").out
    monkeypatch.setenv("BULKPROV_YES", "1")
    assert "Nothing was deleted" in bulkprov("rollback", "run").out
    checked = bulkprov("verify", "run", "--json").json
    assert (checked["as-reported"], checked["differs"]) == (6, 1), "one was there already, and without its plan"
    assert bulkprov("plan", INPUTS / "wave-troubled.csv", "--simulate", "--json").json["would-create"] == 7
    assert bulkprov("rollback", "run", "--yes", "--json").json["rolled-back"] == 5


@pytest.mark.parametrize("stem", ["\N{CJK UNIFIED IDEOGRAPH-4E00}" * 80, "x" * 245, "wave [final]"])
def test_a_sheet_may_have_any_name(bulkprov: Command, tmp_path: Path, stem: str) -> None:
    """Its run's folder is called by as much of it as a file system takes, and listed as it is called."""
    sheet = wave(tmp_path / f"{stem}.csv", [("client001", "one")])

    assert bulkprov("run", sheet, "--simulate", "--json").json["created"] == 1
    (folder,) = Path("reports").iterdir()
    assert folder.name[:12] in bulkprov("runs").out.replace("\n", "")


ESCAPES = "\x1b]0;x\x07\x1b[2J\u202e"


def test_no_name_option_or_setting_reaches_the_terminal_as_an_escape_sequence(
    bulkprov: Command, tmp_path: Path
) -> None:
    """Wherever it is repeated: names of files and folders, values of options, unknown ones, settings."""
    sheet = wave(tmp_path / f"w{ESCAPES}.csv", [("client001", "one"), ("nobody", "two")])
    (tmp_path / "t.toml").write_text('server = "http://a\\u001b[2Jb/api"\nusername = "a\\u001b[31md"\n')
    run, other = f"r{ESCAPES}", f"o{ESCAPES}"
    for words in (
        ("run", sheet, "--simulate", "-o", run, "-v"),
        ("run", sheet, "--simulate", "-o", run),
        ("resume", run, "--username", other),
        ("show", run, "--row", "2"),
        ("report", run, "--format", other),
        ("rollback", run),
        ("verify", run),
        ("runs", "."),
        ("report", other),
        ("run", other, "--simulate"),
        ("run", sheet, f"--simulat{ESCAPES}"),
        ("run", sheet, "--server", f"http://{ESCAPES}"),
        ("run", sheet, "--simulate", "--until", f"9{ESCAPES}", "--catalogue", other),
        ("login", "--config", "t.toml"),
        ("login", "--profile", other),
        ("simulate", "--estate", other),
        ("probe", "--client", other, "--simulate"),
        ("template", other),
        (other,),
    ):
        said = bulkprov(*words)
        assert said.code in range(6), words
        assert not {"\x1b", "\x07", "\u202e"} & {*said.out, *said.err}, words


@pytest.mark.parametrize("encoding", ["rot13", "hex", "nonsense"])
def test_what_is_no_encoding_of_text_is_refused(bulkprov: Command, encoding: str) -> None:
    """Python has codecs for other things under such names."""
    said = bulkprov("run", INPUTS / "wave.csv", "--simulate", "--encoding", encoding)

    assert said.code == 2
    assert "there is no encoding" in said.err


@pytest.mark.parametrize(
    ("scheme", "path", "dead", "told", "more"),
    [
        ("http", "/commandcenter/api", True, "cannot connect to 127.0.0.1", ()),
        ("http", "/wrong", False, "is the --server URL right?", ("--plan-first",)),
        ("https", "/commandcenter/api", False, "does not speak TLS; is it http?", (WAVE,)),
    ],
)
def test_a_mistyped_server_is_exit_3_and_no_run_is_kept(
    bulkprov: Command,
    commserve: CommServe,
    password: Path,
    scheme: str,
    path: str,
    dead: bool,
    told: str,
    more: tuple[object, ...],
) -> None:
    """Nothing was sent, so that nothing is to be resumed; it is said what to do."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1] if dead else urlsplit(commserve.url).port
        server = ("--server", f"{scheme}://127.0.0.1:{port}{path}")
        said = bulkprov(
            *("run", WAVE, *more, *server, "--username", "admin", "--password-file", password, "--max-attempts", "2")
        )

    assert (said.code, said.out) == (3, "")
    assert told in said.err
    assert "Nothing was sent, and no run is kept: give the same command again, with the right --server" in said.err
    assert not list(Path("reports").iterdir())


def test_a_wrong_password_is_exit_3_and_tried_once(bulkprov: Command, commserve: CommServe, password: Path) -> None:
    """Accounts lock, so it is not tried again."""
    password.write_text("wrong")

    said = bulkprov("run", WAVE, "--server", commserve.url, "--username", "admin", "--password-file", password)

    assert said.code == 3
    assert "login refused" in said.err
    assert sum(commserve.statistics.requests.values()) == 1


def test_a_secret_that_others_can_read_is_refused(bulkprov: Command, password: Path) -> None:
    """As ssh does with keys."""
    password.chmod(0o644)

    said = bulkprov("run", WAVE, "--server", "http://127.0.0.1:9", "--username", "admin", "--password-file", password)

    assert said.code == 2
    assert "chmod 600" in said.err


def test_strict_sends_nothing_if_a_row_is_invalid(bulkprov: Command) -> None:
    """Exit 3; the results say what is wrong with which row."""
    said = bulkprov("run", INPUTS / "wave-troubled.csv", "--simulate", "--strict", "--json")

    assert (said.code, said.json["created"], said.json["requests"]) == (3, 0, 0)
    assert said.json["invalid"] > 0
