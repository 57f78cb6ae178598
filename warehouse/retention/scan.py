"""Look for words in every byte of a folder, decoded: what a raw search finds is next to nothing."""

import gzip
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping
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
SEALED_MARK = b"PARE"
"""Parquet whose footer is encrypted, too."""
WORDLESS = ("BOOLEAN", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INTERVAL", "TIME")
"""Types whose values hold no word. Turning them into text is most of a search's time."""
NO_KEYS: Mapping[str, str] = {}
NO_VALUES: Mapping[str, object] = {}


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


def any_of(words: Iterable[str]) -> str:
    """Return the pattern that finds these words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def scan(
    places: Iterable[Path],
    words: Iterable[str],
    leave_out: Iterable[Path] = (),
    keys: Mapping[str, str] = NO_KEYS,
) -> Found:
    """Read every file in these places, raw and decoded, and look for the words.

    Parquet is decompressed, and decrypted where there is a key to the file's name; SQLite and
    DuckDB are read by table, gzip and zip are unpacked. Places to leave out hold programs, or the
    customer's own files.
    """
    wanted, out = sorted(set(words), key=len, reverse=True), tuple(leave_out)
    found = Found()
    if not wanted:
        return found
    pattern = any_of(wanted)
    # One for all files: opening it takes longer than most of them.
    with duckdb.connect() as reader:
        for path in sorted({path for place in places for path in _files(place)}):
            if not any(path.is_relative_to(each) for each in out):
                found.files += 1
                found.bytes += path.stat().st_size
                longest = len(wanted[0].encode())
                found.add(path, _in_file(reader, path, pattern, longest, keys.get(path.name)))
    return found


def _files(place: Path) -> Iterator[Path]:
    """Yield a file itself, or all below a folder."""
    return (path for path in (place, *place.rglob("*")) if path.is_file())


def _in_file(
    reader: duckdb.DuckDBPyConnection, path: Path, pattern: str, longest: int, key: str | None
) -> Iterator[str]:
    raw = re.compile(pattern.encode())
    with path.open("rb") as file:
        mark = file.read(len(SQLITE_MARK))
        file.seek(0)
        yield from _in_bytes(file, raw, longest)
    if mark.startswith(PARQUET_MARK) or (key and mark.startswith(SEALED_MARK)):
        yield from _in_parquet(reader, path, pattern, key)
    elif mark.startswith(SQLITE_MARK):
        yield from _in_sqlite(path, pattern)
    elif mark[8:12] == DUCKDB_MARK:
        yield from _in_duckdb(reader, path, pattern)
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


def _in_parquet(
    reader: duckdb.DuckDBPyConnection, path: Path, pattern: str, key: str | None
) -> Iterator[str]:
    sealed = f", encryption_config = {{footer_key_value: from_base64('{key}')}}" if key else ""
    yield from words_in(reader, f"read_parquet('{_quoted(path)}'{sealed})", pattern)


def _in_duckdb(reader: duckdb.DuckDBPyConnection, path: Path, pattern: str) -> Iterator[str]:
    reader.execute(f"attach '{_quoted(path)}' as looked_at (read_only)")
    try:
        tables = reader.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = 'looked_at' and estimated_size > 0"
        ).fetchall()
        for schema, table in tables:
            yield from words_in(reader, f'looked_at."{schema}"."{table}"', pattern)
    finally:
        reader.execute("detach looked_at")


def words_in(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    pattern: str,
    where: str = "true",
    values: Mapping[str, object] = NO_VALUES,
) -> Iterator[str]:
    """Yield what a pattern finds in the text of a relation's rows, each word once."""
    columns = connection.execute(f"describe select * from {relation}").fetchall()
    held = [
        f'cast("{name.replace(chr(34), chr(34) * 2)}" as varchar)'
        for name, kind, *_ in columns
        if not kind.startswith(WORDLESS)
    ]
    if not held:
        return
    text = f"concat_ws(chr(0), {', '.join(held)})"
    found = connection.execute(
        f"select distinct unnest(regexp_extract_all({text}, $pattern)) from {relation}"
        f" where {where}",
        {"pattern": pattern, **values},
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
