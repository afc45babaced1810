"""From a spreadsheet as ops teams send it to rows of text, as the operator sees them.

::

    sheet                            the door: open_sheet, Sheet; looks at what kind of file it is
    delimited, encoding              CSV and its kin; which encoding a text file is in
    workbook                         which worksheet, and its rows: values and how they look, put together
    books                            opens a workbook, whatever its kind
    ooxml, opendocument, xls         how cells look: XLSX and XLSM, ODS, XLS
    guard, sharedstrings             how much a file may ask for
    looks, formats, dates            what is found out about cells; number formats; dates and times
    header                           where the table begins, which column is which
    table                            what readers give: rows of text with their numbers
    memory                           rows that a program has in memory already

Readers know files and no meaning, `header` knows meaning and no files. Whether a value is right is not asked here but
in `bulkprov.sheets.validate`.
"""

from bulkprov.sheets.memory import IN_MEMORY, Rows, sheet_of
from bulkprov.sheets.open import Sheet, open_sheet

__all__ = ["IN_MEMORY", "Rows", "Sheet", "open_sheet", "sheet_of"]
