"""Delimited files: each encoding with each separator and line end, and what people do to CSV by hand."""

import codecs
import csv
import io
from collections.abc import Iterator

from tests.sheets.corpus.case import BASIC, Case, Rows, basic_rows, raw

__all__ = ["text_cases"]

_HEADER = "clientName,backupsetName,planName\n"
_ENCODINGS = {
    "utf8": ("utf-8", b""),
    "utf8-mark": ("utf-8", codecs.BOM_UTF8),
    "utf16le-mark": ("utf-16-le", codecs.BOM_UTF16_LE),
    "utf16be-mark": ("utf-16-be", codecs.BOM_UTF16_BE),
    "utf16le": ("utf-16-le", b""),
    "utf16be": ("utf-16-be", b""),
    "utf32-mark": ("utf-32-le", codecs.BOM_UTF32_LE),
    "cp1252": ("cp1252", b""),
}
_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}


def text_cases() -> Iterator[Case]:
    """All of them."""
    yield from _grid()
    yield from _good()
    yield from _values()
    yield from _headers()
    yield from _ragged()
    yield from _bad()


def _csv(rows: tuple[tuple[str, ...], ...], separator: str = ",", end: str = "\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(rows)
    return text.getvalue()


def _text(name: str, text: str, rows: Rows = (), **more: object) -> Case:
    return Case(name=f"{name}.csv", write=raw(text.encode()), rows=rows, **more)  # type: ignore[arg-type]  # passed on


def _grid() -> Iterator[Case]:
    for encoding, (codec, mark) in _ENCODINGS.items():
        for separator, character in _SEPARATORS.items():
            for end, line_end in _ENDS.items():
                content = mark + _csv(BASIC, character, line_end).encode(codec)
                plain = separator == "comma" and encoding.startswith("utf8")
                notes = ("cp1252.*Köln",) if encoding == "cp1252" else (f"separated by {separator}s",) * (not plain)
                yield Case(name=f"{encoding}-{separator}-{end}.csv", write=raw(content), rows=basic_rows(), notes=notes)


def _good() -> Iterator[Case]:
    head, row = _HEADER, "client001,FS_1,Gold\n"
    one: Rows = ((2, ("client001", "FS_1", "Gold")),)
    yield _text("no-newline-at-end", head + row.rstrip(), one)
    yield _text("blank-lines-at-end", head + row + "\n\n\n", one)
    yield _text("blank-lines-between", head + "\n" + row + "\n" + row, ((3, one[0][1]), (5, one[0][1])))
    yield _text("rows-of-separators", head + ",,\n" + row + " , ,\n", ((3, one[0][1]),))
    yield _text("quoted-line-break", head + 'c,"a\nb",p\n' + row, ((2, ("c", "a\nb", "p")), (3, one[0][1])))
    yield _text("quoted-blank-line", head + 'c,"a\n\nb",p\n' + row, ((2, ("c", "a\n\nb", "p")), (3, one[0][1])))
    yield _text("quoted-separator", head + 'c,"a,b;c",p\n', ((2, ("c", "a,b;c", "p")),))
    yield _text("doubled-quotes", head + 'c,"19"" rack",p\n', ((2, ("c", '19" rack', "p")),))
    yield _text("quotes-inside", head + 'c,19" rack,p\n', ((2, ("c", '19" rack', "p")),))
    yield _text("quoted-empty", head + 'c,n,""\n', ((2, ("c", "n", "")),))
    yield _text("spaces-kept", head + " c , n\u00a0,\t\n", ((2, (" c ", " n\u00a0", "\t")),))
    yield _text(
        "title-rows", "Wave 3\nplanned by,Ann\n\n" + head + row, ((5, one[0][1]),), notes=("header is in row 4",)
    )
    yield _text("title-wider", "a,b,c,d,e,f,g\n" + head + row, ((3, one[0][1]),), notes=("header is in row 2",))
    yield _text(
        "first-row-wider", head + "a,b,c,d,e\n" + row, ((2, ("a", "b", "c")), (3, one[0][1])), faults={2: "d,e"}
    )
    yield _text("sep-line", "sep=;\nclientName;backupsetName\nc;a,b\n", ((2, ("c", "a,b")),))
    yield _text("sep-line-odd", "sep=^\nclientName^backupsetName\nc^a,b\n", ((2, ("c", "a,b")),))
    yield _text("asked-separator", "clientName#backupsetName\nc#n\n", ((2, ("c", "n")),), options={"delimiter": "#"})
    yield _text("own-separators", "clientName;a,b,c;backupsetName\nc;1,2,3;n\n", ((2, ("c", "1,2,3", "n")),))
    yield _text(
        "trailing-separators", head.strip() + ",\nc,n,p,\nc,m,p\n", ((2, ("c", "n", "p", "")), (3, ("c", "m", "p", "")))
    )
    yield _text("surplus-empty", head + "c,n,p,,,\n", ((2, ("c", "n", "p")),))
    yield _text("one-column-short-own", "clientName,backupsetName,,\nc,n\n", ((2, ("c", "n", "", "")),))
    yield Case(
        name="asked-encoding.csv",
        write=raw((head + "c,Łódź,p\n").encode("cp1250")),
        rows=((2, ("c", "Łódź", "p")),),
        options={"encoding": "cp1250"},
    )
    yield Case(name="called.xlsx", write=raw((head + row).encode()), rows=one)
    long = "x" * 40_000
    yield _text("long-cell", head + f"c,n,{long}\n", ((2, ("c", "n", long)),))
    many = tuple((number, (f"c{number}", "n")) for number in range(2, 6_002))
    yield _text("three-chunks", "client,backupset\n" + "".join(f"{c},{n}\n" for _, (c, n) in many), many)


def _values() -> Iterator[Case]:
    for word in (
        "NA",
        "N/A",
        "nan",
        "NULL",
        "None",
        "-inf",
        "0x1F",
        "1e5",
        "007",
        "TRUE",
        "1,5",
        "12345678901234567890",
    ):
        name = word.replace("/", "_").replace(",", "_")
        yield _text(f"value-{name}", _csv((("clientName", "backupsetName"), (word, word))), ((2, (word, word)),))
    for number, start in enumerate(
        ("=", "+", "-", "@", "'", "\t", '"', "=cmd|' /C x'!A0", "{=1}", "%", "#REF!", "http://x")
    ):
        value = f"{start}1+1"
        yield _text(f"payload-{number}", _csv((("clientName", "backupsetName"), ("c", value))), ((2, ("c", value)),))


def _headers() -> Iterator[Case]:
    names = (
        *("client", "Client Name", "CLIENT COMPUTER", "client_name", "Client-Name", " clientname ", "clientName*"),
        *("client name:", "\u00a0clientName", "ClientComputer"),
    )
    for number, name in enumerate(names):
        yield _text(f"client-{number}", f"{name},backupsetName\nc,n\n", ((2, ("c", "n")),))
    for number, name in enumerate(("backupset", "Backup Set", "BACKUP_SET_NAME", "backup set name", "Backupset Name")):
        yield _text(f"backupset-{number}", f"x,{name},client\n1,n,c\n", ((2, ("1", "n", "c")),))
    for number, name in enumerate(("Agent", "agent type", "DataAgent", "iDataAgent", "Application", "App Name")):
        yield _text(f"agent-{number}", f"client,backupset,{name}\nc,n,x\n", ((2, ("c", "n", "x")),))
    for number, name in enumerate(("On Demand", "ondemand", "On-Demand", "onDemandBackupset")):
        yield _text(f"demand-{number}", f"client,backupset,{name}\nc,n,x\n", ((2, ("c", "n", "x")),))
    yield _text("own-status", "client,backupset,status,note\nc,n,open,x\n", ((2, ("c", "n", "open", "x")),))
    for wrong, right in (
        ("clinetName", "clientName"),
        ("clientNmae", "clientName"),
        ("cliantName", "clientName"),
        ("clintName", "clientName"),
    ):
        yield _text(f"misspelt-{wrong}", f"{wrong},backupsetName\nc,n\n", error=f'"{wrong}" meant to be {right}')
    for wrong, right in (
        ("planNmae", "planName"),
        ("instanceNam", "instanceName"),
        ("aplication", "appName"),
        ("onDemandBackupSets", "onDemandBackupset"),
        ("instnace", "instanceName"),
    ):
        yield _text(f"misspelt-{wrong}", f"client,backupset,{wrong}\nc,n,x\n", error=f"misspelt {right}")
    yield _text("no-client", "backupsetName\nn\n", error="no column clientName")
    yield _text("neither", "a,b\n1,2\n", error="no column backupsetName and clientName.*Row 1 has: a, b")
    yield _text("twice", "client,clientName,backupset\na,b,c\n", error="both mean clientName")
    yield _text("header-too-low", "x\n" * 60 + _HEADER + "c,n,p\n", error="no column")


def _ragged() -> Iterator[Case]:
    good = (4, ("c", "n", "p"))
    yield _text("long-row", _HEADER + "c,n,p\nc,n,p,x\nc,n,p\n", ((2, good[1]), (3, good[1]), good), faults={3: '"x"'})
    yield _text(
        "short-row", _HEADER + "c,n,p\nc,n\nc,n,p\n", ((2, good[1]), (3, ("c", "n", "")), good), faults={3: "2 cells"}
    )
    yield _text(
        "all-rows-long", _HEADER + "c,n,p,x\nc,n,p,y\n", ((2, good[1]), (3, good[1])), faults={2: '"x"', 3: '"y"'}
    )
    yield _text("one-cell", _HEADER + "c\nc,n,p\n", ((2, ("c", "", "")), (3, good[1])), faults={2: "1 cell"})


def _bad() -> Iterator[Case]:
    yield Case(name="empty.csv", write=raw(b""), error="file is empty")
    yield Case(name="only-mark.csv", write=raw(codecs.BOM_UTF8), error="sheet is empty")
    yield _text("only-blank", "\n\n  \n", error="sheet is empty")
    yield _text("header-only", _HEADER, error="no row of data")
    yield _text("header-and-blank", _HEADER + ",,\n\n", error="no row of data")
    yield _text("open-quote", _HEADER + 'c,n,p\nc,"n,p\nc,n,p\n', error="quote opened in row 3 is never closed")
    yield _text("behind-quote", _HEADER + 'c,n,p\nc,"n"x,p\n', error="row 3 has text behind a closing quote")
    yield _text("asked-bad-separator", _HEADER + "c,n,p\n", error="one character", options={"delimiter": "ab"})
    yield _text(
        "asked-unknown-encoding", _HEADER + "c,n,p\n", error="no encoding 'klingon'", options={"encoding": "klingon"}
    )
    yield _text("asked-wrong-encoding", _HEADER + "c,ö,p\n", error="not ascii text", options={"encoding": "ascii"})
    yield _text("asked-sheet", _HEADER + "c,n,p\n", error="no worksheets", options={"sheet": "Wave"})
    yield _text("zero-byte", _HEADER + "c,n\0,p\n", error="zero bytes")
    yield _text("huge-cell", _HEADER + f"c,n,{'x' * 200_000}\n", error="cell of more than")
    yield _text("huge-line", _HEADER + "x" * 5_000_000, error="characters: this is not a table")
    yield _text("million-columns", "client,backupset" + ",x" * 1_000_000 + "\nc,n\n", error="cells; 16,384 is the most")
    mixed = _HEADER.encode() + "c,Köln,p\n".encode() + "c,Köln,p\n".encode("cp1252")
    yield Case(name="mixed-encodings.csv", write=raw(mixed), error="some of it is UTF-8 .line 2. and some is not")
    yield Case(
        name="no-encoding.csv", write=raw(_HEADER.encode() + b"c,\x81\xff,p\n"), error="neither UTF-8 nor cp1252"
    )
    yield Case(name="half-utf16.csv", write=raw(_csv(BASIC).encode("utf-16")[:-1]), error="not utf-16 text")
    yield Case(
        name="surrogate.csv", write=raw("clientName\n\ud800".encode("utf-16", "surrogatepass")), error="not utf-16"
    )
    for name, start, kind in (
        ("page", b"<!DOCTYPE html><table>", "web page"),
        ("page-table", b"\r\n<table><tr>", "web page"),
        ("excel2003", b'<?xml version="1.0"?><Workbook>', "web page or XML"),
        ("pdf", b"%PDF-1.7\n", "PDF"),
        ("gzip", b"\x1f\x8b\x08", "gzip"),
        ("png", b"\x89PNG\r\n", "picture"),
        ("rtf", b"{\\rtf1", "rich text"),
        ("binary", bytes(range(256)) * 20, "zero bytes"),
    ):
        yield Case(name=f"{name}.csv", write=raw(start + b" clientName,backupsetName\n1,2\n"), error=kind)
