"""The engine: makes each wanted thing exist once. What comes next for a row, and the loop that does it.

The room must not know Commvault, sheets, files or HTTP: what it needs of the world is a protocol. Read `lifecycle`
first (it has the picture of a row's life), then `operations` and `pipeline`::

    pipeline      the loop: a queue of rows, workers, rows that wait, how a run stops
    operations    what a command wants of each row, as one value each
    backoff       how long a row waits
    lookups       listings, shared by all rows of a scope
    ports         what the pipeline needs of the world, as protocols
    throttle      when an exchange may be made; a room of its own
    lifecycle     where a row goes next, and the rules of a create
    absence       when a look that finds nothing is believed
    plausible     whether a reply can be the answer to its own request
    ending        how a row ends: its outcome
    model         the values that travel between all modules
    stop          the signal that stops a run
    timeseries    how a number changed over time
    wanted        what the engine knows of a wanted thing: its key, its scope, its name
"""
