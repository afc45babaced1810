"""The lines of `show`."""

from bulkprov.cli.history_lines import history_lines


def test_a_history_is_told_in_the_order_in_which_it_happened() -> None:
    """Cells, faults, exchanges, the end, and what the catalogue knows; what is empty is left out."""
    history = {
        "run": "reports/wave",
        "sheetRow": 9,
        "cells": {"clientName": "client999", "owner": ""},
        "request": "POST x\n{}",
        "faults": ["too long"],
        "exchanges": [{"at": "10:00", "step": "look-up", "told": "answered, not there"}],
        "ended": {"at": "10:01", "status": "rejected", "errorCode": 1, "errorString": "", "backupsetId": None},
        "meaning": {"means": "no such client", "rerun": "", "edit": "clientName"},
    }

    assert list(history_lines(history)) == [
        "Row 9 of reports/wave",
        "  clientName: client999",
        "Request",
        "  POST x",
        "  {}",
        "Fault: too long",
        "10:00  look-up: answered, not there",
        "10:01  rejected, errorCode 1",
        "  means: no such client",
        "  edit: clientName",
    ]
    _first, carried, *more = history_lines(history | {"carried_from": "reports/first"})
    assert carried.endswith("Its history: bulkprov show reports/first --row 9")
    assert "Request, as that run has sent it" in more
