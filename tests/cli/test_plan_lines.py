"""What a plan says last."""

from pathlib import Path

from bulkprov.cli.plan_lines import plan_ends


def test_rows_that_were_refused_and_not_changed_are_named() -> None:
    """The server has said no to them; a rerun sends them all the same."""
    few = plan_ends([3], Path("reports/one"), would_create=False, deep=False, plans=False)
    many = plan_ends(range(2, 50), Path("reports/one"), deep=True, plans=False)

    assert few == [
        "Refused:  1 row was refused in reports/one and is not changed since (row 3): a rerun sends it again as it is"
    ]
    assert many[0].startswith("Refused:  48 rows were refused in reports/one and are not changed since (rows 2, 3, ")
    assert many[0].endswith(" ...): a rerun sends them again as they are")


def test_what_was_not_looked_at_is_said() -> None:
    """Agents and instances only without `--deep`, plans in any case, if a row names one."""
    agents = "Not looked at: whether each client has its agent and instance. `plan --deep` asks"
    plans = "Not looked at: whether each plan is there and can be used. Only a create tells"

    assert plan_ends([], None, deep=False, plans=True) == [agents, plans]
    assert plan_ends([], None, deep=True, plans=True) == [plans]
    assert plan_ends([], None, deep=True, plans=False) == []
