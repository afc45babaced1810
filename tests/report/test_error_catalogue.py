"""What errors mean: entries, which of them is used, and how they are told."""

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from bulkprov.engine.model import Status
from bulkprov.errors import SettingsError
from bulkprov.report.aggregate import Digest, Group, by_status
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.explain import adviser, explained
from bulkprov.sheets.rows import Result

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


def digest_of(*results: Result) -> Digest:
    """Some rows, added up."""
    digest = Digest()
    for result in results:
        digest.add(result)
    return digest


def rejected(row: int, code: int = 1, text: str = "DB error: please refer to logs for more details.") -> Result:
    """A row that the server refused."""
    return Result(cells=(), status=Status.REJECTED, error_code=code, error_string=text, http_status=200, sheet_row=row)


@pytest.mark.parametrize(
    ("code", "http", "text", "words"),
    [
        (1, 200, "DB error: please refer to logs for more details.", "does not know the client's name"),
        (1, 200, "another failure", "could not do it with these names"),
        (2, 200, "", "failed without saying why"),
        (2, 200, "Plan [Platinum] not found.", "does not know the plan"),
        (2, 200, 'Client "x" does not exist', "does not know the client"),
        (2, 200, "Instance [a] of [SQL Server] not found.", "does not have this agent"),
        (3, 409, "An instance by this name already exists.", "A backup set of this name is there"),
        (5, 200, "Access denied", "may not create backup sets"),
        (5, 200, "", "Access denied"),
        (None, 403, "HTTP 403 Forbidden", "may not do this"),
        (None, 404, "HTTP 404 Not Found", "nothing at this address"),
        (None, 409, "HTTP 409 Conflict", "A set of this name is there"),
        (None, 413, "HTTP 413 Request Entity Too Large", "too long for a gateway"),
        (None, 429, "HTTP 429 Too Many Requests", "takes no more requests for now"),
        (None, None, "names the same backup set as row …; delete one of the two", "Two rows of the sheet"),
        (None, 500, "8 creates went unanswered, and the last look-up says it is not there", "never answered them well"),
    ],
)
def test_what_is_known_of_a_server_is_told(code: int | None, http: int | None, text: str, words: str) -> None:
    """The documented codes, the usual statuses and our own notes each have a meaning."""
    assert words in meaning(SHIPPED, code, http, text)


def test_what_is_not_known_is_not_made_up() -> None:
    """A code of which nobody knows anything has no meaning, and the advice is that of the status."""
    assert SHIPPED.find(4711, 200, "Something odd.") is None
    group = Group(Status.REJECTED, 4711, None, "Something odd.")
    assert adviser(SHIPPED)(group) == by_status(group)


def test_every_shipped_entry_says_whether_a_rerun_is_worthwhile_and_what_to_edit() -> None:
    """None is half an answer, and what is a guess is called one."""
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


def test_a_user_adds_entries_and_overrides_shipped_ones(tmp_path: Path) -> None:
    """The first file comes first, and the shipped entries come last; other keys of a file are somebody else's."""
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
        ('[[error]]\ncode = 1\nmeans = "x"\n[[error]]\ncod = 2\nmeans = "x"', "number 2: cod is none of code, http"),
        ('[[error]]\ncode = "1"\nmeans = "x"', "code has to be a number"),
        ('[[error]]\ncode = true\nmeans = "x"', "code has to be a number"),
        ('[[error]]\ntext = 5\nmeans = "x"', "text has to be text"),
        ('[[error]]\ntext = "(("\nmeans = "x"', "text is no regular expression"),
        ('[[error]]\ncode = 1\nmeans = "x"\nrerun = "maybe"', "rerun is one of as it is, later, corrected, no"),
        ('[[error]]\ncode = 1\nmeans = "x"\nbasis = "rumour"', "basis is one of documented, seen, guess"),
        ('[error]\ncode = 1\nmeans = "x"', "in two brackets"),
        ("error = [1]", "number 1 is no table"),
        ("[[error", "own.toml"),
    ],
)
def test_an_entry_that_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    """File, number of the entry, and what is wrong."""
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as error:
        Catalogue.of(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(SettingsError, match=r"none\.toml"):
        Catalogue.of(tmp_path / "none.toml")


def test_reasons_are_few_lines_with_rows_meaning_and_advice() -> None:
    """The most frequent first; three rows are named, the rest is counted."""
    digest = digest_of(*(rejected(row) for row in (7, 12, 19, 30)), rejected(5, 4711, "Odd."))

    lines = list(explained(digest.groups, SHIPPED))

    assert lines == [
        "  4 rejected: errorCode 1: DB error: please refer to logs for more details. (rows 7, 12, 19 ...)",
        "    means: Most often the CommServe does not know the client's name, or the agent or instance on that client.",
        "    rerun: once the row is corrected; edit: clientName; then appName and instanceName",
        "  1 rejected: errorCode 4711: Odd. (row 5)",
        "    rerun: Once the cause is fixed; sent again unchanged, it will be refused again",
    ]


def test_what_the_server_said_comes_before_what_the_sheet_has_wrong() -> None:
    """Faults of invalid rows explain themselves; rows that were not tried have no fault."""
    invalid = [Result(cells=(), status=Status.INVALID, note="clientName is empty", sheet_row=n) for n in (2, 3)]
    pending = Result(cells=(), status=Status.PENDING, sheet_row=9)

    lines = list(explained(digest_of(*invalid, rejected(4), pending).groups, SHIPPED))

    assert [line for line in lines if not line.startswith("    ")] == [
        "  1 rejected: errorCode 1: DB error: please refer to logs for more details. (row 4)",
        "  2 invalid: clientName is empty (rows 2, 3)",
    ]


def test_a_screen_is_never_flooded() -> None:
    """A handful of reasons is told, however long and many they are."""
    digest = digest_of(*(rejected(n, 100 + n, f"{n} " + "words " * 400) for n in range(60)))

    lines = list(explained(digest.groups, SHIPPED))

    assert lines[-1] == "  and 55 other reasons; every row has its own in its note"
    assert len(lines) < 40
    assert max(map(len, lines)) <= 120


def test_the_summary_gets_advice_meaning_and_columns() -> None:
    """All in one cell."""
    advice = adviser(SHIPPED)(Group(Status.REJECTED, 2, None, "Plan […] not found."))
    assert advice == (
        "Once the row is corrected. A guess: The CommServe does not know the plan, or it does not suit this agent. "
        "Edit: planName."
    )


def test_the_package_carries_the_catalogue(tmp_path: Path) -> None:
    """What is built from this tree has the file that the shipped entries are read from, and the mark of types."""
    (wheel,) = WheelBuilder(str(Path(__file__).parents[2])).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as package:
        assert {"bulkprov/report/error_catalogue.toml", "bulkprov/py.typed"} <= set(package.namelist())
