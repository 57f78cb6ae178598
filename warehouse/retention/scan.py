"""Look for words in every byte of a folder, decoded: what a raw search finds is next to nothing."""

import gzip
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb

CHUNK = 8 * 1024 * 1024
DUCKDB_MARK = b"DUCK"
SQLITE_MARK = b"SQLite format 3"
GZIP_MARK = b"\x1f\x8b"
PARQUET_MARK = b"PAR1"


class Readable(Protocol):
    """Any binary file, packed or not."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""


@dataclass
class Found:
    """What a scan saw: files and bytes it read, and each word with the files that hold it."""

    files: int = 0
    bytes: int = 0
    words: dict[str, set[Path]] = field(default_factory=dict)

    def add(self, path: Path, words: Iterable[str]) -> None:
        """Note that a file holds these words."""
        for word in words:
            self.words.setdefault(word, set()).add(path)


def scan(folders: Iterable[Path], words: Iterable[str], leave_out: Iterable[Path] = ()) -> Found:
    """Read every file below the folders once, raw and decoded, and look for the words.

    Parquet is decompressed, SQLite and DuckDB are read by table, gzip and zip are unpacked. Places
    to leave out hold programs, or the customer's own files.
    """
    wanted, out = sorted(set(words), key=len, reverse=True), tuple(leave_out)
    found = Found()
    if not wanted:
        return found
    pattern = "|".join(re.escape(word) for word in wanted)
    for path in sorted({path for folder in folders for path in folder.rglob("*")}):
        if path.is_file() and not any(path.is_relative_to(each) for each in out):
            found.files += 1
            found.bytes += path.stat().st_size
            found.add(path, _in_file(path, pattern, len(wanted[0].encode())))
    return found


def _in_file(path: Path, pattern: str, longest: int) -> Iterator[str]:
    raw = re.compile(pattern.encode())
    with path.open("rb") as file:
        mark = file.read(len(SQLITE_MARK))
        file.seek(0)
        yield from _in_bytes(file, raw, longest)
    if mark.startswith(PARQUET_MARK):
        yield from _in_parquet(path, pattern)
    elif mark.startswith(SQLITE_MARK):
        yield from _in_sqlite(path, pattern)
    elif mark[8:12] == DUCKDB_MARK:
        yield from _in_duckdb(path, pattern)
    elif mark.startswith(GZIP_MARK):
        with gzip.open(path) as unpacked:
            yield from _in_bytes(unpacked, raw, longest)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    yield from _in_bytes(member, raw, longest)


def _in_bytes(file: Readable, raw: re.Pattern[bytes], longest: int) -> Iterator[str]:
    kept = b""
    while chunk := file.read(CHUNK):
        kept += chunk
        yield from (match.decode() for match in set(raw.findall(kept)))
        kept = kept[-longest:]


def _in_parquet(path: Path, pattern: str) -> Iterator[str]:
    with duckdb.connect() as connection:
        yield from _in_relation(connection, f"read_parquet('{_quoted(path)}')", pattern)


def _in_duckdb(path: Path, pattern: str) -> Iterator[str]:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{_quoted(path)}' as looked_at (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'looked_at'"
        ).fetchall()
        for schema, table in tables:
            yield from _in_relation(connection, f'looked_at."{schema}"."{table}"', pattern)


def _in_relation(
    connection: duckdb.DuckDBPyConnection, relation: str, pattern: str
) -> Iterator[str]:
    columns = connection.execute(f"describe select * from {relation}").fetchall()
    text = " || chr(0) || ".join(
        f"coalesce(cast(\"{name.replace(chr(34), chr(34) * 2)}\" as varchar), '')"
        for name, *_ in columns
    )
    found = connection.execute(
        f"select distinct unnest(regexp_extract_all({text}, $pattern)) from {relation}",
        {"pattern": pattern},
    ).fetchall()
    yield from (word for (word,) in found)


def _in_sqlite(path: Path, pattern: str) -> Iterator[str]:
    """By table, since a long value is spread over pages that are not neighbours."""
    sought = re.compile(pattern)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
        connection.text_factory = lambda data: data.decode(errors="replace")
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'select * from "{table}"'):
                for value in row:
                    text = value.decode(errors="replace") if isinstance(value, bytes) else value
                    if isinstance(text, str):
                        yield from sought.findall(text)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
