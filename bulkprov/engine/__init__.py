"""The engine: makes each wanted thing exist once. What comes next for a row, and the loop that does it.

The room must not know Commvault, sheets, files or HTTP: what it needs of the world is a protocol. Read `lifecycle`
and `creating` first (which has the picture of a row's life), then `operations` and `pipeline`::

    pipeline      the loop: a queue of rows, workers, rows that wait, how a run stops
    exchanges     the exchanges of rows, made when the gate lets them pass
    ahead         lists that are asked for before the workers come to their rows
    record        what becomes of rows, written down
    parts         what a pipeline is put together from
    operations    what a command wants of each row, as one value each
    backoff       how long a row waits
    lookups       listings, shared by all rows of a scope
    answers       what a listing tells of one thing in it
    costs         what a listing costs in memory
    weak          answers without a list, and when they are believed
    ports         what the pipeline needs of the world, as protocols
    throttle      when an exchange may be made; a room of its own
    targets       the rules for things that were reported: to roll back, verify and audit them
    creating      the rules of a create
    lifecycle     where a row goes next
    absence       when a look that finds nothing is believed
    plausible     whether a reply can be the answer to its own request
    ending        how a row ends: its outcome
    reading       the marks of what a look has found, read one after the other
    evidence      whether this run made a thing
    tally         the counts of a piece of work
    model         the values that travel between all modules
    index         a listing by ids
    known_ids     the ids that a run knows, and the witnesses that a list must have
    marks         what a create carries, so that its thing is recognised
    policy        how much a row may cost
    priority      which of the exchanges that wait comes next
    stop          the signal that stops a run
    timeseries    how a number changed over time
    wanted        what the engine knows of a wanted thing: its key, its scope, its name
"""
