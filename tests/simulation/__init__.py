"""Deterministic simulation: the whole program in virtual worlds where everything goes wrong, replayed from a seed.

Real: bulkprov from its composition root down (aiohttp's client, the journal in SQLite, throttle and pipeline), and the
simulated CommServe (aiohttp's server, the rules and the faults). Not real: time, chance, TCP and threads.

* `weather`: what a world is like, drawn from its seed: server, network, machine, operator and sheet;
* `traits`: what breaks promises besides, in some worlds: other actors, unreliable lists, gateways, clocks;
* `network`: connections in memory that delay, lose and cut;
* `machine`: one process after another works on a journal until it ends or is stopped or killed;
* `world`: a wave is run to its end, perhaps rolled back, and compared with the server's own record throughout;
* `invariants`: what must be true of it, whatever happens;
* `crowded`: the same in worlds with traits, where a second bulkprov, an operator and a script (`actors`) may act;
* `ledger`: who made and deleted what, and when; by it `promises` are kept or broken, and their limits excused;
* `history`: what happened, and a digest of it;
* `runner`: many worlds on all cores, and the command line.

One command runs any number of worlds, or a single one again with its history::

    python -m tests.simulation --seeds 20000
    python -m tests.simulation --seed 17 --trace

Worlds with traits, and how many of them break which promise::

    python -m tests.simulation --seeds 300 --worlds new --count
"""
