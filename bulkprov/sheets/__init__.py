"""From a spreadsheet as ops teams send it to rows of text, as the operator sees them.

It finds the table in a file, tells which column is which, and gives every row with its number, the text in its cells
and what is wrong with it. It must not know the server, the journal or what becomes of a row. Readers know files and no
meaning, `header` knows meaning and no files; whether a value is right is asked in `validate` alone. Read `open` first::

    open        opens a file: finds out what kind it is, and gives a `Sheet`
    memory      the same for rows that a program has in memory
    delimited   CSV, and text with other separators
    separators  what to say if none of the usual ones is between the columns
    text_cells  what a spreadsheet program makes of a cell of text
    encoding    which encoding a text file is in
    guess       which one it is if neither a mark nor the bytes tell
    spelling    whether text is spelled as some language spells, for telling encodings apart
    excel       workbooks; a room of its own
    other_files what is no sheet, and what it is instead
    table       what every reader gives: the header, and rows of text with their numbers
    header      where the table begins, which column is which
    no_data     rows that are no data, though they have text
    columns     the columns that a sheet may have, and the names they go by
    nearest     which of many names was meant by one that is none of them
    doubtful    cells whose text may not be their value, in the file of the rows to fix
    rows        a row as it comes in, with its faults, and as it goes out
    validate    the checks of a row
    template    an empty sheet for the ops team
"""

from bulkprov.sheets.memory import IN_MEMORY, Rows, sheet_of
from bulkprov.sheets.open import Sheet, is_workbook, open_sheet

__all__ = ["IN_MEMORY", "Rows", "Sheet", "is_workbook", "open_sheet", "sheet_of"]
