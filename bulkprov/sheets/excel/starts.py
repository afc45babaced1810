"""How workbooks begin, by which they are told from text before anything that reads them is loaded."""

from typing import Final

__all__ = ["OLDER", "STARTS"]

OLDER: Final = {b"\x09\x00\x04\x00": 2, b"\x09\x02\x06\x00": 3, b"\x09\x04\x06\x00": 4}
"""How files of Excel begin that are no OLE files, and its versions."""

STARTS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", *OLDER)
"""How the files begin that are opened as workbooks: zips, OLE files, and those of Excel before version 5."""
