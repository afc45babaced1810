"""Throttling: concurrency, rate, circuit breakers. When an exchange may be made, and how many at once.

Nothing here knows what an exchange is about. Read `gate` first: it is what the pipeline uses, and combines the others::

    gate            what every exchange passes: slots, rate, pauses, retry budget and circuits together
    adaptive_limit  how many exchanges the server handles well at once
    steering        where the limit goes next, by latency
    cohort          exchanges that began together and are judged together
    comparison      whether exchanges take longer than they did, beyond chance, and how many of them only wait
    latency         the middle of some durations, and how sure it is
    ceiling         below which load the limit stays after a refusal
    slots           slots, a rate, and a budget of retries
    circuit         stops sending to a server that has fallen silent
    stop_rules      reasons to stop the run
"""
