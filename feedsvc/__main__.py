"""`python -m feedsvc COMMAND`."""

import sys

try:
    from feedsvc.cli import main
except ImportError as error:
    if (error.name or "feedsvc").partition(".")[0] == "feedsvc":
        raise
    sys.exit(
        f"feedsvc: {sys.executable} lacks what feedsvc requires ({error}). After `make run`, which installs it, run "
        "this as: .venv/bin/python -m feedsvc"
    )

sys.exit(main())
