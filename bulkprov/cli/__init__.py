"""The command line: commands, prompts, progress and messages.

The room knows the terminal and nothing of HTTP, SQLite or spreadsheets: a command opens a `Run`, has it executed, and
says how that ended. Read `app` first, then `commands` and `workflow`::

    main            from a command line to an exit code
    app             the list of commands; a command's module is imported when it is called
    commands        those that send the rows of a sheet
    plan            what a run would do, row by row
    made            those on what runs have made
    inspect         those that only read
    overviews       those on runs as a whole
    init            the settings of a first run
    probe           how a CommServe behaves
    simulate        a CommServe to rehearse against
    several         several sheets in one call
    workflow        what the commands that work on a run have in common
    before_sending  what is asked, or refused, before anything is sent
    failures        what a command says that has failed
    made_ends       how a rollback or a verification has ended
    plan_first      a plan before a run
    signing_in      where to, with which password, asked again; once for all jobs of a command
    closing         what they say when they have ended, and how the next command is typed
    messages        what they print, as text
    history_lines   the history of a row, as `show` prints it
    json_output     what they print, as JSON
    events          the JSON lines of `--events`, as rows end
    probe_lines     the same of `probe`
    run_lines       the list of runs
    rollback_lines  what a rollback deletes and leaves
    parser_words    what is wrong with a command line
    plan_lines      what a plan says last
    plan_changes    what has changed since an earlier plan
    settings_text   the text of a settings file of which some options are written anew
    words           how all messages write figures, and how many rows they name
    wrapping        lines broken to the width of a terminal
    interrupted     what is left after Ctrl-C
    progress        the live display, or lines where there is no terminal
    pace            where a run stands, in words: counts, speed, time left
    prompts         questions
    options         options that several commands have
    config          options from the environment and from the settings file
    origins         where each option of the command came from
"""
