"""Deliveries with an HTTP status other than 200: refusals, redirects, and requests to wait."""

from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from bulkprov.simulator import error_responses
from bulkprov.simulator.faults.bodies import HTML_PAGE
from bulkprov.simulator.faults.delivery import Circumstances, Delivery, Step
from bulkprov.simulator.http_messages import Response

__all__ = ["access_denied", "busy", "busy_until", "redirect", "status", "status_over_response"]

_RETRY_AFTER: Final = 1
"""Seconds that a busy server asks the client to wait."""


def status(code: int) -> Delivery:
    """A status with a short HTML page, as web servers and gateways send it."""
    phrase = HTTPStatus(code).phrase
    response = Response(
        status=code,
        text="" if code == HTTPStatus.NO_CONTENT else HTML_PAGE.format(phrase),
        text_type="text/html",
    )

    def deliver(_response: Response, _: Circumstances) -> Iterator[Step]:
        yield response

    return deliver


def status_over_response(code: int) -> Delivery:
    """The normal response under another status."""

    def deliver(response: Response, _: Circumstances) -> Iterator[Step]:
        yield replace(response, status=code)

    return deliver


def redirect(code: int) -> Delivery:
    """A redirect to another host."""

    def deliver(_response: Response, circumstances: Circumstances) -> Iterator[Step]:
        yield Response(status=code, headers={"Location": circumstances.redirect_to}, text_type="text/html")

    return deliver


def busy(code: int, header: str) -> Delivery:
    """429 or 503 with the time to wait in seconds, in that header."""

    def deliver(_response: Response, _: Circumstances) -> Iterator[Step]:
        yield Response(status=code, text="Too busy.", headers={header: str(_RETRY_AFTER)})

    return deliver


def busy_until(code: int) -> Delivery:
    """429 or 503 with the time to wait as a date."""

    def deliver(_response: Response, circumstances: Circumstances) -> Iterator[Step]:
        date = formatdate(circumstances.now + 1 + _RETRY_AFTER, usegmt=True)
        yield Response(status=code, text="Too busy.", headers={"Retry-After": date})

    return deliver


def access_denied(response: Response, _: Circumstances) -> Iterator[Step]:
    """401, as for a token that is not valid."""
    yield error_responses.access_denied(response.wire)
