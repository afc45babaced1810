"""Deliveries with a wrong body: not the vendor's, damaged as bytes, or well-formed and untrue."""

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from bulkprov.simulator.faults.delivery import Circumstances, ConnectionEnd, Delivery, Step, head
from bulkprov.simulator.http_messages import Response
from bulkprov.wire import JSON, Tree

__all__ = [
    "HTML_PAGE",
    "bad_charset",
    "damaged",
    "deep",
    "double_key",
    "edited",
    "empty",
    "gzip_bomb",
    "huge",
    "long_number",
    "no_entity",
    "not_a_number",
    "other_id",
    "page",
    "replaced",
    "rubbish",
    "text_numbers",
    "wrong_type",
    "zero_id",
]

HTML_PAGE: Final = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
"""A short page; its title is left open."""

_DEPTH: Final = 100_000
_DIGITS: Final = 5_000
_MEBIBYTE: Final = 1 << 20
_HUGE_MEBIBYTES: Final = 64
_NUMBER: Final = re.compile(rb'(errorCode|applicationId|clientId)("?[:=]"?)(\d+)')
"""A number in a body of either format."""


def empty(_response: Response, _: Circumstances) -> Iterator[Step]:
    """200 with no body."""
    yield Response()


def rubbish(response: Response, _: Circumstances) -> Iterator[Step]:
    """200 with bytes that are no document."""
    yield Response(text=b"\x00\xff{<" + response.body[::-1], text_type=response.wire.media_type)


def page(title: str) -> Delivery:
    """200 with an HTML page."""

    def deliver(_response: Response, _: Circumstances) -> Iterator[Step]:
        yield Response(text=HTML_PAGE.format(title), text_type="text/html")

    return deliver


def wrong_type(response: Response, _: Circumstances) -> Iterator[Step]:
    """The right body, labelled as HTML."""
    yield Response(status=response.status, text=response.body, text_type="text/html")


def huge(_response: Response, _: Circumstances) -> Iterator[Step]:
    """A body larger than a client should read."""
    yield head(Response(text_type="application/json"), _HUGE_MEBIBYTES * _MEBIBYTE)
    for _mebibyte in range(_HUGE_MEBIBYTES):
        yield b" " * _MEBIBYTE
    yield ConnectionEnd.CLOSE


def gzip_bomb(_response: Response, _: Circumstances) -> Iterator[Step]:
    """A small gzip body that unpacks to a huge one, whether the client accepts gzip or not."""
    body = _packed()
    yield head(Response(text_type="application/json"), len(body), "Content-Encoding: gzip")
    yield body
    yield ConnectionEnd.CLOSE


@cache
def _packed() -> bytes:
    return gzip.compress(b" " * (_HUGE_MEBIBYTES * _MEBIBYTE), compresslevel=1, mtime=0)


def damaged(damage: Callable[[bytes, bool], bytes]) -> Delivery:
    """The body as `damage` leaves it; that is given the body, and whether it is JSON."""

    def deliver(response: Response, _: Circumstances) -> Iterator[Step]:
        body = damage(response.body, response.wire is JSON)
        yield Response(status=response.status, text=body, text_type=response.wire.media_type)

    return deliver


def bad_charset(body: bytes, _json: bool) -> bytes:
    """A byte that is never UTF-8, within a name."""
    return _NUMBER.sub(b"\\1\xff\\2\\3", body, count=1)


def deep(_body: bytes, json: bool) -> bytes:
    """A document nested deeper than recursive parsers can go."""
    if json:
        return b'{"response":' * _DEPTH + b"0" + b"}" * _DEPTH
    return b"<response>" * _DEPTH + b"</response>" * _DEPTH


def long_number(body: bytes, _json: bool) -> bytes:
    """A number with thousands of digits."""
    return _NUMBER.sub(rb"\g<1>\g<2>" + b"9" * _DIGITS, body, count=1)


def double_key(body: bytes, json: bool) -> bytes:
    """A key that occurs twice, with different values."""
    return _NUMBER.sub(rb'\g<1>\g<2>2,"\1\2\3' if json else rb'\g<1>\g<2>2" \1\2\3', body, count=1)


def not_a_number(body: bytes, _json: bool) -> bytes:
    """NaN in place of a number, which many parsers accept."""
    return _NUMBER.sub(rb"\1\2NaN", body, count=1)


def edited(edit: Callable[[Tree], Tree]) -> Delivery:
    """The reply with its first `response` edited; a reply without one is delivered as it is."""

    def deliver(response: Response, _: Circumstances) -> Iterator[Step]:
        tree = response.tree or {}
        entries = tree.get("response")
        yield replace(response, tree={**tree, "response": [edit(entries[0])]}) if entries else response

    return deliver


def zero_id(entry: Tree) -> Tree:
    """The backupsetId is 0."""
    return {**entry, "entity": {**entry.get("entity", {}), "@backupsetId": 0}}


def no_entity(entry: Tree) -> Tree:
    """The entity is missing, and with it the backupsetId."""
    return {key: value for key, value in entry.items() if key != "entity"}


def other_id(entry: Tree) -> Tree:
    """The backupsetId and clientId belong to something else."""
    return {**entry, "entity": {**entry.get("entity", {}), "@backupsetId": 7, "@clientId": 1_000_000}}


def text_numbers(entry: Tree) -> Tree:
    """Numbers are written as text."""
    entity = {key: str(value) if type(value) is int else value for key, value in entry.get("entity", {}).items()}
    return {"@errorCode": str(entry["@errorCode"]), "entity": entity}


def replaced(tree: Tree, status: int = 200) -> Delivery:
    """Another reply, in the format that was asked for."""

    def deliver(response: Response, _: Circumstances) -> Iterator[Step]:
        yield Response(status=status, tree=tree, wire=response.wire)

    return deliver
