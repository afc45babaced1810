"""Files that ask for more than they should get: bombs, lies, and files damaged at random."""

import functools
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import xlsxwriter
import xlwt

from tests.sheets.corpus.case import BASIC, Case, raw
from tests.sheets.corpus.parts import ods, xlsx, zipped

__all__ = ["bomb_cases", "damaged_cases"]

_MEGABYTE = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]>"
)
_HEAD = '<row r="1"><c r="A1" t="str"><v>client</v></c><c r="B1" t="str"><v>backupset</v></c></row>'


def bomb_cases() -> Iterator[Case]:
    """Each has to end with an error, quickly and in little memory."""
    yield from _text_bombs()
    yield from _zip_bombs()
    yield from _sheet_bombs()
    yield from _ods_bombs()


def damaged_cases() -> Iterator[Case]:
    """Sound workbooks, cut off or with some bytes changed: rows or an error, and never anything else."""
    for suffix, write in (("xlsx", _sound_xlsx), ("ods", _sound_ods), ("xls", _sound_xls)):
        for percent in range(5, 100, 10):
            yield Case(name=f"cut-{percent}.{suffix}", write=_cut(write, percent), any_end=True)
        for seed in range(20):
            yield Case(name=f"flipped-{seed}.{suffix}", write=_flipped(write, seed), any_end=True)
            if suffix != "xls":
                yield Case(name=f"mutated-{seed}.{suffix}", write=_mutated(write, seed), any_end=True)


def _filled(head: bytes, unit: bytes, tail: bytes, megabytes: int) -> Callable[[Path], None]:
    """So many megabytes between a head and a tail."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(head)
            for _ in range(megabytes):
                file.write(unit * (_MEGABYTE // len(unit)))
            file.write(tail)

    return write


def _text_bombs() -> Iterator[Case]:
    head = b"client,backupset\nc,"
    quoted = head + b'"'
    line = "characters: this is not a table"
    yield Case(name="cell-of-300-mb.csv", write=_filled(head, b"x", b"\n", 300), error=line)
    yield Case(name="quoted-cell.csv", write=_filled(quoted, b"xxxxxxx\n", b'"\n', 20), error="cell of more than")
    yield Case(name="zeros.csv", write=_filled(b"", b"\0", b"", 20), error="zero bytes")
    yield Case(name="open-quote.csv", write=_filled(quoted, b"a,b,c,d\n", b"", 20), error="cell of more than")


def _zip_of(name: str, unit: bytes, count: int) -> Callable[[Path], None]:
    """A workbook with one part that goes on and on."""

    def write(path: Path) -> None:
        xlsx(f"<sheetData>{_HEAD}</sheetData>")(path)
        with (
            zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open(name, "w") as part,
        ):
            for _ in range(count):
                part.write(unit)

    return write


def _zip_bombs() -> Iterator[Case]:
    strings = "xl/sharedStrings.xml"
    yield Case(name="bomb-300-mb.xlsx", write=_zip_of(strings, b"x" * _MEGABYTE, 300), error="unpacks to 300 MB")
    yield Case(name="bomb-100-mb.xlsx", write=_zip_of(strings, b"x" * _MEGABYTE, 100), error="over 200 times its size")
    yield Case(name="many-parts.xlsx", write=zipped({f"xl/{n}": "" for n in range(10_001)}), error="parts")
    same = _zip_of("XL/WORKSHEETS/SHEET1.XML", b"<x/>", 1)
    yield Case(name="same-name.xlsx", write=same, error="parts of the same name")
    yield Case(name="lying-size.xlsx", write=_lying, error="damaged|times its size")
    yield Case(name="locked-zip.xlsx", write=_locked, error="protected with a password")
    yield Case(name="other-zip.xlsx", write=zipped({"readme.txt": "x"}), error="zip file without a workbook")
    yield Case(name="document.xlsx", write=zipped({"word/document.xml": "<x/>"}), error="Word document")
    yield Case(name="binary.xlsb", write=zipped({"xl/workbook.bin": "x"}), error=r"\.xlsb")
    yield Case(name="empty-zip.xlsx", write=zipped({}), error="empty zip file")
    yield Case(name="only-start.xlsx", write=raw(b"PK\x03\x04" + b"x" * 100), error="damaged, or only part of the file")
    locked = "EncryptedPackage".encode("utf-16-le")
    yield Case(name="locked-office.xlsx", write=raw(_OLE + bytes(600) + locked + bytes(3000)), error="protected with")
    yield Case(name="no-workbook.xls", write=raw(_OLE + bytes(3000)), error="damaged, or not a workbook")
    yield Case(name="word.xls", write=raw(_OLE + b"\xff" * 3000), error="damaged, or not a workbook")


def _lying(path: Path) -> None:
    """The directory of the zip says that 40 MB are 4."""
    _zip_of("xl/sharedStrings.xml", random.Random(1).randbytes(_MEGABYTE), 40)(path)
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = (4 * _MEGABYTE).to_bytes(4, "little")
    path.write_bytes(content)


def _locked(path: Path) -> None:
    """The directory of the zip says that its parts are encrypted."""
    _sound_xlsx(path)
    content = bytearray(path.read_bytes())
    place = content.find(b"PK\x01\x02")
    while place >= 0:
        content[place + 8] |= 1
        place = content.find(b"PK\x01\x02", place + 1)
    path.write_bytes(content)


def _sheet_bombs() -> Iterator[Case]:
    far = "span 1,048,576 rows"
    for name, cell in (
        ("plain", '<c r="XFD1048576"><v>1</v></c>'),
        ("styled", '<c r="XFD1048576" s="1" t="str"><v>x</v></c>'),
        ("quotes", "<c r='XFD1048576'><v>1</v></c>"),
        ("small", '<c r="xfd1048576"><v>1</v></c>'),
        ("spaced", '<c\nt="n" r="XFD1048576" ><v>1</v></c >'),
        ("entity", '<c r="&#88;FD1048576"><v>1</v></c>'),
        ("formula", '<c r="XFD1048576"><f>1</f></c>'),
        ("inline", '<c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c>'),
    ):
        write = xlsx(f'<sheetData>{_HEAD}<row r="1048576">{cell}</row></sheetData>')
        yield Case(name=f"far-{name}.xlsx", write=write, error=far)
    tall = '<row r="999999999"><c r="A999999999"><v>1</v></c></row>'
    yield Case(name="too-tall.xlsx", write=xlsx(f"<sheetData>{_HEAD}{tall}</sheetData>"), error="A999999999")
    wide = "".join(f"<c><v>{n}</v></c>" for n in range(1_000_000))
    million = f'<sheetData><row>{wide}</row><row r="9"><c><v>1</v></c></row></sheetData>'
    yield Case(
        name="million-columns.xlsx", write=xlsx(million), error="cells span 16,385 columns, and 16,384 is the most"
    )
    letters = '<row r="2"><c r="ABCDE2"><v>1</v></c></row>'
    yield Case(name="five-letters.xlsx", write=xlsx(f"<sheetData>{_HEAD}{letters}</sheetData>"), error="ABCDE2")
    laughs = f'<sheetData>{_HEAD}<row r="2"><c r="A2" t="str"><v>&k;</v></c></row></sheetData>'
    yield Case(name="laughs.xlsx", write=xlsx(laughs, before=_LAUGHS), error="document type declaration")
    for part in ("xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"):
        content = f"<?xml version='1.0'?>{_LAUGHS}<sst><si><t>&k;</t></si></sst>"
        name = part.rpartition("/")[2]
        write = xlsx(f"<sheetData>{_HEAD}</sheetData>", more={part: content})
        yield Case(name=f"laughs-{name}.xlsx", write=write, error="document type declaration")
    deep = "<a>" * 300_000 + "</a>" * 300_000
    yield Case(name="deep.xlsx", write=xlsx(f"<sheetData>{_HEAD}</sheetData>{deep}"), error="no row of data")
    merges = '<mergeCell ref="A1:XFD1048576"/>' * 20_000
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(2, 3_000))
    overlaid = xlsx(f"<sheetData>{_HEAD}{rows}</sheetData><mergeCells>{merges}</mergeCells>")
    yield Case(name="merges.xlsx", write=overlaid, error="merged cells that overlap")
    for name in ("xl/sharedStrings.xml", "XL/SharedStrings.XML"):
        strings = functools.partial(_one_string, part=name)
        case = name.replace("/", "-")
        yield Case(name=f"one-string-{case}.xlsx", write=strings, error="more than 150,000,000 characters")
    many_sheets = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, 2_000))
    yield Case(name="many-sheets.xlsx", write=xlsx("", sheets=many_sheets), error="sheets: choose one with --sheet")
    twice = '<sheet name="Wave" sheetId="7" r:id="rId7"/>'
    yield Case(name="twice.xlsx", write=xlsx("", sheets=twice), error="two of its sheets are called 'Wave'")
    yield Case(name="no-sheet.xlsx", write=_without_sheet, error="sheet1.xml")


def _one_string(path: Path, part: str) -> None:
    """A string of a megabyte that a hundred thousand cells use."""
    text = random.Random(1).randbytes(_MEGABYTE // 2).hex()
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 100_000))
    strings = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{text}</t></si></sst>'
    xlsx(f"<sheetData>{_HEAD}{rows}</sheetData>", more={part: strings})(path)


def _without_sheet(path: Path) -> None:
    xlsx("")(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if "sheet1" not in name}
    zipped(parts)(path)


def _ods_bombs() -> Iterator[Case]:
    cell = '<table:table-cell office:value-type="string" %s><text:p>client</text:p></table:table-cell>'
    row = "<table:table-row %s>%s</table:table-row>"
    gap = row % ('table:number-rows-repeated="1048575"', "<table:table-cell/>")
    for name, rows in (
        ("wide", row % ("", cell % 'table:number-columns-repeated="2147483647"')),
        ("wider", row % ("", cell % 'table:number-columns-repeated="99999999999999999999"')),
        ("tall", row % ('table:number-rows-repeated="500000000"', cell % "")),
        ("both", row % ('table:number-rows-repeated="100000"', cell % 'table:number-columns-repeated="100000"')),
        ("far", gap + row % ("", '<table:table-cell table:number-columns-repeated="16383"/>' + cell % "")),
    ):
        yield Case(name=f"{name}.ods", write=ods(rows), error="cells span|number-columns-repeated")
    long = cell.replace("client", "client" * 100_000) % 'table:number-columns-repeated="16000"'
    yield Case(name="long.ods", write=ods(row % ("", long)), error="more than 150,000,000 characters")
    spaces = '<text:s text:c="999999999"/>' * 100
    many = row % ("", f'<table:table-cell office:value-type="string"><text:p>{spaces}</text:p></table:table-cell>')
    yield Case(name="spaces.ods", write=ods(many), error="more than 150,000,000 characters")
    laughs = ods(row % ("", "<table:table-cell><text:p>&k;</text:p></table:table-cell>"), before=_LAUGHS)
    yield Case(name="laughs.ods", write=laughs, error="document type declaration")
    yield Case(name="text.ods", write=zipped({"content.xml": "<office/>"}), error="no spreadsheet in it")


def _sound_xlsx(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Wave")
        for number, cells in enumerate(BASIC * 20):
            sheet.write_row(number, 0, cells)
            sheet.write_number(number, 5, number, book.add_format({"num_format": "00000"}))


def _sound_ods(path: Path) -> None:
    cells = '<table:table-cell office:value-type="string"><text:p>%s</text:p></table:table-cell>'
    ods("".join(f"<table:table-row>{''.join(cells % cell for cell in row)}</table:table-row>" for row in BASIC))(path)


def _sound_xls(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Wave")
    for number, cells in enumerate(BASIC * 20):
        for column, cell in enumerate(cells):
            sheet.write(number, column, cell)
    book.save(str(path))


def _cut(write: Callable[[Path], None], percent: int) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        write(path)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) * percent // 100])

    return cut


def _flipped(write: Callable[[Path], None], seed: int) -> Callable[[Path], None]:
    def flip(path: Path) -> None:
        write(path)
        content = bytearray(path.read_bytes())
        chance = random.Random(seed)
        for _ in range(10):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)

    return flip


def _mutated(write: Callable[[Path], None], seed: int) -> Callable[[Path], None]:
    """Change the XML in a sound zip, so that it gets as far as the readers of spreadsheets."""

    def mutate(path: Path) -> None:
        write(path)
        chance = random.Random(seed)
        with zipfile.ZipFile(path) as archive:
            parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
        for content in parts.values():
            for _ in range(chance.randrange(3)):
                place = chance.randrange(len(content))
                content[place] = chance.choice(b"0123456789AZaz<>\"'/& ")
        zipped({name: bytes(content) for name, content in parts.items()})(path)

    return mutate
