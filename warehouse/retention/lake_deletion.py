"""Deleting in the lake until the bytes are gone: rows, files, snapshots, the catalog's copies."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from warehouse.lake import Lake
from warehouse.publication import head
from warehouse.retention import people
from warehouse.retention.facts import lake_tables
from warehouse.retention.items import Item

ORDERED_AS_TEXT = ("varchar", "date", "timestamp")
ORDERED_AS_NUMBERS = ("decimal", "int", "bigint")
SHORTEST_PROBE = 8
"""Shorter words turn up anywhere by chance."""


@dataclass(frozen=True)
class Cut:
    """The rows of a table that belong to an item: a condition and what it binds."""

    condition: str
    values: Mapping[str, object]


def cut(item: Item, columns: Collection[str], accounts: Collection[str]) -> Cut | None:
    """Return which rows of a table with these columns are the item's; None when none can be.

    What is reported beside the bill has no organization: it is told by the account, which an
    organization that was deleted held.
    """
    person = people.conditions(item, columns)
    if "company_id" not in columns or person is None:
        return None
    conditions = ["company_id = $company", *person[0]]
    values = {"company": item.company_id, **person[1]}
    if item.billing_period:
        if "billing_period" not in columns:
            return None
        conditions.append("billing_period = $period")
        values["period"] = item.billing_period
    if item.organization_id and "organization_id" in columns:
        conditions.append("organization_id = $organization")
        values["organization"] = item.organization_id
    elif item.organization_id:
        word = next((name for name in ("sub_account_id", "resource_id") if name in columns), None)
        if word is None or not accounts:
            return None
        conditions.append(
            f"list_bool_or([contains(lower({word}), lower(each)) for each in $accounts])"
        )
        values["accounts"] = sorted(accounts)
    return Cut(" and ".join(conditions), values)


def delete_rows(
    lake: Lake, items: Iterable[Item], classes: Mapping[str, str], accounts: Mapping[str, set[str]]
) -> int:
    """Delete the rows of all items in one transaction; return how many.

    Readers see all of it gone at once, and never a half.
    """
    deleted = 0
    with lake.connect_writer() as connection:
        connection.execute("begin")
        for name, (schema, columns) in lake_tables(connection).items():
            for item in items:
                found = cut(item, columns, accounts.get(item.organization_id, set()))
                if found is None or classes[name] not in item.classes:
                    continue
                [(count,)] = connection.execute(
                    f'delete from lake."{schema}"."{name}" where {found.condition}', found.values
                ).fetchall()
                deleted += count
        connection.execute("commit")
    return deleted


def rewrite(lake: Lake) -> int:
    """Write the files anew that still hold deleted rows; return the snapshot that has none."""
    with lake.connect_writer() as connection:
        for name, (schema, _) in lake_tables(connection).items():
            connection.execute(
                f"call ducklake_rewrite_data_files('lake', '{name}', schema => '{schema}',"
                " delete_threshold => 0)"
            )
        return head(connection)


def forget_history(lake: Lake, snapshot_id: int) -> None:
    """Drop every older snapshot, the files only they needed, and files that nobody knows.

    Readers must see the snapshot by now. Unlike a refresh this waits for no reader: his files
    hold what must go.
    """
    with lake.connect_writer() as connection:
        older = connection.execute(
            "select snapshot_id from ducklake_snapshots('lake') where snapshot_id < $newest",
            {"newest": snapshot_id},
        ).fetchall()
        if older:
            versions = ", ".join(str(version) for (version,) in older)
            connection.execute(f"call ducklake_expire_snapshots('lake', versions => [{versions}])")
        connection.execute("call ducklake_cleanup_old_files('lake', cleanup_all => true)")
        connection.execute("call ducklake_delete_orphaned_files('lake', cleanup_all => true)")


def clean_catalog(catalog: str) -> bool:
    """Take deleted values out of the catalog's file; False when the catalog is not a local file.

    It keeps the least and the greatest value of every column for ever, also after their rows went.
    They may not be emptied: DuckLake takes what it later adds for the whole and would then skip
    files that have the rows asked for. So they are computed anew from the files that are left.
    """
    kind, _, path = catalog.partition(":")
    if kind != "sqlite":
        return False
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("pragma secure_delete = on")
        connection.execute("begin immediate")
        for table_id, column_id, column_type in _columns(connection):
            _narrow(connection, table_id, column_id, column_type)
        connection.execute("commit")
        connection.execute("vacuum")
    return True


def _columns(connection: sqlite3.Connection) -> list[tuple[int, int, str]]:
    return connection.execute(
        "select stats.table_id, stats.column_id, columns.column_type"
        " from ducklake_table_column_stats as stats inner join ducklake_column as columns"
        "  on stats.table_id = columns.table_id and stats.column_id = columns.column_id"
        " where columns.end_snapshot is null"
    ).fetchall()


def _narrow(
    connection: sqlite3.Connection, table_id: int, column_id: int, column_type: str
) -> None:
    in_files = connection.execute(
        "select stats.min_value, stats.max_value, stats.value_count, stats.null_count"
        " from ducklake_file_column_stats as stats inner join ducklake_data_file as files"
        "  on stats.data_file_id = files.data_file_id"
        " where stats.table_id = ? and stats.column_id = ? and files.end_snapshot is null",
        (table_id, column_id),
    ).fetchall()
    filled = [row for row in in_files if row[0] is not None and row[1] is not None]
    is_known = all(row in filled or row[2] == 0 or row[2] == row[3] for row in in_files)
    order = _order(column_type)
    if order is None or not is_known:
        return
    least = min((row[0] for row in filled), key=order, default=None)
    greatest = max((row[1] for row in filled), key=order, default=None)
    connection.execute(
        "update ducklake_table_column_stats set min_value = ?, max_value = ?"
        " where table_id = ? and column_id = ?",
        (least, greatest, table_id, column_id),
    )


def _order(column_type: str) -> Any:
    if column_type.startswith(ORDERED_AS_NUMBERS):
        return Decimal
    if column_type.startswith(ORDERED_AS_TEXT):
        return lambda value: value.encode()
    return None


def probes(lake: Lake, item: Item, limit: int) -> list[str]:
    """Return words that only the item's ledger rows have: what the scan looks for afterwards.

    Ids of charges for every item; for an organization also its resources' and accounts' names.
    """
    if "resource" not in item.classes or item.member_id:
        return []
    with lake.connect() as connection:
        tables = lake_tables(connection)
        if "int_charges" not in tables:
            return []
        found = cut(item, tables["int_charges"][1], ())
        words = ["charge_id"] + (
            ["resource_id", "resource_name", "sub_account_name"] if item.organization_id else []
        )
        if found is None:
            return []
        ledger = "lake.intermediate.int_charges"
        rows = [
            connection.execute(
                f"select distinct {word} from {ledger} where {found.condition}"
                f" and length({word}) >= {SHORTEST_PROBE} and {word} not in (select {word}"
                f" from {ledger} where not ({found.condition}) and {word} is not null)"
                f" order by {word} limit {limit}",
                found.values,
            ).fetchall()
            for word in words
        ]
        return sorted({word for each in rows for (word,) in each})
