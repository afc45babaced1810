"""The whole program on a virtual clock, with everything going wrong that can, from a seed that repeats it exactly.

What is real: bulkprov from its composition root down (aiohttp's client, journal in SQLite, governor, pipeline), and the
simulated CommServe (aiohttp's server, its rules and faults). What is not: time, chance, TCP and threads.

* `network`: connections in memory that lose, delay and cut;
* `weather`: what goes wrong in a world, drawn from its seed;
* `machine`: one process after the other works on a journal, and is let live, stopped or killed;
* `world`: a wave is run until it is done, perhaps rolled back, and held against the server's own record throughout;
* `invariants`: what must be true of it, whatever happens;
* `story`: what happened, and a digest of it.

One command runs any number of worlds on all cores, or a single one again, with its story::

    python -m tests.simulation --seeds 20000
    python -m tests.simulation --seed 17 --trace
"""
