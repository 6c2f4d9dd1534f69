"""How the jobs of the clock fared: one row each, so that every process can tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from feedsvc.storage.tables import jobs


@dataclass(frozen=True)
class Run:
    """The last run of a job: when it ended, how long it took, and why it failed; `failure` is empty if it did not.

    `failed_since` is when it began to fail without a success in between.
    """

    name: str
    ran: datetime
    seconds: float
    failure: str = ""
    failed_since: datetime | None = None


def note(connection: Connection, runs: Sequence[Run]) -> None:
    """Write the last runs of jobs in the place of those before."""
    if not runs:
        return
    connection.execute(delete(jobs).where(jobs.c.name.in_([run.name for run in runs])))
    connection.execute(
        insert(jobs),
        [
            {
                "name": run.name,
                "ran": run.ran,
                "seconds": run.seconds,
                "failure": run.failure,
                "failed_since": run.failed_since,
            }
            for run in runs
        ],
    )


def last_runs(connection: Connection) -> list[Run]:
    """The last run of each job, by name."""
    rows = connection.execute(select(jobs).order_by(jobs.c.name))
    return [Run(row.name, row.ran, row.seconds, row.failure, row.failed_since) for row in rows]
