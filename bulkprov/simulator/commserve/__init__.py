"""The CommServe itself: what exists, what it creates and refuses, and who is signed in.

It knows nothing of HTTP, wire formats or faults. Read `rules` first::

    rules           what is created and what is refused
    results         what becomes of a write; refusals with their codes and texts
    names           which name is stored, and when two are the same
    views           what reads show of the sets, late or cut where the settings say so
    sessions        tokens: issued, checked, renewed and ended
    state           everything that is stored, in SQLite
    schema          its tables, and files of earlier versions
    estate          what exists before the first request
"""
