"""The command line: commands, prompts, progress and messages.

The room knows the terminal and nothing of HTTP, SQLite or spreadsheets: a command opens a `Run`, has it executed, and
says how that ended. Read `app` first, then `commands` and `workflow`::

    app             the list of commands; a command's module is imported when it is called
    commands        those that work on a server
    inspect         those that only read
    init            the settings of a first run
    probe           how a CommServe behaves
    simulate        a CommServe to rehearse against
    workflow        what the commands that work on a run have in common
    signing_in      where to, with which password, and asked again
    closing         what they say when they have ended, and how the next command is typed
    messages        what they print, as text
    json_output     what they print, as JSON
    events          the JSON lines of `--events`, as rows end
    probe_lines     the same of `probe`
    rollback_lines  what a rollback deletes and leaves
    plan_changes    what has changed since an earlier plan
    words           what all messages share
    progress        the live display
    prompts         questions
    options         options that several commands have
    config          options from the environment and from the settings file
"""
