"""Workbooks: the text that each cell displays, in XLSX, XLSM, ODS and XLS.

A cell's value and the format that it is seen through are taken from the same element in one pass, so that no two
readers can disagree; before, it is made sure that the file asks for no more memory than there is. The room knows files
and cells; what a column means it must not know, and asks `bulkprov.sheets.header` which row has the columns. Read
`worksheet` first, then `workbook`::

    worksheet           which worksheet has the table, and its rows
    workbook            opens a workbook of any kind
    xlsx_cells          XLSX and XLSM: what a worksheet displays
    plain_cells         a shortcut for nine cells in ten
    xlsx                the workbook's sheets and styles
    shared_strings      texts, as they are seen
    relationships       which part of the zip is which
    ods, ods_styles     ODS: what the worksheets display; what styles and settings hide, and what styles format
    ods_values          whether a cell's text and its value agree
    xls                 XLS: what a worksheet displays
    xls_formulas        which of its formulas were never calculated
    displayed           what these find out: the text in each cell, and what is wrong with it
    number_formats      from a number and its format to the text in the cell
    dates               the same for dates and times
    format_codes        the code of a number format, taken apart
    starts              how workbooks begin
    zip_guard, extent   what a file may ask for: as a zip; in rows, columns and characters
"""
