"""The comparison with the vendor's SDK still runs, on a handful of sets."""

import sys

import pytest

from tests.bench import against_cvpysdk


def test_the_table_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Both tools make all of the sets, and the SDK needs a connection for each of its requests."""
    monkeypatch.setattr(sys, "argv", ["against_cvpysdk", "--sets", "5", "--latency", "0"])

    against_cvpysdk.main()

    _, _, theirs, ours = capsys.readouterr().out.splitlines()
    assert theirs.startswith("| cvpysdk 11.44 | 57 | 57 | ")
    assert ours.startswith("| bulkprov | ")
    assert all(float(line.split()[-3]) > 0 for line in (theirs, ours))  # milliseconds of processor time
