"""Workbooks: the text that each cell displays, in XLSX, XLSM, ODS and XLS.

pandas gives the values of cells. This room finds out what the operator sees in their place, and makes sure first that a
file asks for no more memory than there is. It knows files and cells; what a column means it must not know, and asks
`bulkprov.sheets.header` which row has the columns. Read `worksheet` first, then `workbook`::

    worksheet           which worksheet has the table, and its rows: values and display put together
    workbook            opens a workbook of any kind; pandas is called here
    xlsx_cells, xlsx    XLSX and XLSM: what the cells of a worksheet display; the workbook's sheets and styles
    ods, xls            ODS and XLS: the same
    shared_strings      XLSX: how much text the cells come to
    displayed           what these find out about cells
    number_formats      from a number and its format to the text in the cell
    dates               the same for dates and times
    format_codes        the code of a number format, taken apart
    zip_guard, extent   what a file may ask for: as a zip; in rows, columns and characters
"""
