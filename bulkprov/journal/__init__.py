"""The journal: one SQLite file with every row, each exchange before it left, and every outcome.

The room knows how values are stored. It must not know what they lead to, the server, or the files that people read.
Read `store` first, then `schema`::

    group_commit  the event loop's entries, brought to disk in batches by one thread
    keys          what rows of two runs have in common
    salvage       what is whole in a damaged journal, in a new one
    view          the rows as they look now, unfinished ones too
    store         the journal of one run, held open: what is stored, and what is left to do
    intake        the rows of a wave taken in, all or none
    duplicates    rows that repeat another
    planned       what a plan has said of rows that nothing was sent of
    turns         the order in which rows are worked on
    rows          a row of a journal, and what one commit brings to disk
    codec         values to and from text, by name
    schema        tables and statements
    sqlite        the file: locked, and durable
"""
