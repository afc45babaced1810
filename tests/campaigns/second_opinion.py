"""A second opinion on what cells show, by a program that is not ours.

Workbooks drawn at random are written by independent writers; LibreOffice exports each cell as it shows it, and
bulkprov reads the same file. For every cell, both show the same, or bulkprov refuses it as a fault, or the difference
has one of the reasons in `second_opinion_reasons`. Anything else fails::

    python -m tests.campaigns.second_opinion --books 40 --seed 1
"""

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from bulkprov.sheets.excel.displayed import cell_key
from bulkprov.sheets.excel.workbook import open_book
from bulkprov.sheets.excel.worksheet import _Grid, _grid
from tests.campaigns.second_opinion_formats import GENERAL
from tests.campaigns.second_opinion_pages import Cell, Page, draw_page
from tests.campaigns.second_opinion_reasons import Difference, explain
from tests.campaigns.second_opinion_writers import WRITERS, Writer

__all__ = ["Books", "Opinion", "compare", "soffice", "write_books"]

_AS_SHOWN: Final = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,1"
"""Commas, double quotes, UTF-8, cells as they are shown, of the first sheet."""
_BATCH: Final = 100
_SHOWN: Final = 20
_SURE: Final = {
    "text": ("xlsx", "ods", "xls"),
    "boolean": ("xlsx", "ods", "xls"),
    "rich": ("xlsx", "xls"),  # LibreOffice writes spaces side by side into an ODS, which are one by OpenDocument 6.1.2
    "formula": ("xlsx", "ods"),  # it writes 0 as the result of a text into an XLS
}
"""Kinds that bulkprov has no reason to refuse in these files if they have no format."""


@dataclass(slots=True)
class Opinion:
    """What became of the cells of one writer."""

    writer: str
    books: int = 0
    agreed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """By the beginning of the fault."""
    explained: Counter[str] = field(default_factory=Counter)
    """By the reason."""
    unexplained: list[str] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """How many were compared."""
        return self.agreed + self.refused.total() + self.explained.total() + len(self.unexplained)

    def __str__(self) -> str:
        whole = (
            f"{self.writer}: {self.books:,} books, {self.cells:,} cells: {self.agreed:,} agreed, "
            f"{self.refused.total():,} refused, {self.explained.total():,} explained, "
            f"{len(self.unexplained):,} unexplained"
        )
        lines = [whole]
        lines += [f"  refused   {count:7,}  {fault}" for fault, count in self.refused.most_common()]
        lines += [f"  explained {count:7,}  {reason}" for reason, count in self.explained.most_common()]
        lines += [f"  UNEXPLAINED  {each}" for each in self.unexplained[:_SHOWN]]
        return "\n".join(lines)


def soffice() -> str:
    """The path of LibreOffice; "" if it is not installed."""
    return shutil.which("soffice") or ""


@dataclass(frozen=True, slots=True)
class Books:
    """Workbooks of several writers, and what LibreOffice shows of them."""

    pages: Mapping[Path, tuple[Writer, Page]]
    """By the files: who wrote them, and what was to be in them."""
    shown: Path
    """The folder with what LibreOffice shows, as CSV."""


def write_books(folder: Path, writers: Sequence[Writer], *, books: int, rows: int, columns: int, seed: int) -> Books:
    """Write books with each writer, and let LibreOffice show them.

    Args:
        folder: for the files.
        writers: that write them.
        books: how many each of them writes.
        rows: of each book.
        columns: likewise.
        seed: the same gives the same books.
    """
    pages: dict[Path, tuple[Writer, Page]] = {}
    for place, writer in enumerate(writers):
        for number in range(books):
            page = draw_page(Random(f"{seed}:{writer.name}:{number}"), writer.kinds, rows=rows, columns=columns)
            path = folder / f"w{place}-{number}{writer.suffix}"
            writer.write(path, page)
            pages[path] = writer, page
    for kind in sorted({writer.saved_as for writer in writers} - {""}):
        again = [path for path, (writer, _) in pages.items() if writer.saved_as == kind]
        _convert(folder, kind, folder / "saved", again)
        for path in again:
            pages[folder / "saved" / f"{path.stem}.{kind}"] = pages.pop(path)
    _convert(folder, _AS_SHOWN, folder / "shown", list(pages))
    return Books(pages, folder / "shown")


def compare(books: Books) -> list[Opinion]:
    """Read the books, and compare them cell by cell with what LibreOffice shows; one opinion for each writer."""
    opinions: dict[str, Opinion] = {}
    for path, (writer, page) in books.pages.items():
        opinion = opinions.setdefault(writer.name, Opinion(writer.name))
        _compare_book(opinion, path, page, resaved=bool(writer.saved_as), shown=books.shown)
    return list(opinions.values())


def _convert(folder: Path, kind: str, target: Path, books: Sequence[Path]) -> None:
    """Let LibreOffice save the books as another kind of file."""
    profile = (folder / "profile").as_uri()
    for start in range(0, len(books), _BATCH):
        subprocess.run(  # noqa: S603 - the program that was found
            [
                *(soffice(), f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind),
                *("--outdir", str(target), *map(str, books[start : start + _BATCH])),
            ],
            check=True,
            capture_output=True,
            timeout=900,
        )


def _compare_book(opinion: Opinion, path: Path, page: Page, *, resaved: bool, shown: Path) -> None:
    opinion.books += 1
    with open_book(path, path.name) as book:
        grid = _grid(book, book.names[0], path.name)
    (export,) = shown.glob(f"{path.stem}[-.]*csv")
    with export.open(encoding="utf-8", newline="") as file:
        theirs = list(csv.reader(file))
    for (row, column), cell in page.cells.items():
        ours = _at(grid.display.rows.get(row + 1, []), column)
        other = _at(theirs[row] if row < len(theirs) else [], column)
        fault = grid.display.faults.get(cell_key(row + 1, column), "")
        _compare_cell(
            opinion,
            Difference(cell=cell, file=path.suffix[1:], resaved=resaved, ours=ours, theirs=other),
            fault,
            f"{path.name} row {row + 1} column {column + 1}",
        )
    opinion.unexplained += [f"{path.name}: {each}" for each in _layout(grid, page)]


def _compare_cell(opinion: Opinion, it: Difference, fault: str, where: str) -> None:
    said = f"{where}: {it.cell} is {it.ours!r} to bulkprov and {it.theirs!r} to LibreOffice"
    sure = it.file in _SURE.get(it.cell.kind, ()) and it.cell.code == GENERAL
    if it.cell.kind == "formula" and it.file == "xlsx" and not it.resaved:
        sure = False  # XlsxWriter orders every result to be made anew
    if fault and sure and not str(it.cell.value).startswith("="):  # which some writers make a formula
        opinion.unexplained.append(f"{said}, and refused: it {fault}")
    elif fault:
        opinion.refused[_beginning(fault)] += 1
    elif it.ours == it.theirs or (_has_room(it.cell) and it.ours.strip() == it.theirs.strip()):
        opinion.agreed += 1
    elif reason := explain(it):
        opinion.explained[reason] += 1
    else:
        opinion.unexplained.append(said)


def _at(cells: Sequence[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""


def _has_room(cell: Cell) -> bool:
    """Whether white space at its ends does not count: a format leaves room for a sign there."""
    return cell.kind not in ("text", "rich") or "_" in cell.code


def _beginning(fault: str) -> str:
    """A fault without the value in it."""
    if fault.startswith("is the number "):
        return f"is the number …{fault[fault.index(' ', 14) :][:70].rpartition(' ')[0]}"
    return fault[:45].rpartition(" ")[0]


def _layout(grid: _Grid, page: Page) -> Iterator[str]:
    """What bulkprov sees otherwise than the writer of hidden rows and columns and merged cells."""
    display = grid.display
    columns = {column for first, last in display.hidden_columns for column in range(first, last + 1)}
    merged = sorted((top + 1, left, bottom + 1, right) for top, left, bottom, right in page.merged)
    for what, seen, made in (
        ("hidden rows", sorted(display.hidden_rows), sorted(row + 1 for row in page.hidden_rows)),
        ("hidden columns", sorted(columns), sorted(page.hidden_columns)),
        ("merged cells", sorted(display.merged), merged),
    ):
        if seen != made:
            yield f"{what} {made} are {seen} to bulkprov"


def main() -> int:
    """Compare as many books as the command line says; 1 if a difference has no reason."""
    parser = argparse.ArgumentParser(description="Cells of random workbooks, as bulkprov and LibreOffice show them.")
    parser.add_argument("--books", type=int, default=40, help="of each writer, with over 500 cells each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--writer", choices=[writer.name for writer in WRITERS], help="only this one")
    args = parser.parse_args()
    if not soffice():
        sys.stderr.write("LibreOffice (soffice) is not installed\n")
        return 2
    began = time.perf_counter()
    failed = cells = 0
    for writer in WRITERS:
        if args.writer in (None, writer.name):
            with tempfile.TemporaryDirectory() as folder:
                books = write_books(Path(folder), [writer], books=args.books, rows=56, columns=10, seed=args.seed)
                for opinion in compare(books):
                    sys.stdout.write(f"{opinion}\n")
                    sys.stdout.flush()
                    failed += len(opinion.unexplained)
                    cells += opinion.cells
    sys.stdout.write(f"{cells:,} cells in {time.perf_counter() - began:.0f} s, {failed:,} unexplained\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
