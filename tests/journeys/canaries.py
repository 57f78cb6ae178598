"""Find words in a folder byte by byte, by other means than the house's own search."""

import gzip
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import polars as pl


def found_in(folder: Path, words: Iterable[str], leave_out: tuple[str, ...]) -> dict[str, set[str]]:
    """Return each word that some file holds, raw or decoded, with the files."""
    sought = list(words)
    held: dict[str, set[str]] = {}
    for path in (each for each in folder.rglob("*") if each.is_file()):
        name = str(path.relative_to(folder))
        if name.startswith(leave_out):
            continue
        content = b"\0".join((name.encode(), *decoded(path)))
        for word in sought:
            if word.encode() in content:
                held.setdefault(word, set()).add(name)
    return held


def decoded(path: Path) -> Iterator[bytes]:
    """Everything a file says: as it lies on the disk, and unpacked."""
    raw = path.read_bytes()
    yield raw
    if raw.startswith(b"PAR1"):
        for column in pl.read_parquet(path, hive_partitioning=False):
            yield str(column.to_list()).encode()
    elif raw.startswith(b"\x1f\x8b"):
        yield gzip.decompress(raw)
    elif raw.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif raw.startswith(b"SQLite"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            names = database.execute("select name from sqlite_master where type = 'table'")
            for (name,) in names.fetchall():
                yield repr(database.execute(f'select * from "{name}"').fetchall()).encode()
