"""Requests and responses as values: which format a body has, and how a response is written."""

import pytest

from bulkprov.simulator.http_messages import Request, Response, Root
from bulkprov.wire import JSON, XML, Wire


def _request(header: str, media_type: str) -> Request:
    return Request(method="POST", path="/Backupset", query={}, headers={header: media_type}, body=b"")


@pytest.mark.parametrize(
    ("media_type", "wire"),
    [("application/xml", XML), ("text/XML; charset=utf-8", XML), ("application/json", JSON), ("*/*", JSON)],
)
def test_headers_name_the_formats(media_type: str, wire: Wire) -> None:
    """Content-Type names that of the body, and Accept that of the reply, which is XML where none is sent."""
    request = _request("Content-Type", media_type)
    assert (request.wire, request.accepts) == (wire, XML)

    request = _request("Accept", media_type)
    assert (request.wire, request.accepts) == (JSON, wire)


def test_a_tree_is_written_in_its_format() -> None:
    """In XML under its root element, in JSON without one."""
    tree = {"@errorCode": 0}
    json = Response(tree=tree, root=Root.CLIENTS)
    xml = Response(tree=tree, root=Root.CLIENTS, wire=XML)

    assert (json.body, json.content_type) == (b'{"errorCode":0}', "application/json; charset=utf-8")
    assert b'<App_GetClientPropertiesResponse errorCode="0"' in xml.body
    assert xml.content_type == "application/xml; charset=utf-8"


@pytest.mark.parametrize("text", ["é", "é".encode()])
def test_other_bodies_are_sent_as_they_are(text: str | bytes) -> None:
    """Text is encoded as UTF-8, and bytes stay what they are."""
    response = Response(text=text, text_type="text/html")

    assert (response.body, response.content_type) == ("é".encode(), "text/html; charset=utf-8")
