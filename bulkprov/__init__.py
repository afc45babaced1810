"""bulkprov: create Commvault backup sets in bulk from a spreadsheet, and say truthfully what happened to every row.

Read a sheet of desired things, make each exist once, and say what happened to every row, even if the network, the
server or the power fails in the middle. Three ideas carry the package:

* **A row is a small state machine, and it is pure.** It can *look* (is the set there?) and *act* (create it). After
  each exchange `life.after` says what comes next, from where the row stands and how the exchange ended.
* **The journal is the truth.** What is about to be sent is on disk before it leaves; results, progress and resuming
  are views of the journal. Resuming is not a mode: it is the same loop over a journal that is not empty.
* **Every exchange ends in one of three ways**: answered, not taken, or in doubt. What is in doubt is never sent again
  before a look-up has settled it.

The map; imports run one way, down, and modules on one line do not import each other::

    cli, words                                                 commands, and words for people
    run                                                        a run folder, opened; the library's door
    session | runs                                             real parts chosen, put together, driven; run folders
    pipeline | report | loader | progress | simulator | wave   the loop; sheets in and out; a CommServe to rehearse with
    surroundings                                               clocks, connections, signals: real, or a rehearsal's
    commits | webservice                                       group commit; the vendor's calls, giving verdicts
    journal | lookups | governor | auth | transport            disk; shared listings; the gate; tokens; HTTP
    life | verdict | backupset | validate | stored | stopping  what comes next; how an exchange ended; messages; checks
    wire | log | settings | safe | columns                     trees and bytes; run.log; options; text fit to be shown
    model                                                      the words we speak
    errors                                                     what ends a command early, and with which exit code

`retry` (how long a row waits) stands on `life`. The simulator shares `wire` and `errors` with the rest and nothing
else, so that it cannot agree with our mistakes.
"""

__version__ = "0.1.0"
__all__ = ["__version__"]
