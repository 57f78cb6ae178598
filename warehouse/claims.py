"""Folders that belong to one process: it holds their lock, and they are swept once it is dead."""

import fcntl
import os
import shutil
import uuid
from pathlib import Path


def claim(parent: Path) -> tuple[Path, int]:
    """Make a folder of one's own; return it and its lock, to close or to hold until one dies."""
    while True:
        folder = parent / uuid.uuid4().hex
        folder.mkdir(parents=True)
        lock = _lock(folder)
        # A sweeper may have been faster between mkdir and lock: then take another name.
        if lock is not None and folder.exists():
            return folder, lock
        if lock is not None:
            os.close(lock)


def sweep(parent: Path) -> int:
    """Remove what killed processes left; return how many folders.

    The lock is the operating system's: a dead owner holds none, a living one is left alone.
    """
    swept = 0
    for folder in parent.glob("*/"):
        lock = _lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
            swept += 1
    return swept


def _lock(folder: Path) -> int | None:
    """Lock a folder without waiting; None when it is gone or its owner is alive."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
