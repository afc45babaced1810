"""Workbooks: what each cell shows, in XLSX, XLSM, XLS and ODS. Read `worksheet` first, then `workbook`."""
