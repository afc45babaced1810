"""The Commvault web service: the vendor's messages, what an answer means, tokens, and HTTP.

The only room that knows the vendor's words and aiohttp. It knows no rows, no journal and no retries: every call gives
a `Verdict`. Read `backupset` first, then `classify` and `webservice`.
"""
