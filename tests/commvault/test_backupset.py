"""The request of a create, held against the bodies on the vendor's own page (tests/golden)."""

import json
from pathlib import Path
from xml.etree.ElementTree import canonicalize

import pytest

from bulkprov.commvault.backupset import (
    CREATE_ROOT,
    BackupSet,
    create_request,
)
from bulkprov.wire import JSON, XML, Wire
from tests.exchanges import MARK

GOLDEN = Path(__file__).parents[1] / "golden"
SAMPLE = BackupSet(client="client001", name="FS_Backup_01")
TEMPLATE = BackupSet(client="srv-014", name="finance_q1", on_demand=True)
BOTH = pytest.mark.parametrize("wire", [JSON, XML], ids=["json", "xml"])


def golden(name: str, wire: Wire) -> bytes:
    """A body from the vendor's page."""
    return (GOLDEN / f"{name}.{wire.name}").read_bytes()


def sent(want: BackupSet, wire: Wire) -> bytes:
    """What a create says."""
    return wire.dumps(CREATE_ROOT, create_request(want))


@pytest.mark.parametrize(("want", "name"), [(SAMPLE, "create-request"), (TEMPLATE, "create-template")])
def test_the_xml_request_is_the_vendors(want: BackupSet, name: str) -> None:
    """The same elements in the same order, but for white space."""
    assert canonicalize(sent(want, XML).decode(), strip_text=True) == canonicalize(
        golden(name, XML).decode(), strip_text=True
    )


def test_the_json_request_is_the_vendors() -> None:
    """With `entity` as a list of one, and a boolean that is a boolean."""
    assert json.loads(sent(TEMPLATE, JSON)) == json.loads(golden("create-template", JSON))


def test_what_was_not_asked_for_is_not_sent() -> None:
    """No `backupSetInfo` without an option in it, as in the page's sample."""
    assert list(json.loads(sent(SAMPLE, JSON))) == ["association"]


def test_a_plan_goes_beside_the_options() -> None:
    """Where the vendor's SDK puts it."""
    request = create_request(BackupSet(client="c", name="n", plan="Gold"))

    assert request["backupSetInfo"] == {"planEntity": {"planName": "Gold"}}


@pytest.mark.parametrize(
    ("description", "mark", "text"),
    [("of wave 3", "", "of wave 3"), ("", MARK, MARK), ("of wave 3", MARK, f"of wave 3; {MARK}")],
)
def test_a_description_and_a_mark_go_into_one_field(description: str, mark: str, text: str) -> None:
    """Among the other options, in both formats; the mark ends it."""
    want = BackupSet(client="c", name="n", on_demand=True, description=description)
    request = create_request(want, mark)

    assert request["backupSetInfo"]["commonBackupSet"] == {"onDemandBackupset": True, "userDescription": text}
    xml = XML.dumps(CREATE_ROOT, request).decode()
    assert f"<userDescription>{text}</userDescription></commonBackupSet>" in xml.replace("\n", "")
    assert "onDemandBackupset" not in json.dumps(create_request(BackupSet(client="c", name="n"), MARK))
