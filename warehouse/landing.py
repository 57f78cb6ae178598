"""Landing's own handwork: arrive, seal, sweep, delete. It knows folders, not providers.

A delivery is written in a folder of its own under `Layout.arriving` and appears in its place by
one rename. A kill at any moment leaves either nothing or the whole; leftovers are swept.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from warehouse import claims
from warehouse.layout import Layout
from warehouse.unpacking import FileFacts

DATA = "data"
"""Folder of the provider's files inside a delivery's folder."""
ROWS = "rows"
"""Folder of a CSV delivery's rows as Parquet, text as it came, columns by position. Read once,
strictly, while landing: the models never parse CSV, and never twice."""
RECORD = "delivery.json"
"""What landing knows of a delivery, beside its data. Written before the seal."""


@contextmanager
def arriving(layout: Layout) -> Iterator[Path]:
    """Give a new folder to land in, locked while its owner lives, gone afterwards."""
    sweep(layout)
    folder, lock = claims.claim(layout.arriving)
    try:
        (folder / DATA).mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep(layout: Layout) -> int:
    """Remove what killed processes left in `arriving`; return how many folders."""
    return claims.sweep(layout.arriving)


def seal(arrived: Path, target: Path) -> bool:
    """Move an arrived folder to its place, whole; False when another one is there already.

    Everything is flushed first: after a power cut the name must not outlive the bytes.
    """
    for path in sorted(arrived.rglob("*"), reverse=True):
        _flush(path)
    _flush(arrived)
    while True:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            arrived.replace(target)
        except FileNotFoundError:
            # `delete` removed the empty parent in between.
            if not arrived.exists():
                raise
            continue
        except OSError:
            if not target.is_dir():
                raise
            return False
        _flush(target.parent)
        return True


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def delete(layout: Layout, folder: Path) -> None:
    """Delete a landed delivery: first out of sight by one rename, then byte by byte.

    Safe to repeat. Raises ValueError for a folder outside landing.
    """
    if not folder.resolve().is_relative_to(layout.landing.resolve()):
        raise ValueError(f"{folder} is not in {layout.landing}: nothing deleted")
    with arriving(layout) as bin_, suppress(FileNotFoundError):
        folder.replace(bin_ / "deleted")
    for parent in (folder.parent, folder.parent.parent):
        with suppress(OSError):
            parent.rmdir()


def combined_sha256(files: Iterable[FileFacts]) -> str:
    """One hash for a delivery: of its files' hashes, sorted, so that order does not matter."""
    return hashlib.sha256("\n".join(sorted(file.sha256 for file in files)).encode()).hexdigest()
