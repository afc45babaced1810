"""Any wanted thing, made to exist once: what comes next for a row, and the loop that does it.

The room knows no Commvault, no sheet, no file and no HTTP: whatever it needs of the world is a protocol. Read
`lifecycle` first (it has the picture of a row's life), then `operations` and `pipeline`.
"""
