"""A run: a folder with a journal, from the sheet it begins with to the results it ends with.

The room puts the others together: sheets fill the journal, the engine works on it over the web service, the report is
made from it. It decides nothing about a row and knows no terminal. Read `run` first, then `execute` and `assemble`.
"""
