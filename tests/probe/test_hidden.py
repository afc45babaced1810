"""Names that findings must not have."""

import pytest

from bulkprov.probe.hidden import PLACEHOLDERS, Hidden, names_in


@pytest.fixture(name="hidden")
def known() -> Hidden:
    """What a probe may know."""
    hidden = Hidden()
    hidden.add("SERVER", "cs", "cs.corp.example", given=True)
    hidden.add("USER", "DOM\\ops", "ops", given=True)
    hidden.add("CLIENT", "web01", "Wéb & Co", "db", given=True)
    hidden.add("OTHER", "web010", "CLIENT01\\SQLEXPRESS", "x1", "DefaultInstanceName", "ma-07")
    hidden.add("NAME", "bulkprov_probe_1_a", "bulkprov_probe_1_")
    hidden.add("NOWHERE", "bulkprov_probe_1_nowhere")
    hidden.add("ID", "931", "7")
    return hidden


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("WEB01 has it.", "CLIENT has it."),
        ("On web01.corp.example.com: no.", "On CLIENT: no."),
        ("[web010] is not [web01]", "[OTHER] is not [CLIENT]"),
        ("Server CS, cs.CORP.example and https://cs.corp.example/api/x?y=1", "Server SERVER, SERVER and HIDDEN"),
        ("user dom\\OPS of ops", "user USER of USER"),
        ("shops and devops", "shops and devops"),
        ("Wéb &amp; Co", "CLIENT"),
        ("W%C3%A9b%20%26%20Co", "CLIENT"),
        ("db1 is no DB", "db1 is no CLIENT"),
        ("instance client01\\sqlexpress", "instance OTHER"),
        ('{"instance":"CLIENT01\\\\SQLEXPRESS"}', '{"instance":"OTHER"}'),
        ("DefaultInstanceName x1", "DefaultInstanceName x1"),
        ("BULKPROV_PROBE_1_A, bulkprov_probe_1_nowhere", "NAME, NOWHERE"),
        ("set 931, 1931 or 7", "set ID, 1931 or 7"),
        ("NAME and CLIENT", "NAME and CLIENT"),
        ("ma-07: 10.1.2.3, fe80::1:2, 2001:db8:0:0:0:0:0:1", "OTHER: HIDDEN, HIDDEN, HIDDEN"),
        ("write to a.b+c@example.org", "write to HIDDEN"),
        (r"\\filer\share\x and C:\Program and HR\jane", "HIDDEN and HIDDEN and HIDDEN"),
        ("/opt/commvault/log.txt", "HIDDEN"),
        ("other.example.com:8400", "HIDDEN:8400"),
        ("token QSDK 3f8a0c1d2e3f4a5b6c7d8e9f0a1b", "token QSDK HIDDEN"),
        ("id a1b2c3d4-0000-4000-8000-000000000001", "id HIDDEN"),
        ("Error 0x10c: DB error. Please refer to logs.", "Error 0x10c: CLIENT error. Please refer to logs."),
        ("11.36.0", "11.36.0"),
        ("", ""),
    ],
)
def test_what_is_known_and_what_looks_like_a_name_is_replaced(hidden: Hidden, words: str, told: str) -> None:
    """And words of the language stay."""
    assert hidden.without(words) == told


def test_a_name_keeps_the_place_that_it_had_first() -> None:
    """The scratch client is one of all clients as well."""
    hidden = Hidden()
    hidden.add("CLIENT", "web01")
    hidden.add("OTHER", "WEB01")

    assert hidden.without("web01") == "CLIENT"


def test_a_name_that_is_one_of_ours_is_replaced_once() -> None:
    """A client that is called like a placeholder."""
    hidden = Hidden()
    hidden.add("OTHER", "name", "client")
    hidden.add("CLIENT", "scratch")

    assert hidden.without("Scratch, Client, Name") == "CLIENT, OTHER, OTHER"
    assert {"NAME", "CLIENT", "OTHER"} < set(PLACEHOLDERS)


def test_names_in_an_answer_stand_under_keys_of_names() -> None:
    """However deep, and not what is called a name and is none."""
    tree = {
        "hostName": "cs.example.com",
        "releaseName": "11",
        "commcell": {"@x": 1, "commCellName": "cs", "csGUID": "A-1"},
        "listed": [{"entity": {"clientName": "web01", "clientId": 2, "appName": "File System"}}, "x"],
    }

    assert list(names_in(tree)) == ["cs.example.com", "cs", "A-1", "web01"]
    assert list(names_in(None)) == []
