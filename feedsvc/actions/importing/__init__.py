"""Bringing in: stories from other systems, with their identities, dates, pictures and addresses.

`sniff` reads a file, a folder or an address into the values of `found`, through one reader a format (`feeds`,
`wordpress`, `ghost`, `opml`); `plan` says what would happen, and only reads; `carry_out` does it. `fetch` is the only
way to a stranger's server. What `actions` may import is open here, and the parsers: feedparser and lxml.
"""
