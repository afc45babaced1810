"""How many exchanges may be under way, and which goes next.

`gate` is what the pipeline sees; `adaptive_limit` finds out how many requests the server takes at once; `slots` hands
out the places. Nothing here knows what an exchange is about.
"""
