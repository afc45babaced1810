"""Pages to look at: what they are made of, and a reader that sees what stands in them."""

from collections.abc import Iterable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from bulkprov.engine.model import End, Status, Step, Verdict
from bulkprov.report.error_catalogue import Catalogue
from bulkprov.report.explain import explain_from
from bulkprov.report.page.file import results_page
from bulkprov.sheets.rows import Fault, Result
from tests.backupsets import Context
from tests.report.made_results import COLUMNS, made

AT = 1_750_000_000.0
HOSTILE = (
    "</script><script>document.title='taken'</script>"
    "<img src=https://evil.example/x.png onerror=document.title='taken'>\x1b[2J\ud800"
)
"""What a sheet or a server may say."""
REJECTED: dict[str, Any] = {
    "status": Status.REJECTED,
    "error_code": 1,
    "error_string": "DB error: please",
    "sheet_row": 42,
}

ROWS = (
    *(made(f"client{n:03d}", f"FS_{n}", "Ann", finished_at=AT + n, sheet_row=n + 2) for n in range(40)),
    made("client999", HOSTILE, "Ann", **REJECTED),
    made("client998", "FS_43", "Ann", **REJECTED | {"error_code": 2, "error_string": HOSTILE, "sheet_row": 43}),
    made(
        *("", "FS_44", "Bo"),
        status=Status.INVALID,
        error_code=None,
        id=None,
        sheet_row=44,
        faults=(Fault("A44: clientName is empty", 0),),
    ),
    made("client997", "FS_45", "Bo", status=Status.UNKNOWN, error_code=None, sheet_row=45, note="perhaps it is there"),
)
EXCHANGES = (
    *((Step.ACT, Verdict(end=End.IN_DOUBT, at=AT + 12 + n, seconds=3.0)) for n in range(5)),
    (Step.ACT, Verdict(end=End.NOT_TAKEN, http_status=429, retry_after=6.0, at=AT + 20)),
)
FACTS = {
    "run": "reports/wave-1",
    "sheet": "wave.xlsx",
    "ticket": "CHG0042",
    "operator": "ann",
    "server": "https://cs.example.com/api",
    "started": AT,
    "seconds": 41.0,
    "limits": f"[[{AT}, 8], [{AT + 5}, 16], [{AT + 30}, 4]]",
    "version": "bulkprov 9.9",
}


def story(row: int, **more: Any) -> dict[str, Any]:
    """A row's history as the runs tell it."""
    return {
        "sheetRow": row,
        "cells": {"clientName": "client999", "owner": "Ann"},
        "request": 'POST https://cs.example.com/api/Backupset HTTP/1.1\nAuthtoken: ***\n\n{"a": 1}',
        "faults": [],
        "exchanges": [
            {"at": "2026-01-02T03:04:05.678+00:00", "step": "create", "told": "in doubt, no answer for 60 s"}
        ],
        "ended": {"at": "2026-01-02T03:04:09.000+00:00", "status": "rejected", "note": HOSTILE},
        "meaning": {"means": "The client is not known.", "rerun": "once the row is corrected", "edit": ""},
        **more,
    }


def page_of(folder: Path, rows: Iterable[Result] = ROWS, columns: Sequence[str] = COLUMNS, **context: Any) -> Path:
    """A page of these rows."""
    given: dict[str, Any] = {
        "facts": FACTS,
        "explain": explain_from(Catalogue.shipped()),
        "exchanges": lambda: EXCHANGES,
        "stories": lambda wanted: ((row, story(row)) for row in sorted(wanted)),
        "next_step": lambda _statuses: ["rerun", "reports/wave-1", "reports/wave-1/failed.xlsx"],
    }
    path = folder / "results.html"
    with results_page(path, columns, Context(**given | context)) as add:
        for row in rows:
            add(row)
    return path


class Seen(HTMLParser):
    """What stands in a page: its elements with their attributes, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._texts: list[str] = []
        self._inside = ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's own name
        """Styles and script are no text of the page."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if self._inside not in ("style", "script"):
            self._texts.append(data)

    @property
    def text(self) -> str:
        """All that is to be read, on one line."""
        return " ".join(" ".join(self._texts).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]
