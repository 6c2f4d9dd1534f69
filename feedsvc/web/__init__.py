"""HOW PEOPLE AND PROGRAMS TALK TO IT. Thin Flask blueprints: read, act or fetch, answer.

May import: Flask, WTForms, Babel, `actions`, `storage` (reads only), `domain`, `feeds`, `poll.conditional`,
`metrics`, `settings`, `errors`.
"""
