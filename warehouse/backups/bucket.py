"""A bucket that the lake's files lie in, as a backup needs it. The warehouse knows no cloud."""

import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

AT_ONCE: Final = 8
"""Objects that travel at the same time: most are small, and each waits for the bucket."""


class Bucket(Protocol):
    """The objects below the lake's address. Keys have forward slashes."""

    def is_empty(self) -> bool:
        """Tell whether no table's files are there."""

    def fetch(self, key: str, target: Path) -> None:
        """Write an object to a file; leave none where there is no object."""

    def put(self, source: Path, key: str) -> str:
        """Write a file to an object, whole or not at all; return its address."""


def fetch(bucket: Bucket, keys: Iterable[str], folder: Path) -> None:
    """Copy objects of the lake into a folder."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda key: bucket.fetch(key, folder / key), keys))


def send(folder: Path, bucket: Bucket) -> None:
    """Move a folder of the lake's files to its bucket."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda path: bucket.put(path, path.relative_to(folder).as_posix()), paths))
    shutil.rmtree(folder, ignore_errors=True)
