"""What a page says, to a reader that runs no script."""

import hashlib
import os
import re
from base64 import b64decode
from pathlib import Path

import pytest

from bulkprov.engine.model import End, Status, Step, Verdict
from tests.report.made_results import made
from tests.report.page.pages import AT, HOSTILE, REJECTED, Seen, page_of


@pytest.fixture(name="page", scope="module")
def one_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One page, of which much is claimed."""
    return page_of(tmp_path_factory.mktemp("page"))


def test_it_says_what_became_of_the_run_and_how_to_go_on(page: Path) -> None:
    """In the words of the Summary: the sentence, the command, the facts, each status with its count."""
    text = Seen(page).text

    assert text.startswith("40 of 44 backup sets are there, 4 to go")
    assert "To continue: bulkprov rerun reports/wave-1 reports/wave-1/failed.xlsx" in text
    for fact in (
        "Ticket CHG0042",
        "Operator ann",
        "Server https://cs.example.com/api",
        "Time at work 41 s",
        "bulkprov 9.9",
    ):
        assert fact in text
    for line in ("created 40 90.9% created by this run", "rejected 2 4.5% refused by the server", "all 44"):
        assert line in text


def test_each_group_says_what_it_means_and_what_to_do(page: Path) -> None:
    """In the words of the terminal, with links to the first of its rows."""
    seen = Seen(page)

    assert "rejected errorCode 1: DB error: please" in seen.text
    assert "Means Most often the CommServe does not know the client's name" in seen.text
    assert "Rerun Once the row is corrected Edit clientName" in seen.text
    assert "Rerun Once the cells are corrected Rows 44" in seen.text
    links = {each["href"] for each in seen.all("a")}
    assert {"#r42", "#r43", "#r44", "#r45"} <= links
    assert links <= {f"#{each['id']}" for _, each in seen.elements if "id" in each}


def test_the_course_of_the_run_is_told_in_pictures_in_words_and_in_figures(page: Path) -> None:
    """Two widths of one picture, each with a text for those who do not see it; faults and pauses are marked."""
    seen = Seen(page)

    told = "40 created between"
    pictures = [each for each in seen.all("svg") if told in (each.get("aria-label") or "")]
    assert [each["role"] for each in pictures] == ["img", "img"]
    assert "5 requests were not answered" in seen.text
    assert "The server asked for a pause once, 6 s in all (shaded)." in seen.text
    assert "The limit on requests in flight was between 4 and 16." in seen.text
    shapes = [each.get("class") for each in seen.all("rect")]
    assert shapes.count("pause") == 2 * 3, "in each panel of both pictures"
    assert {"green", "blue", "red"} <= set(shapes)
    assert "Created per 1 s" in seen.text
    assert "the limit on requests in flight the server asked for a pause" in seen.text
    assert seen.text.count("From Created In flight, on average Limit Without an answer") == 1


def test_the_rows_are_there_without_a_script_and_those_not_well_with_their_stories(page: Path) -> None:
    """Each with its number, its names, and what happened; the story is that of `bulkprov show`."""
    seen = Seen(page)

    assert len([each for each in seen.all("tr") if (each.get("id") or "").startswith("r")]) == 44
    assert len([each for each in seen.all("tr") if each.get("class") == "u"]) == 4
    assert "All 44 rows." in seen.text
    assert len(seen.all("details")) == 4 + 1, "and one of the figures"
    assert "03:04:05.678 create: in doubt, no answer for 60 s" in seen.text
    assert "Authtoken: ***" in seen.text
    assert "44 invalid A44: clientName is empty" in re.sub(r" FS_44 ", " ", seen.text)


def test_nothing_in_it_comes_from_elsewhere(page: Path) -> None:
    """No element names another place, and the policy lets nothing in but the page's own styles and script."""
    seen = Seen(page)

    for tag, attributes in seen.elements:
        assert not attributes.keys() & {"src", "srcset", "action", "style", "data", "poster", "background"}, tag
        assert (attributes.get("href") or "#").startswith("#"), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    assert not {"link", "base", "iframe", "object", "embed", "img", "image", "use"} & {tag for tag, _ in seen.elements}
    (policy,) = [each["content"] or "" for each in seen.all("meta") if each.get("http-equiv")]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules.keys() == {"default-src", "style-src", "script-src", "base-uri", "form-action"}
    assert (rules["default-src"], rules["base-uri"], rules["form-action"]) == ("'none'",) * 3
    text = page.read_text("utf-8")
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = rules[f"{tag}-src"].strip("'").removeprefix("sha256-")
        assert b64decode(digest) == hashlib.sha256(content.encode()).digest()
        assert "url(" not in content
        assert "@import" not in content


def test_hostile_names_and_words_are_only_words(page: Path) -> None:
    """Of a sheet, of the server, in the table and in a story: they are read as they are, what cannot be seen too."""
    seen = Seen(page)

    shown = HOSTILE.replace("\x1b", r"\x1b").replace("\ud800", r"\ud800")
    assert seen.text.count(shown) >= 3
    assert len(seen.all("script")) == 1
    assert "\x1b" not in page.read_text("utf-8")


def test_it_can_be_read_out_and_used_by_keyboard(page: Path) -> None:
    """A language, a title, headings in order, names of tables and fields, a way to skip, and no trap for the focus."""
    seen = Seen(page)

    assert seen.all("html") == [{"lang": "en"}]
    headings = [tag for tag, _ in seen.elements if re.fullmatch("h[1-6]", tag)]
    assert headings == ["h1", "h2", "h2", *["h3"] * 4, "h2", "h2"]
    assert seen.all("a")[0] == {"class": "skip", "href": "#rows"}
    named = {each["for"] for each in seen.all("label")}
    assert named == {each["id"] for each in seen.all("input")}
    assert all(each.get("scope") for each in seen.all("th"))
    assert not [each for _, each in seen.elements if int(each.get("tabindex") or 0) > 0]


@pytest.mark.skipif(os.name == "nt", reason="POSIX has modes of files")
def test_only_its_owner_can_read_it(page: Path) -> None:
    """It holds names of clients and sets."""
    assert page.stat().st_mode & 0o777 == 0o600


def test_a_run_of_which_all_is_well_says_no_more(tmp_path: Path) -> None:
    """No reasons, no command, and no charts where nothing was sent."""
    text = Seen(page_of(tmp_path, [made(status=Status.EXISTS)] * 3, exchanges=lambda: ())).text

    assert text.startswith("All 3 backup sets are there")
    assert not any(words in text for words in ("To continue", "Why rows are not done", "Over time"))


def test_a_run_that_was_undone_says_so_and_has_no_charts(tmp_path: Path) -> None:
    """Its creates in flight would be a chart of what is no longer there."""
    rows = [*[made(status=Status.ROLLED_BACK)] * 3, made(**REJECTED)]
    in_flight = [(Step.ACT, Verdict(end=End.ANSWERED, at=AT, seconds=1.0))]
    text = Seen(page_of(tmp_path, rows, exchanges=lambda: in_flight)).text

    assert text.startswith("0 of 4 backup sets are there, 3 rolled back, 1 to go")
    assert "Over time" not in text


def test_a_run_without_rows_has_a_page(tmp_path: Path) -> None:
    """There is nothing to show, and nothing breaks."""
    text = Seen(page_of(tmp_path, [], exchanges=lambda: ())).text

    assert text.startswith("There are no rows")
    assert "All 0 rows." in text
