"""A run: a folder with a journal, from the sheet it begins with to the results it ends with.

The room puts the others together: sheets fill the journal, the engine works on it over the web service, and the report
is made from it. It must not know commands or a terminal, and decides nothing about a row. Read `run` first, then
`intake`, `job` and `assemble`::

    begin         a run begins: of a sheet, again, or beside another to verify or plan it
    execute       a job carried out: what came of it, and what it cost
    under_way     runs that work on the same sets at the same time
    assemble      the parts of a run at work, put together for a job and driven
    strayed       rows of a run that are about to be run by themselves
    intake        the rows taken in, from a sheet or from the run that is rerun
    earlier_plan  what has changed since an earlier plan
    history       one row's history, for a ticket
    wave          a run and all its reruns
    overviews     all runs below a folder
    unchanged     rows that were refused, and are planned again as they were
    advice        what more can be said of a row that was refused
    audit         rows looked at once more, when all creates are settled
    brakes        what stops a run or holds it back: window, canary, too many errors
    gated         reads of the web service, when the gate lets them pass
    job           one operation on one run, with all that it takes
    run           a run's folder held open: manifest, journal, log, results
    reporting     the results, written in each format in which they are there
    kept_plan     what a plan has said of a run that it has stopped
    go_on         how a row goes on that was left before its end
    kept_options  brakes and marks that a run was given, for later commands on it
    own_server    the server that a run belongs to
    holder        which run holds the rows of one that was rerun
    policy        how much a row may cost, by the settings
    leftovers     what a run may have made and its rollback leaves
    summary_facts what the Summary says of a run as a whole
    rerun         the rows of a rerun, from those of an earlier run and corrections
    doubts        doubts about what a cell says, until the operator types it
    new_rows      the rows of a sheet, a results file, a verification or a plan
    connect       the web service, reached and signed in to
    environment   clocks, chance, threads and signals
    log           the run's log
    observer      what follows the work: told, asked and shown
    corrections   which row each corrected row belongs to, and how columns are matched
    progress      how far a run at work is, for other processes
    manifest      the facts of a run as one value
    folder        what a run's files and folder are called
    mask          secrets, kept out of what is written and shown
"""
