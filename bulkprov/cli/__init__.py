"""The command line: commands, prompts, progress and messages.

The room knows the terminal and nothing of HTTP, SQLite or spreadsheets: a command opens a `Run`, has it executed, and
says how that ended. Read `app` first (the list of commands, whose modules are imported when they are called), then
`commands`, and `workflow`, which has what the sending commands have in common.
"""
