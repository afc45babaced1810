"""When an exchange may be made: how many at once, at which rate, and not at all while the server is silent.

`gate` is what the pipeline uses, and combines the others: `slots` hands out slots, turns and retries; `adaptive_limit`
finds out how many requests the server handles at once; `circuit` stops sending to a silent server; `stop_rules` finds
reasons to stop the run. Nothing here knows what an exchange is about.
"""
