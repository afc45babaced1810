"""What the README and the help promise is there, and what is there is promised."""

import re
import shlex
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from bulkprov.__main__ import main
from bulkprov.cli.app import app
from bulkprov.engine.model import Status
from bulkprov.errors import ExitCode
from bulkprov.settings import Access, Effort, Reading, Screen
from tests.backupsets import RESULT_COLUMNS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / ".github").rglob("*.md"))]
COMMANDS = sorted(name for name in app if not name.startswith("-"))


@pytest.fixture(name="readme")
def text_of_readme() -> str:
    """The project's face."""
    return README.read_text(encoding="utf-8")


def section(readme: str, command: str) -> str:
    """What the README says of a command."""
    found = re.search(rf"^### `bulkprov {command}\b.*?(?=^##)", readme, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section for {command}"
    return found[0]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """How a command ends, and what it prints."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0), capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_section_and_an_example_in_its_help(
    command: str, readme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that nobody describes is a command that nobody finds."""
    code, text = said(capsys, command, "--help")

    assert code == 0
    assert f"bulkprov {command}" in text.partition("For example:")[2]
    assert f"bulkprov {command}" in section(readme, command).partition("```sh")[2]


@pytest.mark.parametrize(("words", "lines"), [((), 24), (("run",), 62), (("rerun",), 64), (("plan",), 64)])
def test_help_fits_on_a_screen(words: tuple[str, ...], lines: int, capsys: pytest.CaptureFixture[str]) -> None:
    """All commands on the smallest of terminals, and all options of the largest command on a usual one."""
    _, text = said(capsys, *words, "--help")

    assert len(text.rstrip().splitlines()) <= lines
    assert max(map(len, text.splitlines())) <= 80


def test_the_readme_names_no_command_that_is_not_there(readme: str) -> None:
    """Nor does it promise one."""
    assert set(re.findall(r"^### `bulkprov (\w+)", readme, re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("part", [Access, Effort, Reading, Screen])
def test_every_setting_is_in_the_readme(part: type, readme: str) -> None:
    """By the name one types."""
    for each in fields(part):
        assert f"`--{each.name.replace('_', '-')}`" in section(readme, "run"), each.name


def test_every_exit_code_status_and_column_is_in_the_readme(readme: str) -> None:
    """Scripts rely on them."""
    codes = re.findall(r"^\| ([0-9, ]+) \| ", readme.partition("### Exit codes")[2].partition("\n## ")[0], re.MULTILINE)
    assert {int(code) for line in codes for code in line.split(",")} == set(ExitCode)
    for word in (*Status, *RESULT_COLUMNS):
        assert re.search(rf"[`,\s]{word}[`,\s]", readme), word


def headings(page: Path) -> set[str]:
    """The anchors that a page has, as GitHub makes them of its headings."""
    found = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading that it has."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    """By its path from the top."""
    for path in re.findall(r"`((?:bulkprov|tests|inputs|\.github|\.ci)/[\w./-]*)", page.read_text("utf-8")):
        assert (ROOT / path).exists(), path


Ready = Callable[[str], list[str]]


@pytest.fixture(name="ready")
def place_with_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ready:
    """A working directory with a sheet and a run, and what puts them into an example."""
    monkeypatch.chdir(tmp_path)
    inputs = ROOT / "inputs"
    (tmp_path / "wave.xlsx").write_bytes((inputs / "wave-troubled.xlsx").read_bytes())
    assert said(capsys, "run", "wave.xlsx", "--simulate", "-o", "reports/one", "-q")[0] == 1

    def words(line: str) -> list[str]:
        return [word.replace("RUN", "reports/one") for word in shlex.split(line)[1:]]

    return words


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in ("simulate", "init")])
def test_every_example_in_the_readme_runs(
    command: str, readme: str, ready: Ready, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends as its section says; with exit code 0 or, as the sample wave has bad rows, 1."""
    examples = re.findall(r"```sh\n(bulkprov .*?)\n```", section(readme, command))

    assert examples
    for example in examples:
        code, out = said(capsys, *ready(example))
        assert code in (0, 1), (example, out)
