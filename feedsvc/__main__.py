"""`python -m feedsvc COMMAND`."""

import sys

from feedsvc.cli import main

sys.exit(main())
