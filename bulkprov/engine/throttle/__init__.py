"""Throttling: concurrency, rate, circuit breakers. When an exchange may be made, and how many at once.

Nothing here knows what an exchange is about. Read `gate` first: it is what the pipeline uses, and combines the others::

    gate            what every exchange passes: slots, rate, pauses, retry budget and circuits together
    adaptive_limit  how many exchanges the server handles well at once
    ceiling         below which load the limit stays after a refusal
    slots           slots, a rate, and a budget of retries
    circuit         stops sending to a server that has fallen silent
    stop_rules      reasons to stop the run
    latency         whether exchanges take longer than they did
"""
