"""Where databases spill what does not fit into memory: each into a folder of its own.

DuckDB names its spill files alike in every database. Two that share a folder read each other's rows
and crash, and what a kill leaves lies there until somebody wipes it.
"""

import errno
import os
import shutil
from functools import cache
from itertools import count
from pathlib import Path

from warehouse import claims
from warehouse.layout import Layout

_numbers = count(1)


def of_this_process(layout: Layout) -> Path:
    """Return this process's folder; what killed processes left is removed first."""
    return _claimed(layout.spill, os.getpid())


@cache
def _claimed(parent: Path, _process: int) -> Path:
    claims.sweep(parent)
    try:
        # The lock stays open as long as the process lives.
        return claims.claim(parent)[0]
    except OSError as error:
        # Whoever only reads can, as long as nothing spills.
        if error.errno not in {errno.EROFS, errno.ENOSPC}:
            raise
        return parent / "none"


def for_a_database(layout: Layout) -> str:
    """Return a folder for one database; DuckDB makes it when it spills, and removes it."""
    return str(of_this_process(layout) / str(next(_numbers)))


def wipe(layout: Layout) -> None:
    """Remove what lies there but for what living processes hold."""
    claims.sweep(layout.spill)
    for path in layout.spill.glob("*"):
        if path.is_file():
            path.unlink(missing_ok=True)


def wipe_models(layout: Layout) -> None:
    """Remove what a killed dbt left. Hold the lake's lock: one dbt runs at a time."""
    shutil.rmtree(layout.models_spill, ignore_errors=True)
    layout.models_spill.mkdir(parents=True)
