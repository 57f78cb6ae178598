"""Which schema a registry database has, asked without Alembic: importing it takes longer."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

# Dagster keeps its own `alembic_version`; both may live in one PostgreSQL database.
VERSION_TABLE: Final = "registry_version"
MIGRATIONS: Final = Path(__file__).with_name("migrations")


def head() -> str:
    """Return the revision of this version: the migrations' files are numbered."""
    newest = max(path.stem for path in (MIGRATIONS / "versions").glob("r[0-9]*.py"))
    return newest.partition("_")[0].removeprefix("r")


def revision(connection: Connection) -> str | None:
    """Return the schema revision the database stands at; None when it is empty."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"select version_num from {VERSION_TABLE}"))
    return found.scalar_one_or_none()
