"""Copy a database while it is in use, and bring a copy back: SQLite files, a server's tables."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from contextlib import closing
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Engine, inspect

from warehouse.backups.shelf import BackupError
from warehouse.catalog import SERVER
from warehouse.registry.revision import VERSION_TABLE
from warehouse.registry.tables import METADATA

DUMP: Final = ".dump"
REGISTRY_TABLES: Final = (*METADATA.tables, VERSION_TABLE)
CATALOG_TABLES: Final = ("ducklake_*",)
WAIT_SECONDS: Final = 30


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite file as of one moment, also while others write to it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(source, timeout=WAIT_SECONDS)) as database,
        closing(sqlite3.connect(target)) as copy,
    ):
        database.backup(copy)
        # A copy in WAL mode would leave two more files wherever it is looked at.
        copy.execute("pragma journal_mode = delete")


def copy_database(engine: Engine, address: str, tables: Iterable[str], target: Path) -> None:
    """Copy a database beside a path: `<target>` of SQLite, `<target>.dump` of a server."""
    if engine.dialect.name != SERVER:
        copy_sqlite(Path(str(engine.url.database)), target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    named = [f"--table={table}" for table in sorted(tables)]
    _run(
        "pg_dump",
        address,
        *("--format=custom", "--no-owner", "--no-privileges", *named),
        f"--file={target.with_suffix(DUMP)}",
    )


def bring_back(engine: Engine, address: str, tables: Iterable[str], source: Path) -> None:
    """Restore a server's tables from a dump, all or nothing. Raises BackupError."""
    names = inspect(engine).get_table_names()
    there = [name for name in names if any(fnmatch(name, table) for table in tables)]
    if there:
        raise BackupError(
            f"NOT_EMPTY: {engine.url.render_as_string()} already has {there[0]} and"
            f" {len(there) - 1} more tables. Create an empty database, and name it in the settings."
        )
    _run("pg_restore", address, "--no-owner", "--single-transaction", str(source))


def _run(program: str, address: str, *arguments: str) -> None:
    if shutil.which(program) is None:
        raise BackupError(
            f"NO_{program.upper()}: {program} is not on the PATH, and a database on a server is"
            " copied by it. Install PostgreSQL's client programs of the server's version (Debian:"
            " apt-get install postgresql-client), then try again."
        )
    parsed = conninfo_to_dict(address.replace("postgresql+psycopg:", "postgresql:", 1))
    said = {name: str(value) for name, value in parsed.items() if value is not None}
    password = said.pop("password", "")
    # A password among the arguments would be everybody's to read.
    secret = {"PGPASSWORD": password} if password else {}
    done = subprocess.run(  # noqa: S603 - no shell, and the address is the operator's own
        [program, f"--dbname={make_conninfo(**said)}", *arguments],
        env={**os.environ, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{program.upper()}_FAILED: {done.stderr.strip()}")
