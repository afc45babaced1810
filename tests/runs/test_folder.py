from pathlib import Path

import pytest

from bulkprov.runs.folder import REPORTS, new_folder
from bulkprov.sheets import IN_MEMORY


@pytest.mark.parametrize(
    ("sheet", "stem"), [("sheets/Wave 3.xlsx", "Wave 3"), ("-", "stdin"), (IN_MEMORY, "rows"), ("x" * 300, "x" * 100)]
)
def test_a_new_folder_is_called_by_the_sheet_and_the_time(sheet: str, stem: str) -> None:
    """Below `reports`; a long name is cut so that file systems take it."""
    folder = new_folder(sheet)

    name, date, time = folder.name.rsplit("-", 2)
    assert (folder.parent, name, len(date), len(time)) == (REPORTS, stem, 8, 6)


def test_a_name_is_not_cut_within_a_letter() -> None:
    """The limit is in bytes, and an umlaut has two."""
    assert new_folder("x" + "ä" * 60).name.startswith("x" + "ä" * 49 + "-")


def test_two_runs_of_one_second_have_two_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has a number."""

    class Noon:
        def astimezone(self) -> "Noon":
            return self

        def __format__(self, _form: str) -> str:
            return "20261123-120000"

        @classmethod
        def now(cls) -> "Noon":
            return cls()

    monkeypatch.setattr("bulkprov.runs.folder.datetime", Noon)
    for name in ("wave-20261123-120000", "wave-20261123-120000-2"):
        assert new_folder("wave.csv") == Path("reports", name)
        new_folder("wave.csv").mkdir(parents=True)
    assert new_folder("wave.csv") == Path("reports", "wave-20261123-120000-3")


@pytest.mark.parametrize(
    ("sheet", "stem"), [("a:b?.xlsx", "a_b_"), ("wave 3. .csv", "wave 3_"), ('x"|<y>*.csv', "x___y__")]
)
def test_a_name_that_some_system_refuses_is_changed(sheet: str, stem: str) -> None:
    """Before anything is sent, and not when the results are to be written or copied."""
    assert new_folder(sheet).name.rsplit("-", 2)[0] == stem
