"""From a spreadsheet as ops teams send it to rows of text, as the operator sees them.

::

    sheet       the door: open_sheet, Sheet
    delimited   CSV and its kin          encoding   which one a text file is in
    workbook    XLSX, XLSM, XLS, ODS
    header      where the table begins, which column is which
    table       what readers give: rows of text with their numbers

Readers know files and no meaning, `header` knows meaning and no files. Whether a value is right is not asked here but
in `bulkprov.validate`.
"""

from bulkprov.loader.sheet import Sheet, open_sheet

__all__ = ["Sheet", "open_sheet"]
