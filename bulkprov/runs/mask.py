"""Masking of secrets in logs and in other programs' text. Pure.

A secret is masked in each form in which it may appear: plain, quoted for Python, JSON or a URL, and base64.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote, quote_plus

__all__ = ["MASK", "Mask"]

MASK: Final = "***"
"""What stands in the place of a secret."""

_MIN_MASKABLE: Final = 8
"""Minimum length of a maskable secret, where text of others is kept: a shorter one may be an ordinary word in it."""


class Mask:
    """Every secret, in each form it may take; as structlog's last processor, it takes them out of a line of JSON."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: tuple[str, ...] = ()
        self._forms_in_json: tuple[str, ...] = ()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Mask this text too, from now on."""
        if not secret:
            return
        raw = secret.encode("utf-8", "surrogatepass")
        forms = {
            secret,
            repr(secret)[1:-1],  # as exceptions quote it
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            quote(raw, safe=""),
            quote_plus(raw),
            base64.b64encode(raw).decode(),  # as Login sends a password
            base64.urlsafe_b64encode(raw).decode(),
        }
        # The longest first, so that no form is left half masked by a shorter one inside it.
        self._forms = tuple(sorted({*self._forms, *forms}, key=len, reverse=True))
        self._forms_in_json = tuple({json.dumps(form)[1:-1] for form in self._forms})

    def __call__(self, _logger: Any, _method: str, line: Any) -> str:
        """The rendered line with the secrets masked in its values. Its fields and its shape stay: it stays JSON."""
        if not self._is_in(line):
            return str(line)
        event = {field: self._value(value) for field, value in json.loads(line).items()}
        return json.dumps(event, separators=(",", ":"))

    def without_long_secrets(self, text: str) -> str:
        """The text with those secrets masked that are long enough not to be ordinary words."""
        for form in self._forms:
            if len(form) >= _MIN_MASKABLE:
                text = text.replace(form, MASK)
        return text

    def _is_in(self, json_text: str) -> bool:
        for form in self._forms_in_json:  # noqa: SIM110 - `any` takes three times as long, and this runs for each line
            if form in json_text:
                return True
        return False

    def _value(self, value: Any) -> Any:
        """A value that was read from JSON, masked wherever a secret stands in it."""
        if isinstance(value, dict):
            return {self._text(key): self._value(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, bool):
            return value
        return MASK if self._is_in(str(value)) else value

    def _text(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, MASK)
        return text
