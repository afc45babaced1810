"""Template, styles and script of the page, and the policy that lets nothing else through.

Whatever a template shows is escaped, and control characters in it are written so that they are seen (`text.clean`):
names in a sheet and words of a server may hold anything.
"""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from bulkprov.text import clean

__all__ = ["policy", "render"]

_TEMPLATES: Final = ("page.html", "row.html")


def render(name: str, **values: Any) -> Markup:
    """A template, filled in."""
    return Markup(_environment().get_template(name).render(values))  # noqa: S704 - the environment has escaped all values


@cache
def policy() -> str:
    """The Content-Security-Policy: nothing is loaded, and only our own styles and script are heeded, by their digests.

    https://www.w3.org/TR/CSP3/
    """
    rules = (
        "default-src 'none'",
        f"style-src '{_digest('page.css')}'",
        f"script-src '{_digest('page.js')}'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=DictLoader({name: _text(name) for name in _TEMPLATES}),
        autoescape=True,
        finalize=_seen,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"number": _number, "capitalised": _capitalised, "marked": _marked}
    environment.globals |= {
        "styles": Markup(_text("page.css")),  # noqa: S704 - our own file
        "script": Markup(_text("page.js")),  # noqa: S704 - likewise
        "policy": policy(),
    }
    return environment


@cache
def _text(name: str) -> str:
    return files("bulkprov.report.page").joinpath(name).read_text("utf-8")


def _digest(name: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(_text(name).encode()).digest()).decode()}"


def _seen(value: Any) -> Any:
    """What a template shows of a value; what is markup already has gone through here."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3g}"


def _marked(text: str) -> Markup:
    """A text in which what stands between backticks, such as a command, is shown as code."""
    parts = clean(text).split("`")
    if len(parts) % 2 == 0:  # one of them has no other
        return escape("`".join(parts))
    marks = (Markup("<code>{}</code>") if number % 2 else Markup("{}") for number in range(len(parts)))
    return Markup("").join(mark.format(part) for mark, part in zip(marks, parts, strict=True))


def _capitalised(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
