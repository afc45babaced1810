"""The CommServe itself: what exists, what it creates and refuses, and who is signed in.

It knows nothing of HTTP, wire formats or faults. Read `rules` first::

    rules           what is created and what is refused, with the vendor's codes and texts
    views           what reads show of the sets, late or cut where the settings say so
    sessions        tokens: issued, checked, renewed and ended
    state           everything that is stored, in SQLite
    estate          what exists before the first request
"""
