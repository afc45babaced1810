from collections.abc import Iterator
from decimal import ROUND_DOWN

import pytest

from bulkprov.sheets.excel import displayed, number_formats, xls
from tests.campaigns.second_opinion import Books, compare, soffice, write_books
from tests.campaigns.second_opinion_writers import WRITERS

pytestmark = [
    pytest.mark.xdist_group("libreoffice"),
    pytest.mark.skipif(not soffice(), reason="LibreOffice is not installed"),
]

_WRITERS = [writer for writer in WRITERS if writer.saved_as != "xlsx"]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """A book by each writer, but for LibreOffice's XLSX, which is much like the others."""
    return write_books(tmp_path_factory.mktemp("books"), _WRITERS, books=1, rows=40, columns=8, seed=3)


@pytest.fixture
def nothing_remembered() -> Iterator[None]:
    """Numbers are looked at anew, before the test and after it."""
    displayed._shown_number.cache_clear()
    yield
    displayed._shown_number.cache_clear()


def test_libreoffice_shows_what_bulkprov_reads(books: Books) -> None:
    """Every cell is the same, refused as a fault, or different for a reason that is known."""
    opinions = compare(books)

    assert [each for opinion in opinions for each in opinion.unexplained] == []
    assert [opinion.writer for opinion in opinions if not opinion.agreed > opinion.cells / 2 > 100] == []
    assert {opinion.writer for opinion in opinions} == {writer.name for writer in _WRITERS}


@pytest.mark.usefixtures("nothing_remembered")
@pytest.mark.parametrize(
    ("module", "name", "careless"),
    [
        (number_formats, "ROUND_HALF_UP", ROUND_DOWN),
        (xls, "uncalculated_cells", lambda *_, **__: set()),
        (displayed, "HIDES_TEXT", ""),
    ],
    ids=["decimals cut off", "formulas without results in XLS", "hidden text"],
)
def test_a_careless_reader_is_found_out(
    module: object, name: str, careless: object, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same books are then read otherwise than LibreOffice shows them."""
    monkeypatch.setattr(module, name, careless)

    assert [each for opinion in compare(books) for each in opinion.unexplained]
