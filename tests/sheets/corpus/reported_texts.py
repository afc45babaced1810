"""Text files of kinds that people reported: formulas in cells, quotes and separators that are none, and bad ends."""

from collections.abc import Iterator
from typing import Any

from tests.sheets.corpus.case import Case, raw

__all__ = ["reported_text_cases"]

_ROW = ("client001", "FS_1", "Gold")


def reported_text_cases() -> Iterator[Case]:
    """All of them."""
    head = "clientName,backupsetName,planName\n"

    def text(name: str, content: str | bytes, **more: Any) -> Case:
        content = content if isinstance(content, bytes) else content.encode()
        return Case(name=f"reported-{name}.csv", write=raw(content), **more)

    no_result = {2: "A2: clientName is a formula, and a text file does not have its result: write what it shows"}
    for number, formula in enumerate(
        ('"=HYPERLINK(""http://x"",""client001"")"', "=T(A9)", "+UPPER(A9)", "=A9", "='My sheet'!$A$9", '= "a"&"b"')
    ):
        cell = formula.strip('"').replace('""', '"') if formula[0] == '"' else formula
        yield text(
            f"formula-{number}", f"{head}{formula},FS_1,Gold\n", rows=((2, (cell, "FS_1", "Gold")),), faults=no_result
        )
    for number, name in enumerate(("=1+1", "=client", "-client", "@client", "client(1)", "=ABCD1")):
        yield text(f"no-formula-{number}", f"{head}{name},FS_1,Gold\n", rows=((2, (name, "FS_1", "Gold")),))
    spaced = {2: "B2: backupsetName has a space before its quotes, so that they are part of the text"}
    cells = ((2, ("client001", ' "FS_1"', "Gold")),)
    yield text("space-before-quotes", head + 'client001, "FS_1",Gold\n', rows=cells, faults=spaced)
    yield text("end-of-file", head + "client001,FS_1,Gold\r\n\x1a", rows=((2, _ROW),))
    yield text("end-of-file-and-line", head + "client001,FS_1,Gold\r\n\x1a\r\n", rows=((2, _ROW),))
    cut = "ends in zero bytes, as an unfinished download or a crash leaves it"
    yield text("zeros-at-its-end", head + "client001,FS_1,Gold\n" + "\0" * 512, error=cut)
    said = "line 3 is not utf-8-sig text, as the file's first bytes say that it is: save it again as UTF-8"
    yield text(
        "mark-of-another-encoding", b"\xef\xbb\xbf" + f"{head}c,n,p\r\nc,Köln,p\r\n".encode("cp1252"), error=said
    )
    for name, content, words in (
        ("wrong-sep", "sep=,\nclientName;backupsetName\nc;n\n", 'says "sep=,", but line 2 has semicolons between'),
        (
            "tilde",
            "clientName~backupsetName\nc~n\n",
            'line 1 seems to have "~" between its columns: give --delimiter "~"',
        ),
        ("lined-up", "Wave\nclientName    backupsetName\nc    n\n", "the columns of line 2 are lined up with spaces"),
        ("single-quotes", "'clientName','backupsetName'\n'c','n'\n", "line 1 has quotes that CSV does not know"),
        ("typed-quotes", "“clientName”,“backupsetName”\n“c”,“n”\n", "line 1 has quotes that CSV does not know"),
        ("spaced-header", '"clientName", "backupsetName"\n"c", "n"\n', "line 1 has spaces before its quotes"),
    ):
        yield text(name, content, error=words)
    asked = {"delimiter": "#"}
    yield text(
        "wrong-delimiter", head + "c,n,p\n", options=asked, error="line 1 seems to have commas.*leave --delimiter out"
    )
