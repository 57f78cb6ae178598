"""A registry of every revision there was, with a row in each table, becomes today's."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    DateTime,
    Integer,
    MetaData,
    Table,
    insert,
    select,
    text,
)

from tests.warehouse.registry.test_migrations import schema
from warehouse.registry import open_registry
from warehouse.registry.database import Database, open_database
from warehouse.registry.migrate import configure, downgrade, lock
from warehouse.registry.revision import VERSION_TABLE
from warehouse.registry.tables import METADATA

pytestmark = pytest.mark.slow

REVISIONS = [each.revision for each in ScriptDirectory.from_config(configure()).walk_revisions()]

LAWFUL: Mapping[str, Any] = {
    "base": "0.00", "billing_period": "2026-09", "built_in_role": "member", "control_totals": {},
    "decided_by": "lee", "delivery": "daily", "from_currency": "USD", "kind": "buy",
    "language": "ko", "last_date": date(2026, 12, 31), "plan": "free", "removed_at": None,
    "previous_valid_to": None, "recurrence": "month", "rhythm": "month", "role_id": None,
    "secret": "env:ACME", "state": "published", "to_currency": "KRW",
    "valid_to": datetime(2027, 1, 1, tzinfo=UTC),
}  # fmt: skip
"""Columns whose values a law of some table limits."""
LAWFUL_IN: Mapping[str, Mapping[str, Any]] = {
    "commitment_actions": {"state": "proposed"},
    "company_requests": {"kind": "withdrawal"},
    "legal_holds": {"member_id": None},
}


NOW_CALLED = {"released_at": "lifted_at"}
"""Columns that a migration renamed."""


def any_value(column: Any) -> object:
    """Return what a column may hold: words are its own name, in Korean quotes."""
    match column.type:
        case DateTime():
            return datetime(2026, 9, 15, 12, 30, tzinfo=UTC)
        case Date():
            return date(2026, 9, 15)
        case Boolean():
            return False
        case Integer():
            return 1
        case JSON():
            return {"이름": column.name}
        case _:
            return f"「{column.name}」"


def row_for(table: Table, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a row with something in every column; keys of others are those of their rows."""
    row = {column.name: any_value(column) for column in table.columns}
    row |= {
        column.name: LAWFUL[column.name]
        for column in table.columns
        if column.name in LAWFUL and (column.nullable or LAWFUL[column.name] is not None)
    }
    row |= LAWFUL_IN.get(table.name, {})
    for key in (key for column in table.columns for key in column.foreign_keys):
        if key.column.table is not table and row[key.parent.name] is not None:
            row[key.parent.name] = rows[key.column.table.name][key.column.name]
    return row


def upgraded(database: Database, target: str) -> None:
    """Make an empty registry of a revision, as the release that ended with it did."""
    config = configure()
    with database.write() as connection:
        lock(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, target)


def fill(connection: Connection) -> None:
    """Put a row into each table that there is."""
    rows: dict[str, dict[str, Any]] = {}
    for table in tables(connection):
        rows[table.name] = row_for(table, rows)
        connection.execute(insert(table).values(rows[table.name]))


def tables(connection: Connection) -> list[Table]:
    """Return the tables as they are now, owners before what they own."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]


def held(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return every table's rows, by the columns' names of today."""
    return {
        table.name: [
            {NOW_CALLED.get(name, name): value for name, value in row.items()}
            for row in connection.execute(select(table)).mappings()
        ]
        for table in tables(connection)
    }


@pytest.mark.parametrize("released", REVISIONS)
def test_a_registry_of_every_revision_is_upgraded_with_all_its_rows(
    url: str, released: str
) -> None:
    database = open_database(url)
    upgraded(database, released)
    with database.write() as connection:
        fill(connection)
        before = held(connection)
    open_registry(url)
    with database.read() as connection:
        after, migrated = held(connection), schema(connection)
    for table, [row] in before.items():
        [kept] = after[table]
        assert kept | row == kept
    downgrade(database)
    with database.write() as connection:
        METADATA.create_all(connection)
        assert schema(connection) == migrated


def test_the_word_for_the_end_of_a_hold_changed_in_the_history_too(url: str) -> None:
    database = open_database(url)
    upgraded(database, "0006")
    with database.write() as connection:
        fill(connection)
        connection.execute(text("update history set event_type = 'hold_released'"))
    open_registry(url)
    with database.read() as connection:
        assert held(connection)["history"][0]["event_type"] == "hold_lifted"
