import base64
import html
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkprov.runs.mask import MASK, Mask, masked_by_all

SECRET = 'QSDK 3a7f"quoted\\slash/ü+end'


def masked(mask: Mask, **event: Any) -> dict[str, Any]:
    """An event after the mask has had its line."""
    line: dict[str, Any] = json.loads(mask(None, "info", json.dumps(event)))
    return line


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        repr(SECRET)[1:-1],
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        "UVNESyAzYTdmInF1b3RlZFxzbGFzaC/DvCtlbmQ=",
        "UVNESyAzYTdmInF1b3RlZFxzbGFzaC_DvCtlbmQ=",
        SECRET.upper(),
        quote(SECRET, safe="").lower(),
        quote(SECRET),
        json.dumps(json.dumps(SECRET)[1:-1])[1:-1],
        html.escape(SECRET),
        SECRET.encode().hex().upper(),
        "".join(f"&#{ord(each)};" for each in SECRET),
        "".join(f"&#x{ord(each):X};" for each in SECRET),
        "".join(f"\\u{ord(each):04x}" for each in SECRET),
        "".join(f"\\x{ord(each):02x}" for each in SECRET),
        "".join(f"%{each:02x}" for each in SECRET.encode()),
        quote(quote(SECRET)),
        quote(html.escape(SECRET)),
        html.escape(html.escape(json.dumps(SECRET)[1:-1])),
    ],
    ids=[
        "plain",
        "Python",
        "JSON",
        "JSON unescaped",
        "URL",
        "form",
        "base64",
        "base64 for URLs",
        "capitals",
        "URL in small letters",
        "path",
        "JSON in JSON",
        "HTML",
        "hexadecimal",
        "HTML in decimal numbers",
        "HTML in hexadecimal ones",
        "JSON in escapes only",
        "JavaScript in escapes only",
        "URL in escapes only",
        "URL in URL",
        "HTML in URL",
        "JSON in HTML in HTML",
    ],
)
def test_a_secret_is_masked_in_each_form(form: str) -> None:
    """Wherever it stands in a text, in the log and in the words of others."""
    mask = Mask([SECRET])

    assert masked(mask, text=f"before {form} after") == {"text": f"before {MASK} after"}
    assert mask.without_long_secrets(f"before {form} after") == f"before {MASK} after"


@pytest.mark.parametrize("apostrophe", ["'", "&#x27;", "&#39;", "&apos;"])
def test_an_apostrophe_hides_no_secret_from_the_mask(apostrophe: str) -> None:
    """HTML has three ways to write it."""
    assert Mask(["it's secret"]).without_long_secrets(f"<it{apostrophe}s secret>") == f"<{MASK}>"


@pytest.mark.parametrize("end", ["", "...", "\N{HORIZONTAL ELLIPSIS}"])
@pytest.mark.parametrize("length", [8, 12, 27])
def test_a_secret_that_was_cut_is_masked(length: int, end: str) -> None:
    """A server, or we, may have kept the beginning of a text only. Fewer than eight characters tell nothing."""
    mask = Mask(["QSDK 3a7f00112233445566778899"])

    assert mask.without_long_secrets("sent qsdk 3a7f00112233445566778899"[: 5 + length] + end) == f"sent {MASK}{end}"
    assert mask.without_long_secrets("sent QSDK 3a") == "sent QSDK 3a"


@pytest.mark.parametrize("before", ["", "a", "admin", "admin:"])
def test_base64_hides_a_secret_from_the_mask_whatever_stands_before_it(before: str) -> None:
    """As a user name does in HTTP's Basic; a letter at its edge may be left."""
    secret = "kanarienvogel-9d1f"
    coded = base64.b64encode(f"{before}{secret}@".encode()).decode()
    masked = Mask([secret]).without_long_secrets(f"Basic {coded}.")
    left = masked.removeprefix("Basic ").removesuffix(".").replace(MASK, "")

    assert MASK in masked
    assert len(left) <= len(before) * 4 / 3 + 5


@given(st.text(min_size=12, max_size=40), st.data())
def test_eight_characters_of_a_secret_are_masked_wherever_they_stand(secret: str, data: st.DataObject) -> None:
    """A text that was cut holds the beginning of a secret, the end, or a part of the middle."""
    start = data.draw(st.integers(0, len(secret) - 8))
    part = secret[start : data.draw(st.integers(start + 8, len(secret)))]
    text = f'the proxy said "{part}" and closed'

    assert part not in Mask([secret]).without_long_secrets(text)


@given(st.text("&%#x;41\\ua/\"'ampltqb+\u00fc\U0001f600", max_size=30))
def test_nothing_is_masked_where_there_is_no_secret(text: str) -> None:
    """Whatever escapes, or halves of escapes, stand in a text."""
    assert Mask(["kanarienvogel-9d1f"]).without_long_secrets(text) == text


def test_words_that_no_log_has_seen_are_masked_by_all_masks_in_use() -> None:
    """The traceback of a bug, say. A mask that is gone has no secret left to hide."""
    one, other = Mask(["kanarienvogel-9d1f"]), Mask(["nachtigall-4711"])
    assert masked_by_all("kanarienvogel-9d1f nachtigall-4711") == f"{MASK} {MASK}"
    del other
    assert masked_by_all("kanarienvogel-9d1f nachtigall-4711") == f"{MASK} nachtigall-4711"
    assert one is not None


def test_a_short_secret_is_masked_as_it_is_spelled() -> None:
    """In other case it is an ordinary word."""
    assert masked(Mask(["Fall"]), text="Fall, fall") == {"text": f"{MASK}, fall"}


def test_a_line_without_secrets_stays_as_it_is() -> None:
    """To the byte."""
    line = '{"event":"row.finished","value":"\\u00fc","seconds":0.10}'

    assert Mask([SECRET])(None, "info", line) == line
    assert Mask([])(None, "info", line) == line


def test_fields_stay_and_keys_within_values_are_masked() -> None:
    """A field is named by this program; a key in a value may come from anywhere."""
    mask = Mask(["value"])

    assert masked(mask, value={"value": ["a value", None, True]}) == {"value": {MASK: [f"a {MASK}", None, True]}}


def test_a_number_that_holds_a_secret_is_masked_as_a_whole() -> None:
    """A password may be a number."""
    assert masked(Mask(["4711"]), port=147110, code=12, flag=True) == {"port": MASK, "code": 12, "flag": True}


def test_the_longest_of_several_secrets_is_masked_first() -> None:
    """So that a token leaves nothing of itself around a password that happens to stand in it."""
    assert masked(Mask(["abc", "xxabcxx"]), text="xxabcxx abc") == {"text": f"{MASK} {MASK}"}


@pytest.mark.parametrize(("secret", "text"), [("eightish", f"the {MASK} word"), ("seven77", "the seven77 word")])
def test_in_the_words_of_others_only_long_secrets_are_masked(secret: str, text: str) -> None:
    """A short password may be a word of any error message."""
    assert Mask([secret]).without_long_secrets(f"the {secret} word") == text


def test_an_empty_secret_hides_nothing() -> None:
    """There may be no password."""
    assert masked(Mask([""]), text="all of it") == {"text": "all of it"}


@given(
    st.text(min_size=1, max_size=6),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    ),
)
def test_a_masked_line_is_one_line_of_json(secret: str, value: Any) -> None:
    """Whatever the secret is, a quote or a bracket too, and in whatever value it stands."""
    line = Mask([secret])(None, "info", json.dumps({"value": value, "text": f"{secret}!"}))

    assert "\n" not in line
    assert set(json.loads(line)) == {"value", "text"}
    assert secret in f"{MASK}!" or secret not in json.loads(line)["text"]
