"""Who goes first where a processor is not enough for all: polls, which take microseconds, before what takes long."""

import os
import sys
import threading

SWITCH_SECONDS = 0.0005
"""After so long a thread of Python hands over to another one that waits; 5 ms by default, which a poll would wait."""

BEHIND = 5
"""As `nice` counts: of a processor that everybody wants, a third of what a poll's thread gets."""


def hand_over_soon() -> None:
    """Let threads of this process take turns often enough that a poll waits little for a page or a rendering."""
    sys.setswitchinterval(SWITCH_SECONDS)


def step_behind() -> None:
    """Let this thread, and it alone, stand behind the others. Only Linux has a priority for each thread."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(BEHIND, os.getpriority(os.PRIO_PROCESS, thread)))
