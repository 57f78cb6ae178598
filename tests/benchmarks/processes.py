"""Run a command and watch the memory of every process it starts."""

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Usage:
    """What a command took."""

    seconds: float
    peak_bytes: int
    """The largest resident set that any one of its processes reached."""


def measured(command: Sequence[str], environment: Mapping[str, str]) -> Usage:
    """Run a command to its end and measure it; raise CalledProcessError when it fails."""
    started = time.monotonic()
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        peak = 0
        errors: list[str] = []
        assert run.stderr
        reader = threading.Thread(target=lambda: errors.extend(run.stderr or ()))
        reader.start()
        while run.poll() is None:
            peak = max([peak, *(_high_water(pid) for pid in _tree(run.pid))])
            time.sleep(POLL_SECONDS)
        reader.join()
    if run.returncode:
        raise subprocess.CalledProcessError(run.returncode, command, stderr="".join(errors))
    return Usage(time.monotonic() - started, peak)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return found


def _high_water(pid: int) -> int:
    """Linux keeps each process's highest resident set, so polling misses no peak but the last."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024
