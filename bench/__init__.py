"""Measured side by side, in one run on one machine: `make bench`. Never part of the service, nor of the test run.

May import everything, and what `bench/requirements.txt` has besides. `report` and `picture` are pure functions.
"""
