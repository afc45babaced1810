"""Long documents in pieces: they say what the whole says, and are refused where the whole is."""

import json
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov import pieces
from bulkprov.pieces import Steps, at_once, ended, in_pieces, is_long
from bulkprov.wire import BY_NAME, JSON, XML, Tree, Wire, WireError, items

SIZE = 60
"""Bytes of a piece in these tests."""


def entry(number: int, **more: Any) -> Tree:
    """One entry of a list."""
    return {"entity": {"id": number, "name": f"set{number:04d}"}, **more}


def put_together(trees: Iterable[Tree]) -> Tree:
    """The tree whose pieces these are."""
    return ended(at_once(lambda tree, _name: tree)(trees, ""))


def read(wire: Wire, body: bytes) -> tuple[Tree, int]:
    """A document that is read in pieces, and how many there were."""
    trees = list(in_pieces(wire, body, SIZE))
    return put_together(trees), len(trees)


def outcome(wire: Wire, body: bytes, *, whole: bool) -> Tree | None:
    """What is read of a body, as a whole or in pieces; None if it is refused."""
    try:
        return wire.loads(body) if whole else put_together(in_pieces(wire, body, SIZE))
    except WireError:
        return None


def json_of(entries: list[Any], indent: int | None, **others: Any) -> bytes:
    """A JSON document with a list; compact, or as a person would lay it out."""
    separators = (",", ":") if indent is None else None
    return json.dumps(others | {"sets": entries}, indent=indent, separators=separators, ensure_ascii=False).encode()


def xml_of(entries: list[Tree], **others: Any) -> bytes:
    """An XML document with a list."""
    listed = [{"entity": {f"@{key}": value for key, value in each["entity"].items()}} for each in entries]
    return XML.dumps("Response", {"sets": listed, **others})


_texts = st.text(st.sampled_from('ab"\\{}[],:<>/&é\u3042 \n'), max_size=12)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.lists(st.dictionaries(_texts, _values, max_size=3) | _values, max_size=30),
    st.dictionaries(_texts.filter("sets".__ne__), _values, max_size=2),
    st.sampled_from([None, 0, 1]),
)
def test_json_in_pieces_is_the_whole(entries: list[Any], others: Tree, indent: int | None) -> None:
    """Whatever is in it, wherever brackets and quotes stand in its texts, and however it is laid out."""
    body = json_of(entries, indent, **others)

    assert read(JSON, body)[0] == JSON.loads(body)


_xml_texts = st.text(st.sampled_from("ab\"'{}<>/&é\u3042]"), min_size=1, max_size=12)


@given(st.lists(_xml_texts, min_size=1, max_size=30), st.dictionaries(st.sampled_from(["@a", "@b", "c"]), _xml_texts))
def test_xml_in_pieces_is_the_whole(texts: list[str], others: Tree) -> None:
    """With values in attributes and in elements."""
    body = XML.dumps("Response", {"sets": [{"@name": each, "words": each} for each in texts], **others})

    assert read(XML, body)[0] == XML.loads(body)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_long_list_comes_in_many_pieces(indent: int | None) -> None:
    """None of them is much longer than it must be."""
    bodies = {"json": json_of([entry(number) for number in range(200)], indent), "xml": xml_of([entry(1)] * 200)}
    for name, body in bodies.items():
        trees = list(in_pieces(BY_NAME[name], body, SIZE))

        assert put_together(trees) == BY_NAME[name].loads(body)
        assert max(len(items(tree, "sets")) for tree in trees) <= 4


def test_a_short_document_is_one_tree() -> None:
    """As nearly every answer."""
    body = json_of([entry(1)], None)

    assert not is_long(body)
    assert list(in_pieces(JSON, body)) == [JSON.loads(body)]


MANY = [entry(number) for number in range(40)]
INSIDE = [entry(number, lists=[{"a": 1}, {"b": [{"c": 2}, {"d": 3}]}, {"e": 4}]) for number in range(40)]


@pytest.mark.parametrize(
    ("body", "in_several"),
    [
        (json_of(INSIDE, None), True),
        (json_of(INSIDE, 1), True),
        (json_of([entry(number, words='},{"a":[\\"') for number in range(40)], None), True),
        (json_of([entry(number, words="},{") for number in range(40)], None), True),
        (json_of([each for number in range(40) for each in (entry(number), entry(number), "},{ " * 9)], None), True),
        (json_of(MANY, None, info={"of": [{"a": 1}, {"b": 2}]}, errorCode=0), True),
        (json_of(MANY, None)[:-1] + b',"errorCode":0}', True),
        (json_of(MANY, None)[:-1] + b',"others":' + json.dumps(MANY).encode() + b',"errorCode":0}', True),
        (b"\xef\xbb\xbf" + json_of(MANY, 1), True),
        (json_of([], None, info={"a": {"b" * SIZE: {"c" * SIZE: [{}, {}]}}}), False),
        (json.dumps({"sets": {str(number): entry(number) for number in range(40)}}).encode(), False),
        (json.dumps({"a": "x" * (1 << 13), "sets": MANY}).encode(), False),
        (json.dumps({"sets": [{"text": '},{"' * 40}] * 2}).encode(), False),
    ],
    ids=[
        "lists inside of entries",
        "the same, laid out",
        "brackets in texts",
        "texts where it could be cut",
        "the same between the entries",
        "other values before it",
        "another value behind it",
        "two lists",
        "a byte order mark",
        "no list in the root",
        "an object instead of a list",
        "a list far behind the beginning",
        "an entry that never ends",
    ],
)
def test_json_is_cut_wherever_that_is_safe(body: bytes, in_several: bool) -> None:
    """And is read in one piece where it is not."""
    tree, number = read(JSON, body)

    assert tree == JSON.loads(body)
    assert (number > 3) is in_several


ELEMENTS = b"".join(b'<sets><entity id="%d" name="set"/></sets>' % number for number in range(40))
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<r errorCode="0" xmlns:a="b">'


@pytest.mark.parametrize(
    ("body", "in_several"),
    [
        (HEAD + ELEMENTS + b"</r>", True),
        (b"\xef\xbb\xbf" + HEAD + ELEMENTS + b"<errorMessage>no</errorMessage></r>\n<!-- end -->", True),
        (b"<r>\n" + ELEMENTS.replace(b"><s", b">\n <s") + b"</r>", True),
        (b"<r><first>1</first>" + ELEMENTS + b"</r>", False),
        (b"<r><!-- a comment -->" + ELEMENTS + b"</r>", False),
        (b"<!-- a comment --><r>" + ELEMENTS + b"</r>", False),
        (b"<r><sets><![CDATA[" + b"</sets><sets>" * 40 + b"]]></sets></r>", False),
        (b"<r><sets>" + ELEMENTS + b"</sets></r>", False),
        (b"<r>" + b"<sets/>" * 40 + b"</r>", False),
        (b'<?xml version="1.0" encoding="iso-8859-1"?><r>' + b"<sets>\xe9</sets>" * 40 + b"</r>", True),
        (("<?xml version='1.0' encoding='utf-16'?><r>" + ELEMENTS.decode() + "</r>").encode("utf-16"), False),
    ],
    ids=[
        "with a declaration and attributes",
        "with a byte order mark, and something behind it",
        "laid out",
        "another element before it",
        "a comment in it",
        "a comment before it",
        "text like markup",
        "elements of one name in each other",
        "empty elements",
        "another encoding",
        "an encoding of two bytes",
    ],
)
def test_xml_is_cut_wherever_that_is_safe(body: bytes, in_several: bool) -> None:
    """And is read in one piece, but for the root's attributes, where it is not."""
    tree, number = read(XML, body)

    assert tree == XML.loads(body)
    assert (number > 3) is in_several


@pytest.mark.parametrize(
    "body",
    [
        json_of(MANY, None, errorCode=1)[:-1] + b',"errorCode":0}',
        json_of(MANY, None)[:-1] + b',"sets":[]}',
        json_of(MANY, None)[:-1] + b',"others":' + json.dumps(MANY).encode() + b',"sets":[{}]}',
        json_of(MANY, None)[:-1] + b',"a":[{}],"others":' + json.dumps(MANY).encode() + b',"a":[{}]}',
    ],
)
def test_a_key_that_occurs_twice_is_found_though_it_is_in_two_pieces(body: bytes) -> None:
    """A list that is cut goes on in the next piece; nothing else does."""
    assert outcome(JSON, body, whole=True) is None
    assert outcome(JSON, body, whole=False) is None


@pytest.mark.parametrize("wire", [JSON, XML])
def test_a_spoilt_document_is_read_alike_in_pieces_and_as_a_whole(wire: Wire) -> None:
    """Wherever a byte is changed, taken out or put in: both are refused, or both say the same."""
    body = json_of(INSIDE[:12], None) if wire is JSON else HEAD + ELEMENTS + b"</r>"
    draw = Random(7)
    refused = 0
    for _ in range(400):
        at = draw.randrange(len(body))
        to = at + draw.choice((0, 1, 1, 9))
        spoilt = body[:at] + draw.choice((b"", b'"', b"{", b"]", b"<", b"x", b"}],", b"\\", b"/>")) + body[to:]
        read_whole = outcome(wire, spoilt, whole=True)
        refused += read_whole is None

        assert outcome(wire, spoilt, whole=False) == read_whole

    assert 50 < refused < 390


@pytest.mark.parametrize("wire", [JSON, XML])
def test_what_is_long_and_cannot_be_cut_is_refused(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """To read it at once would hold everything up, and could cost thirty times its length in memory."""
    monkeypatch.setattr(pieces, "_LONGEST_WHOLE", 500)
    long = {"sets": {"texts": ["x" * 100] * 10}}
    body = wire.dumps("Response", long)

    with pytest.raises(WireError, match="no list of entries"):
        list(in_pieces(wire, body, SIZE))


def test_work_in_steps_can_be_done_in_one_go() -> None:
    """Where nobody else waits."""

    def work() -> Steps[int]:
        yield
        yield
        return 7

    assert ended(work()) == 7
