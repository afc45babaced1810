"""From the journal to files that people read: results, the rows to fix, a summary, as a workbook or as CSV.

Rows stream through: nothing here grows with the sheet. The room knows no journal and no server, and it decides nothing:
what befell a row is told by its `Result`. Read `write` first, then `row` and `results_sheet`.
"""
