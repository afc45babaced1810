"""Masking of secrets in logs and in other programs' text. Pure.

A secret is masked in each form in which it may appear, whatever its case: plain, quoted for Python, JSON, HTML or a
URL, base64, hexadecimal; and where a text was cut in the middle of it.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus

__all__ = ["MASK", "Mask"]

MASK: Final = "***"
"""What stands in the place of a secret."""

_MIN_MASKABLE: Final = 8
"""Minimum length of a maskable secret, where text of others is kept: a shorter one may be an ordinary word in it."""
_ELLIPSES: Final = ("\N{HORIZONTAL ELLIPSIS}", "...")
"""What stands where a text was cut."""
_NOTHING: Final = re.compile(r"(?!)")


class Mask:
    """Every secret, in each form it may take; as structlog's last processor, it takes them out of a line of JSON."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: tuple[str, ...] = ()
        self._in_json: tuple[str, ...] = ()
        self._patterns: tuple[re.Pattern[str], re.Pattern[str]] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Mask this text too, from now on."""
        if not secret:
            return
        # The longest first, so that no form is left half masked by a shorter one inside it.
        self._forms = tuple(sorted({*self._forms, *_forms_of(secret)}, key=len, reverse=True))
        self._patterns = None
        # An escape such as \u00fc has no case of its own.
        spelled = {each for form in self._forms for each in (form, form.upper(), form.lower())}
        self._in_json = tuple({json.dumps(each)[1:-1].casefold() for each in spelled})

    def __call__(self, _logger: Any, _method: str, line: Any) -> str:
        """The rendered line with the secrets masked in its values. Its fields and its shape stay: it stays JSON."""
        if not self._may_be_in(line.casefold()):
            return str(line)
        event = {field: self._value(value) for field, value in json.loads(line).items()}
        return json.dumps(event, separators=(",", ":"))

    def without_long_secrets(self, text: str) -> str:
        """The text with those secrets masked that are long enough not to be ordinary words."""
        _, long = self._compiled()
        return self._without_cut(long.sub(MASK, text))

    def _compiled(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """What finds any secret, and what finds a long one: compiled when a text first needs it, as most never do."""
        if self._patterns is None:
            long = _pattern(form for form in self._forms if len(form) >= _MIN_MASKABLE)
            self._patterns = _pattern(self._forms), long
        return self._patterns

    def _without_cut(self, text: str) -> str:
        """The text without the beginning of a secret at its end, where it was cut."""
        end = next((each for each in _ELLIPSES if text.endswith(each)), "")
        cut = text.removesuffix(end)
        lower = cut.casefold()
        for form in self._forms:
            if form[:_MIN_MASKABLE].casefold() not in lower:  # as nearly always, and the search below is slow
                continue
            for length in range(min(len(form), len(cut)), _MIN_MASKABLE - 1, -1):
                if lower.endswith(form[:length].casefold()):
                    return f"{cut[:-length]}{MASK}{end}"
        return text

    def _may_be_in(self, line: str) -> bool:
        """Whether a line of JSON in small letters may have a secret: nearly all have none, and this is fast."""
        for form in self._in_json:  # noqa: SIM110 - `any` takes three times as long, and this runs for each line
            if form in line:
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
        return MASK if self._compiled()[0].search(str(value)) else value

    def _text(self, text: str) -> str:
        return self._compiled()[0].sub(MASK, text)


def _forms_of(secret: str) -> Iterator[str]:
    """The forms of a secret."""
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield repr(secret)[1:-1]  # as exceptions quote it
    for ascii_only in (True, False):
        quoted = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield quoted
        yield json.dumps(quoted)[1:-1]  # JSON within JSON
    yield quote(raw, safe="")
    yield quote(raw)
    yield quote_plus(raw)
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
    for apostrophe in ("&apos;", "&#39;"):
        yield html.escape(secret).replace("&#x27;", apostrophe)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):  # the first as Login sends a password
        yield encode(raw).decode()
        yield encode(raw).decode().rstrip("=")
    yield raw.hex()


def _pattern(forms: Iterable[str]) -> re.Pattern[str]:
    """What finds any of these forms; those that are no ordinary words in any case."""
    found = [f"(?i:{re.escape(form)})" if len(form) >= _MIN_MASKABLE else re.escape(form) for form in forms]
    return re.compile("|".join(found)) if found else _NOTHING
