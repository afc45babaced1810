"""What errors mean: entries, and which of them is used."""

import re
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from bulkprov.errors import SettingsError
from bulkprov.report.error_catalogue import Catalogue

SHIPPED = Catalogue.shipped()


def written(folder: Path, text: str) -> Path:
    """A file with entries."""
    path = folder / "own.toml"
    path.write_text(text, "utf-8")
    return path


def meaning(catalogue: Catalogue, code: int | None = None, http: int | None = None, text: str = "") -> str:
    """What an error means by a catalogue; empty if it does not know."""
    entry = catalogue.find(code, http, text)
    return entry.meaning if entry else ""


@pytest.mark.parametrize(
    ("code", "http", "text", "words"),
    [
        (1, 200, "DB error: please refer to logs for more details.", "does not know the client's name"),
        (1, 200, "another failure", "could not create the set with these names"),
        (2, 200, "", "failed without saying why"),
        (2, 200, "Plan [Platinum] not found.", "does not know the plan"),
        (2, 200, 'Client "x" does not exist', "does not know the client"),
        (2, 200, "Instance [a] of [SQL Server] not found.", "does not have this instance"),
        (2, 200, "The application is not installed.", "does not have this agent"),
        (3, 409, "An instance by this name already exists.", "A backup set of this name exists"),
        (5, 200, "Access denied", "may not create backup sets"),
        (5, 200, "", "Access denied"),
        (None, 403, "HTTP 403 Forbidden", "may not do this"),
        (None, 404, "HTTP 404 Not Found", "nothing at this address"),
        (None, 409, "HTTP 409 Conflict", "A backup set of this name exists"),
        (None, 413, "HTTP 413 Request Entity Too Large", "too long for a gateway"),
        (None, 429, "HTTP 429 Too Many Requests", "accepts no more requests for now"),
        (None, None, "names the same backup set as row …; delete one of the two", "Two rows of the sheet"),
        (
            None,
            500,
            "8 creates went unanswered, and the last look-up says it is not there",
            "never gave a usable answer",
        ),
    ],
)
def test_what_is_known_of_an_error_is_found(code: int | None, http: int | None, text: str, words: str) -> None:
    """The documented codes, the usual statuses and our own notes each have a meaning."""
    assert words in meaning(SHIPPED, code, http, text)


def test_what_is_not_known_is_not_made_up() -> None:
    """There is no entry for a code of which nothing is known."""
    assert SHIPPED.find(4711, 200, "Something odd.") is None


def test_every_shipped_entry_says_whether_a_rerun_is_worthwhile_and_what_to_edit() -> None:
    """Each is a whole answer, and what is a guess is called one."""
    for entry in SHIPPED.entries:
        assert entry.rerun, entry
        assert entry.edit, entry
        assert entry.means.endswith("."), entry
        assert entry.meaning.startswith("a guess: ") is (entry.basis == "guess"), entry


def test_every_shipped_entry_can_be_reached() -> None:
    """An entry with neither text nor a code or status of its own would hide those behind it."""
    bare = [(entry.code, entry.http) for entry in SHIPPED.entries if entry.text is None]
    assert len(bare) == len(set(bare))
    first_bare = next(at for at, entry in enumerate(SHIPPED.entries) if entry.text is None)
    assert all(entry.text is None for entry in SHIPPED.entries[first_bare:])


def test_an_entry_for_every_kind_names_none() -> None:
    """What is known of backup sets says so, and explains nothing else."""
    words = re.compile(r"backup ?set|client|commserve|commvault|(app|instance|plan)Name", re.IGNORECASE)
    of_every_kind = Catalogue.shipped().of_kind("mailbox").entries

    assert of_every_kind
    assert [entry.means for entry in of_every_kind if words.search(f"{entry.means} {entry.edit}")] == []
    assert Catalogue.shipped().of_kind("backupset") == Catalogue.shipped()


def test_a_user_adds_entries_and_overrides_shipped_ones(tmp_path: Path) -> None:
    """The first file comes first, and the shipped entries come last; other keys of a file are ignored."""
    site = written(tmp_path, 'server = "x"\n[[error]]\ncode = 587\ntext = "quota"\nmeans = "The tenant is full."\n')
    override = tmp_path / "more.toml"
    override.write_text('[[error]]\ncode = 1\nmeans = "Ours."\nrerun = "no"\n[[error]]\ncode = 587\nmeans = "Mine."\n')

    both = Catalogue.of(override, site)

    assert meaning(both, 1, 200, "DB error") == "Ours."
    assert meaning(both, 587, 200, "QUOTA of 5") == "Mine."
    assert meaning(Catalogue.of(site), 587, 200, "QUOTA of 5") == "The tenant is full."
    assert meaning(Catalogue.of(site), 587, 200, "else") == ""
    assert meaning(both, 5) == meaning(SHIPPED, 5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[error]]\ncode = 1\n", "number 1 needs `means`, and `code`, `http` or `text`"),
        ('[[error]]\nmeans = "x"\n', "number 1 needs `means`"),
        (
            '[[error]]\ncode = 1\nmeans = "x"\n[[error]]\ncod = 2\nmeans = "x"',
            "number 2: unknown key cod; the keys are code, http",
        ),
        ('[[error]]\ncode = "1"\nmeans = "x"', "code must be a number"),
        ('[[error]]\ncode = true\nmeans = "x"', "code must be a number"),
        ('[[error]]\ntext = 5\nmeans = "x"', "text must be text"),
        ('[[error]]\ntext = "(("\nmeans = "x"', "text is not a regular expression"),
        ('[[error]]\ncode = 1\nmeans = "x"\nrerun = "maybe"', "rerun must be one of as it is, later, corrected, no"),
        ('[[error]]\ncode = 1\nmeans = "x"\nbasis = "rumour"', "basis must be one of documented, seen, guess"),
        ('[error]\ncode = 1\nmeans = "x"', "in two brackets"),
        ("error = [1]", "number 1 is not a table"),
        ("[[error", "own.toml"),
    ],
)
def test_a_wrong_entry_is_named_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    """File, number of the entry, and what is wrong."""
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as error:
        Catalogue.of(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error has its path."""
    with pytest.raises(SettingsError, match=r"none\.toml"):
        Catalogue.of(tmp_path / "none.toml")


def test_the_package_carries_the_catalogue(tmp_path: Path) -> None:
    """What is built from this tree has the file that the shipped entries are read from, and the mark of types."""
    (wheel,) = WheelBuilder(str(Path(__file__).parents[2])).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as package:
        assert {"bulkprov/report/error_catalogue.toml", "bulkprov/py.typed"} <= set(package.namelist())
