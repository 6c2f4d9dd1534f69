"""What feedsvc is measured beside: small WSGI applications, each `app` of its module, served as feedsvc is.

`BENCH_FOLDER` names the folder with `feed.rss`, `feed.rss.gz`, `answers.json` and `stories.sqlite`.
"""

import os
from pathlib import Path


def folder() -> Path:
    """Where the bytes are that all servers send."""
    return Path(os.environ["BENCH_FOLDER"])
