"""HOW POLLS ARE ANSWERED. No Flask, SQLAlchemy or feedgen.

May import: the standard library, `feeds.document`, `metrics`, `errors`. What it needs from elsewhere is handed to it.
"""
