"""The server that a run belongs to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bulkprov.engine.model import Outcome, Status
from bulkprov.errors import RunError, SettingsError
from bulkprov.runs.run import Run
from bulkprov.settings import Access
from bulkprov.sheets import IN_MEMORY

Begun = Callable[..., Run]

RIGHT = Access(server="https://cs.example.com/commandcenter/api")
WRONG = Access(server="https://cs.example.com/api")


def test_another_server_is_refused_with_the_way_out(begun: Begun) -> None:
    """Of a run that has sent nothing: to begin anew, and to leave it out. Of any other: to make its rows there too."""
    run = begun(access=WRONG)

    assert run.access(Access()).server == run.access(WRONG).server == WRONG.server
    anew = f"`bulkprov run wave.csv --server {RIGHT.server}` begins anew, `bulkprov discard run` leaves this one out"
    with pytest.raises(RunError, match=f"Nothing of it was ever sent: {anew}"):
        run.access(RIGHT)
    sent = begun("sent", access=WRONG, outcomes=[Outcome(status=Status.EXISTS)])
    with pytest.raises(RunError, match=r"names there as well: bulkprov run wave\.csv --simulate"):
        sent.access(Access(simulate=True))


def test_the_user_of_the_run_is_asked_for_a_password_where_nothing_says_how_to_sign_in(
    begun: Begun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A secret at hand is not sent to the server that a folder names: the folder may be from elsewhere."""
    run = begun(access=RIGHT)
    run.update(username="ops")

    assert run.access(Access()).username == "ops"
    assert run.access(Access(username="ann")).username == "ann"
    assert run.access(Access(token_file=tmp_path)).username == ""
    with monkeypatch.context() as patched:
        patched.setenv("BULKPROV_TOKEN", "x")
        assert run.access(Access()).username == ""
    with pytest.raises(SettingsError, match=r"was made as ops on https://.*; to send it there, add --username ops$"):
        run.access(Access(password_file=tmp_path))
    monkeypatch.setenv("BULKPROV_PASSWORD", "x")
    with pytest.raises(
        SettingsError, match="the password in BULKPROV_PASSWORD is for no user: the run was made as ops"
    ):
        run.access(Access())


@pytest.mark.parametrize("sheet", ["-", IN_MEMORY])
def test_rows_that_came_from_no_file_are_not_to_be_read_from_one(begun: Begun, sheet: str) -> None:
    """Neither stdin, which is at its end, nor a file called as the rows of a program are."""
    run = begun(access=WRONG)
    run.update(sheet=sheet)

    with pytest.raises(RunError, match="came from no file: give the same rows to a run of their own") as raised:
        run.access(RIGHT)
    assert "bulkprov run" not in str(raised.value)
