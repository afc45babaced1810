"""Reports: results, rows to fix and summary, as a workbook or CSV.

Rows are streamed, so that memory does not grow with the sheet. The room knows no journal, no server and no command: it
is given each row's `Result` and, in a `Context`, what is known of the run; and it decides nothing about a row. Nor does
it know what the rows name, beyond what their `Kind` and the error catalogue say.

Read `write.py` first, then `formats.py` and `results_sheet.py`. What a status is called, means and looks like is in
`statuses.py`; the command to type next is decided in `next_step.py`.
"""
