"""`make bench`: measure everything, and write bench/RESULTS.md and bench/growth.svg.

The environment says how long: `ROUNDS` (5) of `SECONDS` (3) each; `SIZES`, the numbers of stories at which growth is
measured; `FULL=1` adds a million to them.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench import deltas, front, machine, picture, polls, publishing, results, slow
from bench.growth import Cost, Growth
from feedsvc.settings import PROJECT

HERE = Path(__file__).parent
SIZES = "1000 100000"
MILLION = 1_000_000


def main() -> None:
    """Measure, and write what was found. Raises `SystemExit` with a sentence if this machine cannot."""
    problem = machine.missing()
    if problem:
        raise SystemExit(problem)
    # The service looks at every variable of its own name: what this shell has set is not measured.
    for name in [name for name in os.environ if name.startswith("FEEDSVC_")]:
        del os.environ[name]
    rounds, seconds = _number("ROUNDS", 5), _number("SECONDS", 3)
    sizes = sorted({int(size) for size in os.environ.get("SIZES", SIZES).replace(",", " ").split()})
    if os.environ.get("FULL") == "1":
        sizes = sorted({*sizes, MILLION})
    began, load_before = datetime.now(UTC), machine.load()
    os.sched_setaffinity(0, {machine.LOAD_CORE})
    with tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as folder, polls.all_standing(Path(folder)) as standing:
        rates = polls.measure(standing, rounds, seconds, tell)
        calls = front.measure(standing)
        beside = slow.measure(standing, rounds, seconds, tell)
        waits = publishing.measure(standing, rounds, seconds, tell)
    tell("a day of polls, by deltas and by documents")
    day = deltas.measure()
    growth = [_grow(size) for size in sizes]
    run = results.Run(began, rounds, seconds, machine.describe(), load_before, rates, waits, beside, calls, day, growth)
    if growth:
        curves = {name: [(one.stories, one.costs[name].milliseconds) for one in growth] for name in growth[0].costs}
        (HERE / "growth.svg").write_text(picture.growth(curves, "What things cost as the newsroom grows"))
    (HERE / "RESULTS.md").write_text(results.page(run))
    print(f"Written: {HERE / 'RESULTS.md'}")


def tell(line: str) -> None:
    """Say on standard error what is measured just now."""
    print(line, file=sys.stderr, flush=True)


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "") or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise SystemExit(f"{name} takes a whole number from 1 on, not “{text}”.")
    return int(text)


def _grow(size: int) -> Growth:
    """Measure one size in a process of its own, on the core of the servers."""
    with tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as folder:
        command = [sys.executable, "-m", "bench.growth", str(size), folder]
        said = subprocess.run(
            ["taskset", "-c", str(machine.SERVER_CORE), *command], cwd=PROJECT, stdout=subprocess.PIPE, check=True
        )
    found = json.loads(said.stdout)
    costs = {name: Cost(**cost) for name, cost in found.pop("costs").items()}
    return Growth(**found, costs=costs)


if __name__ == "__main__":
    main()
