"""The page `results.html`: what became of a run, to be looked at by those who were not there.

One file, which asks for nothing from anywhere: styles, script and charts are in it, and its Content-Security-Policy
lets no browser load more. It says everything of importance without its script, which only filters and sorts the table.

Read `file` first::

    file        the page being written: what it is made of, and the file
    table       which rows stand in its table, and which with their stories
    over_time   the charts over time
    svg         shapes, axes and words of a chart
    look        template, styles and script, and what the policy lets through

Beside them are the template (`page.html`), a row and its story (`row.html`), the styles (`page.css`: all colours, for
light and dark) and the script (`page.js`).
"""
