"""The endpoints of the web service: fields read from a request, a reply formed in the vendor's shape.

They know the CommServe and the wire, and nothing of connections or faults. Read `routes` first::

    routes                              which path leads to which endpoint
    authentication backupsets inventory the endpoints
    backend                             what every endpoint works on
    replies set_replies                 the vendor's replies, as trees
    style                               how replies are formed: as recorded or as guessed, for JSON or for XML
"""
