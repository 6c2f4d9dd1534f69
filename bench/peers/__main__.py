"""`python -m bench.peers NAME PORT`: serve one peer under granian, with the settings that `feedsvc serve` has."""

import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def main(name: str, port: int) -> None:
    Granian(
        f"bench.peers.{name}:app",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        respawn_failed_workers=True,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
