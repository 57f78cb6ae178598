"""The one way to open the lake: a DuckLake of Parquet files and a SQL catalog."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
from duckdb_extensions import import_extension

from warehouse import spilling
from warehouse.catalog import is_encrypted
from warehouse.layout import Layout

DuckDBConfig = dict[str, str | bool | int | float | list[str]]
HELD: Final[set[int]] = set()
"""Descriptors of the locks that this process holds. A child that writes for it inherits them, so
that they last until both have ended: a kill may hit the parent alone."""
STANDARD_INPUT: Final = 0
EXTENSIONS = ("ducklake", "sqlite_scanner", "postgres_scanner", "httpfs")


class LakeError(Exception):
    """The lake cannot be written as it was asked for."""


class LakeBusyError(LakeError):
    """Another process is writing to the lake."""


@dataclass(frozen=True)
class Lake:
    """Address of the lake and the resources a process may use on it."""

    layout: Layout
    catalog: str = field(repr=False)
    """What follows `ducklake:`, e.g. `sqlite:/data/lake/catalog.sqlite`."""
    data_path: str
    memory_limit: str = "3GB"
    threads: int | None = None
    encrypted: bool = False
    """Whether a new lake's files are encrypted, by keys that lie in its catalog."""

    def connect(self, snapshot_id: int | None = None) -> duckdb.DuckDBPyConnection:
        """Open the lake read-only as `lake`, at one published snapshot or at its head.

        A reader never blocks the writer and never sees a refresh that is not published.
        """
        connection = self.open_database()
        self.attach(connection, "lake", snapshot_id)
        return connection

    @contextmanager
    def connect_writer(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the lake for writing as `lake`. Hold `writing()` around it.

        Raises LakeError when the lake is encrypted and should not be, or is not and should.
        """
        self._check_encryption()
        options = (
            f"data_path '{self.data_path}', data_inlining_row_limit 0, encrypted {self.encrypted}"
        )
        with self.open_database() as connection:
            self._attach(connection, "lake", options)
            try:
                yield connection
            except duckdb.Error:
                # After a commit that failed, a closed connection keeps SQLite's lock until its
                # process ends, and nobody else can read.
                with suppress(duckdb.Error):
                    connection.execute("detach lake")
                raise

    def attach(
        self, connection: duckdb.DuckDBPyConnection, name: str, snapshot_id: int | None
    ) -> None:
        """Attach the lake read-only under a name, at a snapshot or at its head."""
        self._roll_back_what_a_killed_writer_left()
        at = "" if snapshot_id is None else f", snapshot_version {snapshot_id}"
        self._attach(connection, name, f"read_only{at}")

    def _attach(self, connection: duckdb.DuckDBPyConnection, name: str, options: str) -> None:
        """Attach by the catalog's address, which may hold a password: DuckDB's errors quote it."""
        try:
            connection.execute(f"attach 'ducklake:{self.catalog}' as {name} ({options})")
        except duckdb.Error as error:
            kind, _, address = self.catalog.partition(":")
            said = str(error).replace(address, "its address").splitlines()[0]
            raise LakeError(
                f"The lake's catalog does not open: {said}."
                f" Check FINHOUSE_LAKE_CATALOG, and that its {kind} database answers."
            ) from None

    def _roll_back_what_a_killed_writer_left(self) -> None:
        """Let SQLite undo a half-written commit, which a read-only connection may not do."""
        kind, _, path = self.catalog.partition(":")
        if kind == "sqlite" and Path(f"{path}-journal").exists():
            with closing(sqlite3.connect(path)) as catalog:
                catalog.execute("select count(*) from sqlite_master").fetchall()

    def _check_encryption(self) -> None:
        """Never half and half: a file written before would stay readable without a key."""
        if is_encrypted(self.catalog) in {None, self.encrypted}:
            return
        made = "plain" if self.encrypted else "encrypted"
        raise LakeError(
            f"The lake at {self.data_path} was made with {made} files, and FINHOUSE_LAKE_ENCRYPTED"
            f" is {str(self.encrypted).lower()}. A lake stays as it was made: set it back, or name"
            " a new FINHOUSE_LAKE_CATALOG and FINHOUSE_LAKE_DATA and load the bills again."
        )

    def open_database(self) -> duckdb.DuckDBPyConnection:
        """Open a database with the house's limits, without the lake."""
        install_extensions(self.layout.extensions)
        return duckdb.connect(config=self._config())

    def _config(self) -> DuckDBConfig:
        """DuckDB's settings: bounded memory, own spill folder, no downloads."""
        config: DuckDBConfig = {
            "extension_directory": str(self.layout.extensions),
            "autoinstall_known_extensions": "false",
            # A mistyped table name must not resolve to a variable of this program.
            "python_enable_replacements": "false",
            "memory_limit": self.memory_limit,
            "temp_directory": spilling.for_a_database(self.layout),
            # Otherwise what spills is plain text, and outlives a kill.
            "temp_file_encryption": self.encrypted,
        }
        return config | ({"threads": self.threads} if self.threads else {})

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only writer: two that both delete from one table would conflict.

        The lock is the operating system's, so a killed writer frees it by dying.
        Raises LakeBusyError at once when somebody else holds it, and LakeError when the lake is
        not encrypted as it should be, or is and should not.
        """
        self.layout.lake_lock.parent.mkdir(parents=True, exist_ok=True)
        with self.layout.lake_lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LakeBusyError(
                    "Another refresh is writing to the lake. Wait for it to end, then try again."
                ) from None
            self._check_encryption()
            spilling.wipe_models(self.layout)
            HELD.add(lock.fileno())
            try:
                yield
            finally:
                HELD.discard(lock.fileno())


@contextmanager
def handed_on() -> Iterator[None]:
    """Let children that a library starts within inherit the writer's lock: as standard input.

    A library that names no descriptors to pass on (`pass_fds`) passes on the first three alone.
    """
    [lock] = HELD
    own = os.dup(STANDARD_INPUT)
    os.dup2(lock, STANDARD_INPUT)
    try:
        yield
    finally:
        os.dup2(own, STANDARD_INPUT)
        os.close(own)


def install_extensions(folder: Path) -> None:
    """Unpack the extension wheels into the house's own folder: nothing is downloaded.

    DuckDB takes those of its own version only, and keeps each version's apart.
    """
    there = {path.stem for path in folder.glob(f"v{duckdb.__version__}/*/*.duckdb_extension")}
    if missing := [name for name in EXTENSIONS if name not in there]:
        with duckdb.connect(config={"extension_directory": str(folder)}) as connection:
            for name in missing:
                import_extension(name, con=connection)
