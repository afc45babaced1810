"""Every row's truth in one SQLite file: what was wanted, each exchange before it left, and how it ended.

The room knows how values are stored and nothing of what they lead to. Read `store` first, then `schema`.
"""
