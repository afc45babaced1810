import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.wire import BY_NAME, JSON, XML, Tree, Wire, WireError, integer, items, text

_names = st.text("abcdefgXYZ_", min_size=1, max_size=8)
_words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
_trees = st.dictionaries(
    _names,
    st.recursive(_words, lambda inner: st.dictionaries(_names, inner, min_size=1, max_size=3), max_leaves=8),
    min_size=1,
    max_size=4,
)


def test_both_formats_are_found_by_name() -> None:
    """As `--wire` names them, with the media type for Accept and Content-type."""
    assert {name: wire.media_type for name, wire in BY_NAME.items()} == {
        "json": "application/json",
        "xml": "application/xml",
    }


@given(_trees, st.sampled_from([JSON, XML]))
def test_what_is_written_is_read_again(tree: Tree, wire: Wire) -> None:
    """Any tree of text comes back unchanged, in either format."""
    assert wire.loads(wire.dumps("root", tree)) == tree


@given(
    st.dictionaries(
        st.text(max_size=4),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
            max_leaves=8,
        ),
    ),
    st.sampled_from([None, (",", ":")]),
    st.booleans(),
)
def test_json_is_read_alike_whoever_wrote_it(
    tree: dict[str, Any], separators: tuple[str, str] | None, escaped: bool
) -> None:
    """With spaces or without, with escapes or without: two ways to read, one tree, down to the types of its numbers."""
    body = json.dumps(tree, separators=separators, ensure_ascii=escaped).encode("utf-8", "replace")

    assert repr(JSON.loads(body)) == repr(json.loads(body))


@pytest.mark.parametrize("levels", [100, 300, 800])
def test_json_is_read_however_deeply_it_is_nested(levels: int) -> None:
    """Also where orjson would not write it; deeper still, it is refused."""
    body = b'{"a":' + b"[" * levels + b"]" * levels + b"}"

    assert JSON.loads(body) == json.loads(body)
    with pytest.raises(WireError):
        JSON.loads(body.replace(b"[", b"[" * 200).replace(b"]", b"]" * 200))


def test_a_list_of_one_is_one_element_in_xml() -> None:
    """And a list in JSON."""
    tree = {"association": {"entity": [{"clientName": "client001"}]}}

    assert JSON.dumps("root", tree) == b'{"association":{"entity":[{"clientName":"client001"}]}}'
    assert b"<root><association><entity><clientName>client001</clientName></entity></association></root>" in XML.dumps(
        "root", tree
    )


def test_an_at_sign_marks_an_attribute() -> None:
    """In JSON it is a key like any other, wherever it stands."""
    tree: Tree = {"@username": "u", "list": [{"@a": True}], "flag": True, "codes": [1, 2]}

    assert JSON.dumps("root", tree) == b'{"username":"u","list":[{"a":true}],"flag":true,"codes":[1,2]}'
    assert XML.dumps("root", tree).splitlines()[1] == (
        b'<root username="u"><list a="true"></list><flag>True</flag><codes>1</codes><codes>2</codes></root>'
    )


def test_markup_in_values_is_escaped() -> None:
    """A name with XML's own characters stays a name."""
    tree = {"name": "<a>&\"'</a>", "@b": '"<&'}

    assert XML.loads(XML.dumps("root", tree)) == {"name": tree["name"], "b": tree["@b"]}


def test_a_root_without_content_is_an_empty_tree() -> None:
    """An empty answer in XML form is no error."""
    assert XML.loads(b"<App_GenericResponse/>") == {}
    assert JSON.loads(b"\xef\xbb\xbf{}") == {}


_HOSTILE_JSON = {
    "nothing": b"",
    "not UTF-8": b'{"a":"\xff"}',
    "rubbish": b"OK",
    "cut off": b'{"response":[{"errorCode":0',
    "two documents": b"{}{}",
    "a key twice": b'{"errorCode":1,"errorCode":0}',
    "a key twice, deep inside": b'{"response":[{"entity":{"backupsetId":0,"backupsetId":931}}]}',
    "not a number": b'{"errorCode":NaN}',
    "infinite": b'{"errorCode":-Infinity}',
    "a number of 5,000 digits": b'{"errorCode":' + b"1" * 5000 + b"}",
    "100,000 objects within each other": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "100,000 lists within each other": b"[" * 100_000 + b"]" * 100_000,
    "a list": b"[]",
    "a bare number": b"0",
    "null": b"null",
}

_HOSTILE_XML = {
    "nothing": b"",
    "not UTF-8": b"<a>\xff</a>",
    "rubbish": b"OK",
    "cut off": b'<a><response errorCode="0">',
    "two documents": b"<a/><a/>",
    "an attribute twice": b'<a errorCode="1" errorCode="0"/>',
    "text only": b"<a>0</a>",
    "an unknown encoding": b'<?xml version="1.0" encoding="x-none"?><a><b/></a>',
    "an encoding of many bytes": b'<?xml version="1.0" encoding="gb18030"?><a><b/></a>',
    "a control character": b"<a><b>\x00</b></a>",
    "100,000 elements within each other": b"<a>" * 100_000 + b"</a>" * 100_000,
    "a million start tags": b"<a>" * 1_000_000,
    "billion laughs": b'<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;">]><a><b>&m;</b></a>',
    "a file": b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a><b>&f;</b></a>',
    "a document type elsewhere": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a><b/></a>',
    "an entity nobody declared": b"<a><b>&nbsp;</b></a>",
}


@pytest.mark.parametrize("body", _HOSTILE_JSON.values(), ids=_HOSTILE_JSON.keys())
def test_json_that_is_not_well_formed_is_refused(body: bytes) -> None:
    """By one type of error, whatever is wrong."""
    with pytest.raises(WireError):
        JSON.loads(body)


@pytest.mark.parametrize("body", _HOSTILE_XML.values(), ids=_HOSTILE_XML.keys())
def test_xml_that_is_not_well_formed_is_refused(body: bytes) -> None:
    """By the same error; nothing is fetched, and no entity is expanded."""
    with pytest.raises(WireError):
        XML.loads(body)


def test_the_deepest_document_worth_reading_is_read() -> None:
    """The limit is on nesting, not on size."""
    deep = XML.loads(b"<a>" * 100 + b"1" + b"</a>" * 100)

    assert deep["a"]["a"]
    with pytest.raises(WireError):
        XML.loads(b"<a>" * 101 + b"1" + b"</a>" * 101)
    assert len(items(XML.loads(b"<a>" + b"<b x='1'/>" * 10_000 + b"</a>"), "b")) == 10_000


@given(st.binary(max_size=200), st.sampled_from([JSON, XML]))
def test_reading_raises_nothing_else(body: bytes, wire: Wire) -> None:
    """Any bytes give a tree or a WireError."""
    try:
        tree = wire.loads(body)
    except WireError:
        return
    assert isinstance(tree, dict)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0),
        (931, 931),
        (-5, -5),
        ("931", 931),
        (" 931 ", 931),
        ("-32000", -32000),
        ("007", 7),
        (True, None),
        (1.0, None),
        (None, None),
        ("", None),
        ("-", None),
        ("1.0", None),
        ("1e3", None),
        ("0x10", None),
        ("1_000", None),
        ("\N{ARABIC-INDIC DIGIT ONE}", None),
        ("\N{SUPERSCRIPT TWO}", None),
        ("9" * 19, None),
        ([1], None),
        ({}, None),
    ],
)
def test_a_whole_number_is_read_strictly(value: Any, expected: int | None) -> None:
    """An int that is not a boolean, or ASCII digits; nothing else that Python would take for a number."""
    assert integer(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("x", "x"), (7, "7"), (1.5, "1.5"), (True, "True"), (None, ""), ([], ""), ({"a": 1}, ""), ("a\ud800b", "a?b")],
)
def test_text_is_text_that_can_be_kept(value: Any, expected: str) -> None:
    """Lists and objects are empty; half a surrogate pair becomes a question mark."""
    assert text(value) == expected


def test_objects_are_found_however_they_came() -> None:
    """From a list, a single element, or nothing; anything else in a list is left out."""
    assert items({"a": [{"b": 1}, 2, None]}, "a") == [{"b": 1}]
    assert items({"a": {"b": 1}}, "a") == [{"b": 1}]
    assert items({"a": "text"}, "a") == items({}, "a") == items(None, "a") == []
