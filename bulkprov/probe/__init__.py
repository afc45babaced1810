"""The probe: what a CommServe does where neither its manual nor a recorded reply tells.

It reads, and on a scratch client that the operator names it makes a few backup sets, looks at what the server says and
lists, and deletes them again. What it finds is a value, from which the words for the operator, the settings for
`bulkprov.toml` and a simulator that answers alike are made. Read `execute` first::

    execute      a probe from its first read to its last delete, and after a kill
    trials       what is tried with sets that the probe makes, in order
    clean_up     all sets of a probe deleted, and what is left
    reads        what is asked without making anything
    scratch      what is known of the probe's sets, and the way to make and to delete them
    sets         sets as a list or a read by id shows them
    server       one request after the other, at most one a second
    diary        what the probe has done, on disk before it is done
    conclusions  how the findings differ from what bulkprov assumes, and what that means for a wave
    likeness     the settings of a simulator that answers alike
    findings     what was found, as a value and as JSON
    answers      what one answer says
    hidden       names that findings must not have

The order of trials, and what each is for, is in `.github/docs/probe.md`.
"""
