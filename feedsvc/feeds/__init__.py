"""HOW NEWS IS WRITTEN. Values in, bytes out; no SQL, no Flask, no clock.

May import: the standard library, feedgen, lxml, compressors, nh3, markdown-it-py, `domain`, `errors`.
"""
