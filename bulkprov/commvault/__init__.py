"""The Commvault web service: the vendor's messages, what an answer means, tokens, and HTTP.

The only room that knows the vendor's words and aiohttp. It must not know rows, the journal or retries: every call gives
a `Verdict`. Read `backupset` first, then `classify` and `webservice`::

    kinds              the registry of the things that can be made
    backupset_replies  the vendor's replies about backup sets, read
    backupset          what a row asks for, the request that creates it, and how it is stored
    backupset_columns  the columns of a sheet of backup sets, and what their cells may hold
    identity           whether a listed set is the wanted one, however it is spelled
    inventory          clients, agents and instances, for a plan
    inventory_replies  what lists of them hold, entry by entry
    place_names        what clients, agents and instances are called, and what to say of a name that none has
    webservice         the calls, each of which gives a verdict
    credentials        a token, or a user name and password, and where they come from
    session            whether an answer means that the session has ended, and what is done then
    session_signs      what one answer says of that
    auth               tokens: signed in, renewed, signed out
    retrying           how long a sign-in is tried that no server answers
    one_time           passwords that end in a one-time PIN
    transport          HTTP by aiohttp
    tls                whose certificates are trusted, and our own
    turns              how many long bodies there are in memory
    classify           answered, not taken, or in doubt
    connections        kept connections, used again only while nothing came on them unasked
    prepared           requests as bytes, over aiohttp's connections and parser
    heads              a bound on what comes before the body of an answer
    deadlines          one timer for the deadlines of all exchanges
"""
