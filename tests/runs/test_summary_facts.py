"""What the files of results say of a run besides its rows."""

import sqlite3
from pathlib import Path

import pytest

from bulkprov.report.error_catalogue import Catalogue
from bulkprov.runs.history import row_history
from bulkprov.runs.run import Run
from bulkprov.settings import Access, Effort
from tests.rehearsal import rehearse
from tests.report.page.pages import Seen


async def test_the_page_of_a_run_tells_of_a_row_what_show_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each exchange in the same words; a journal that is damaged there costs stories and charts, not the results."""
    monkeypatch.setattr("bulkprov.runs.policy._SIMULATED_SETTLE", 0.1)
    folder = tmp_path / "run"
    wave = [("client001", "FS_1"), ("client999", "FS_2")]
    await rehearse(folder, wave, access=Access(simulate=True), effort=Effort())

    with Run.open(folder) as run:
        written = run.report()
        history = row_history(run, 3, "json", Catalogue.shipped())

    assert written.page == folder / "results.html"
    told = Seen(written.page).text
    for exchange in history["exchanges"]:
        assert f"{exchange['at'][11:23]} {exchange['step']}: {exchange['told']}" in told
    assert history["request"].splitlines()[-1] in told
    assert history["meaning"]["means"] in told
    assert "1 created between" in told

    with sqlite3.connect(folder / "journal.sqlite") as database:
        database.execute("UPDATE exchanges SET verdict = 'damaged' WHERE verdict IS NOT NULL")
    database.close()
    with Run.open(folder) as run:
        damaged = run.report()

    assert damaged.page
    assert Seen(damaged.page).text.startswith("1 of 2 backup sets are there, 1 to go")
    assert not [each for each in Seen(damaged.page).all("details") if each.get("class") != "figures"]
