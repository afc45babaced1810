"""What has changed since an earlier plan, in words and for scripts."""

from bulkprov.cli.plan_changes import change_lines, changes_listed
from bulkprov.commvault.backupset import BackupSet
from bulkprov.engine.model import Status
from bulkprov.runs.earlier_plan import PlanRow, changes


def row(number: int, client: str, status: Status, note: str = "", *, deep: bool = False) -> PlanRow:
    """A row of a plan."""
    return PlanRow(sheet_row=number, want=BackupSet(client=client, name="one"), status=status, note=note, deep=deep)


def test_clients_that_have_appeared_or_are_gone_come_first_and_then_what_is_worst() -> None:
    """Each row with what it names and why; a client once, however many of its rows there are."""
    no = Status.NO_PLACE
    before = [row(2, "a", no), row(3, "b", Status.EXISTS), row(4, "c", Status.WOULD_CREATE), row(5, "d", no)]
    after = [row(2, "a", Status.WOULD_CREATE), row(3, "b", no, "no b"), row(4, "c", Status.EXISTS), row(5, "d", no)]

    assert change_lines(changes(before, after, deep=False), "client") == [
        "Since the earlier plan:",
        "  1 client has appeared: a",
        "  1 client is gone: b",
        "  1 row was fine and is not:",
        "    row 3, one on b: client-not-found: no b",
        "  1 row names a set that is there by now:",
        "    row 4, one on c: exists",
        "  1 row is fine now:",
        "    row 2, one on a: would-create",
    ]
    assert change_lines([], "client") == ["Since the earlier plan nothing has changed"]


def test_a_client_that_was_typed_wrong_has_not_appeared() -> None:
    """The row names another one now; so it is where the cell was spoiled."""
    before = [row(2, "cliento28", Status.NO_PLACE), row(3, "b", Status.EXISTS)]
    after = [row(2, "client028", Status.WOULD_CREATE), row(3, "bb", Status.NO_PLACE)]

    lines = change_lines(changes(before, after, deep=False), "client")

    assert [line for line in lines if "client " in line and "row" not in line] == []
    assert [line.split(":")[0] for line in lines if not line.startswith("    ")] == [
        "Since the earlier plan",
        "  1 row was fine and is not",
        "  1 row is fine now",
    ]


def test_a_client_that_lacks_an_agent_is_not_gone() -> None:
    """Nor has it appeared if one plan has not looked for agents; scripts get what is not well now."""
    fine, lacking = [row(3, "b", Status.WOULD_CREATE)], [row(3, "b", Status.NO_PLACE, "no agent", deep=True)]
    deeper, unseen = changes(fine, lacking, deep=True), changes(lacking, fine, deep=False)

    assert change_lines(deeper, "client")[1:] == [
        "  1 row is not fine by what only --deep looks at, which the earlier plan may not have done:",
        "    row 3, one on b: client-not-found: no agent",
    ]
    assert change_lines(unseen, "client")[1:] == [
        "  1 row was not fine by what only --deep looks at, which this plan has not done:",
        "    row 3, one on b: client-not-found: no agent",
    ]
    assert [each["change"] for each in changes_listed([*deeper, *unseen])] == ["worse"]


def test_many_rows_of_a_kind_are_counted_and_scripts_get_them_all() -> None:
    """A screen names the first of them."""
    before = [row(n, f"client{n}", Status.WOULD_CREATE) for n in range(2, 32)]
    found = changes(before, [], deep=False)

    assert change_lines(found, "client")[-1] == "    ... and 10 more"
    assert changes_listed(found)[29] == {
        "change": "dropped",
        "sheetRow": 31,
        "was": "would-create",
        "now": None,
        "clientName": "client31",
        "name": "one",
        "note": None,
    }
