"""Throttling: concurrency, rate, circuit breakers. When an exchange may be made, and how many at once.

`gate` is what the pipeline uses, and combines the others: `slots` hands out slots, turns and retries; `adaptive_limit`
finds out how many requests the server handles at once; `circuit` stops sending to a silent server; `stop_rules` finds
reasons to stop the run. Nothing here knows what an exchange is about.
"""
