"""Run retention in processes of its own, and let each end at a step.

`python -m tests.warehouse.retention.killed FOLDER INSTANT HOW STEP...` prints how each ended. What
takes time to import is imported once: every process is forked from one that did nothing yet.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests.warehouse.retention.small import Small


def kill() -> None:
    """End as by `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)


def fill_the_disk() -> None:
    """Let no file grow any more."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, resource.RLIM_INFINITY))


ENDINGS: dict[str, Callable[[], None]] = {"kill": kill, "disk": fill_the_disk}


def main(folder: str, instant: str, how: str, *steps: str) -> None:
    """Fork a run for each step."""
    house = Small(Path(folder), datetime.fromisoformat(instant))
    engine = house.engine
    for last in steps:
        child = os.fork()
        if child == 0:
            try:
                replace(engine, on_step=lambda step, at=last: step == at and ENDINGS[how]()).run(
                    house.at
                )
            except Exception as error:  # noqa: BLE001 - it is told by its exit code
                sys.stderr.write(f"{error}\n")
                os._exit(1)
            os._exit(0)
        print(last, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main(*sys.argv[1:])
