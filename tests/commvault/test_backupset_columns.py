"""The columns of a sheet of backup sets: their names, and what their cells may hold."""

import pytest

from bulkprov.commvault.backupset import BackupSet
from bulkprov.commvault.backupset_columns import (
    APP_NAMES,
    OTHER_APP_NAMES,
    cells_of,
    check_cells,
    likely_app,
    remark,
)
from bulkprov.sheets.columns import simplified
from bulkprov.sheets.rows import Record
from tests.backupsets import COLUMNS, checked, checker, likely_column, trouble
from tests.exchanges import MARK


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("clinetName", "clientName"),
        ("Cient Name", "clientName"),
        ("backupsetNmae", "backupsetName"),
        ("bakcupset", "backupsetName"),
        ("instanse", "instanceName"),
        ("plan nmae", "planName"),
        ("on demnd", "onDemandBackupset"),
        ("descripton", "description"),
    ],
)
def test_a_misspelt_header_is_known(header: str, meant: str) -> None:
    """One letter wrong in a short word, two in a long one; a swap of neighbours counts as one."""
    assert likely_column(header) == meant


@pytest.mark.parametrize(
    "header", ["ticket", "owner", "location", "remark", "plant", "clean", "status", "due", "agenda", ""]
)
def test_a_column_of_the_teams_own_resembles_nothing(header: str) -> None:
    """Ordinary words are not taken for misspelt columns."""
    assert likely_column(header) == ""


def test_no_header_names_two_columns() -> None:
    """Every accepted name belongs to one column."""
    names = [
        simplified(name) for column in COLUMNS for name in {simplified(each) for each in (column.name, *column.aliases)}
    ]

    assert len(names) == len(set(names))


def test_an_empty_cell_has_the_documented_default() -> None:
    """Agent, instance, on-demand and plan may be left out."""
    assert checked() == BackupSet(client="client001", name="FS_1")


def test_columns_that_are_not_there_have_their_defaults() -> None:
    """A sheet with the two required columns is enough."""
    check = checker({"backupsetName": 0, "clientName": 1})

    assert check(Record(sheet_row=2, cells=("FS_1", "client001"))) == BackupSet(client="client001", name="FS_1")


def test_all_values_are_taken_over() -> None:
    """What the cells say is what is asked for."""
    want = checked(
        appName="Oracle", instanceName="ORCL", onDemandBackupset="Yes", planName="Gold", description=" of wave 3 "
    )

    assert want == BackupSet(
        client="client001",
        name="FS_1",
        app="Oracle",
        instance="ORCL",
        on_demand=True,
        plan="Gold",
        description="of wave 3",
    )


def test_a_description_has_the_rules_of_other_text() -> None:
    """Its faults say what it is; one that ends with an earlier mark would be taken for that create's."""
    assert "a description may have at most 255: shorten it" in trouble(description="x" * 256)
    assert trouble(description="two\nlines").endswith("not allowed in a description: retype the description")
    assert "would be taken for a description: fill the description in, or leave" in trouble(description="-")
    assert trouble(description=f"Finance; {MARK}") == (
        f'H7: description "Finance; {MARK}" has the mark of an earlier create ({MARK}): delete the mark'
    )


def test_a_description_is_no_part_of_what_a_set_is() -> None:
    """Two rows that differ in it only name the same set."""
    one = checked(description="one")
    other = checked(description="other")

    assert isinstance(one, BackupSet)
    assert isinstance(other, BackupSet)
    assert (one.key, one != other) == (other.key, True)


@pytest.mark.parametrize("name", APP_NAMES)
def test_each_documented_application_is_taken_in_any_case(name: str) -> None:
    """It is sent as the vendor writes it."""
    for written in (name, name.upper(), name.lower(), f"  {name} ", name.replace(" ", "  ")):
        want = checked(appName=written)
        assert isinstance(want, BackupSet)
        assert want.app == name


@pytest.mark.parametrize("name", OTHER_APP_NAMES)
def test_an_agent_that_the_page_does_not_list_is_taken_when_it_is_spelled_exactly(name: str) -> None:
    """In any case, too; and what is to be known of it is said with its row."""
    for written in (name, name.upper(), name.lower(), f"  {name} ", name.replace(" ", "  ")):
        want = checked(appName=written)
        assert isinstance(want, BackupSet)
        assert want.app == name
        assert remark(want) == f"agent {name} is not on the vendor's page for backup sets: the CommServe decides"


@pytest.mark.parametrize("name", APP_NAMES)
def test_of_a_documented_agent_there_is_nothing_to_say(name: str) -> None:
    """The vendor's page lists it."""
    assert remark(BackupSet(client="c", app=name, name="n")) == ""


def test_no_agent_is_both_on_the_page_and_not() -> None:
    """Nor is a name that people use for one that is on it taken for one that is not."""
    folded = [simplified(name) for name in (*APP_NAMES, *OTHER_APP_NAMES)]

    assert len(set(folded)) == len(folded)
    assert all(likely_app(name) == name for name in (*APP_NAMES, *OTHER_APP_NAMES))


def test_nas_under_its_newer_name_is_the_same_agent() -> None:
    """Both are taken, and sent as they are written; two rows that differ in this way only are one set."""
    nas, ndmp = checked(appName="NAS"), checked(appName="NDMP")

    assert isinstance(nas, BackupSet)
    assert isinstance(ndmp, BackupSet)
    assert (nas.app, ndmp.app, nas.key) == ("NAS", "NDMP", ndmp.key)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("DB 2", "DB2"),
        ("SAP HANNA", "SAP HANA"),
        ("CloudApps", "Cloud Apps"),
        ("Sharepoint", "SharePoint Server"),
        ("Filesystem", "File System"),
        ("Windows File System", "File System"),
        ("Oracel", "Oracle"),
        ("MSSQL", "SQL Server"),
        ("SQLServer", "SQL Server"),
        ("VMware", "Virtual Server"),
        ("Postgres", "PostgreSQL"),
        ("Exchange", "Exchange Database"),
    ],
)
def test_a_near_miss_of_an_application_gets_a_suggestion(written: str, meant: str) -> None:
    """The fault names the value and what it must have meant."""
    assert trouble(appName=written) == (
        f'D7: appName "{written}" is not an agent that Commvault documents: did you mean "{meant}"?'
    )


def test_any_other_application_gets_the_list() -> None:
    """Where nothing comes close, all 13 values are named."""
    assert all(name in trouble(appName="COBOL") for name in APP_NAMES)


def test_a_set_as_cells_is_that_set_again() -> None:
    """Rows of a program and estates of the simulator come and go in this way."""
    want = BackupSet(
        client="c", app="Oracle", instance="ORCL", name="n", on_demand=True, plan="Gold", description="of wave 3"
    )

    assert check_cells({name: str(value) for name, value in cells_of(want).items()}) == want
    assert set(cells_of(want)) == {column.name for column in COLUMNS}
