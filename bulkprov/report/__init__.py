"""Reports: results, rows to fix and summary, as a workbook or CSV.

Rows are streamed, so that memory does not grow with the sheet. The room knows no journal, no server and no command: it
is given each row's `Result` and, in a `Context`, what is known of the run; and it decides nothing about a row. Nor does
it know what the rows name, beyond what their `Kind` and the error catalogue say.

Read `write` first, then `formats` and `results_sheet`::

    write            the files of a run: all rows, and the rows to fix
    formats          the formats they may have, and what writes each
    page             the page to look at, `results.html`
    results_sheet    the rows as sheets of a workbook
    summary_sheet    what became of the run, on one page
    failed_sheet     what the rows to fix have besides: drop-down lists, room for sentences
    xlsx_file        a workbook being written
    csv_file         the same rows as CSV
    dataframe        the same rows as a pandas DataFrame
    row              the cells of one row
    charts           charts, and
    styles           cell formats of the workbooks
    headline         the first lines of Summary and page
    context          what is known of the run besides its rows
    explain          why rows are not done
    error_catalogue  what errors mean
    aggregate        counts and totals
    over_time        what went over the wire when
    readable         numbers as people read them
    next_step        the command to type next
    statuses         what a status is called, means and looks like
    atomic_files     files that are there whole or not at all
"""
