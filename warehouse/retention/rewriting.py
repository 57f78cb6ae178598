"""Write databases anew without what was deleted from them: SQLite files, a server's tables."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from warehouse.catalog import SERVER
from warehouse.retention.policy import RetentionError


def is_server(engine: Engine) -> bool:
    """Tell whether a database is a PostgreSQL server's, not a file of ours."""
    return engine.dialect.name == SERVER


def write_anew(engine: Engine, tables: Iterable[str]) -> bool:
    """Write a SQLite file anew, or these tables of a server; False when the server refuses.

    Raises RetentionError while somebody holds one of them.
    """
    try:
        if is_server(engine):
            return _vacuum(engine, sorted(tables))
        clean_sqlite(Path(str(engine.url.database)))
    except (OperationalError, sqlite3.OperationalError) as error:
        raise RetentionError(
            f"IN_USE: {engine.url.render_as_string()} cannot be written anew without what was"
            f" deleted: {error}. End what holds it; the next run tries again."
        ) from error
    return True


def clean_sqlite(path: Path) -> None:
    """Take deleted values out of a SQLite file and its journal, which keep them otherwise."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("pragma secure_delete = on")
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")


def _vacuum(engine: Engine, tables: list[str]) -> bool:
    """Vacuum tables, and the samples of their values that the server keeps for its planner."""
    refused: list[str] = []
    with engine.connect() as connection:
        server = connection.execution_options(isolation_level="AUTOCOMMIT")
        driver: Any = server.connection.driver_connection
        # A table that is not ours is skipped with a warning, never an error.
        driver.add_notice_handler(lambda notice: refused.append(notice.message_primary))
        for table in tables:
            server.execute(text(f'vacuum (full, analyze) "{table}"'))
        for statement in _forget_samples(server, tables):
            server.execute(text(statement))
        server.execute(text("vacuum (full) pg_catalog.pg_statistic"))
    return not refused


def _forget_samples(server: Connection, tables: list[str]) -> list[str]:
    """Of an empty table the server keeps the last samples for ever; a column's new type drops them.

    The new type is the old one: nothing else changes.
    """
    sampled = server.execute(
        text(
            "select stats.tablename, stats.attname,"
            "  format_type(attributes.atttypid, attributes.atttypmod)"
            " from pg_stats as stats inner join pg_class as tables"
            "  on tables.relname = stats.tablename"
            "  and tables.relnamespace = to_regnamespace(quote_ident(stats.schemaname))"
            " inner join pg_attribute as attributes on attributes.attrelid = tables.oid"
            "  and attributes.attname = stats.attname"
            " where stats.schemaname = current_schema() and tables.reltuples = 0"
            " and stats.tablename = any(:tables)"
        ),
        {"tables": tables},
    )
    return [
        f'alter table "{table}" alter column "{column}" type {name}'
        for table, column, name in sampled.tuples()
    ]
