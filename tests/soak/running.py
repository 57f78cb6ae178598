"""Run refreshes as real processes, and end them as the kernel does when memory is short."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from tests.journeys.installation import Installation

BUSY = "Another refresh is writing"
PATIENCE_SECONDS = 900


def end_by_kill(house: Installation, seconds: float, *, alone: bool) -> bool:
    """Start a refresh and kill it: alone, or with all it started. False when it ended before."""
    with house.start("refresh") as process:
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            kill = os.kill if alone else os.killpg
            kill(process.pid, signal.SIGKILL)
            process.communicate()
            return True
    return False


def finish(house: Installation) -> str:
    """Refresh to the end; wait for what a killed one started and still holds the lock."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with house.start("refresh") as process:
            out, err = process.communicate()
        said = out + err
        if BUSY not in said or time.monotonic() > deadline:
            break
    assert process.returncode in {0, 1}, said
    assert "Traceback" not in said, said
    return said


def processes_of(house: Installation) -> list[str]:
    """Return the commands that still run on a house's data folder."""
    mark = f"FINHOUSE_DATA_DIR={house.root / 'data'}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found.append(f"{process.name} {command}")
    return found
