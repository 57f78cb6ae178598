"""Deleting in the lake until the bytes are gone: rows, files, snapshots."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
from sqlalchemy.exc import OperationalError

from warehouse.lake import Lake
from warehouse.publication import head
from warehouse.retention import people
from warehouse.retention.facts import lake_tables
from warehouse.retention.items import Item
from warehouse.retention.policy import RetentionError
from warehouse.retention.scan import any_of, words_in

SHORTEST_PROBE = 8
"""Shorter words turn up anywhere by chance."""
LEDGER: Final = "lake.intermediate.int_charges"
NAMES: Final = ("resource_id", "resource_name", "sub_account_name")
ROOM: Final = 1.1
"""Times the size of the files that are written anew must be free: the old ones stay until then."""


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


@contextmanager
def unfinished() -> Iterator[None]:
    """Say what stopped the lake, and that nothing is lost. Raises RetentionError."""
    try:
        yield
    except (duckdb.Error, OperationalError) as error:
        raise RetentionError(
            f"UNFINISHED: the lake stopped the deletion: {error}. No certificate was written. Give"
            " it what it needs (room on the disk, readers that ended); the next run goes on."
        ) from error


def delete_rows(
    lake: Lake,
    items: Collection[Item],
    classes: Mapping[str, str],
    accounts: Mapping[str, set[str]],
) -> int:
    """Delete the rows of all items in one transaction; return how many.

    Readers see all of it gone at once, and never a half.
    """
    deleted = 0
    with lake.connect_writer() as connection:
        connection.execute("begin")
        for name, (schema, columns) in lake_tables(connection).items():
            table = f'lake."{schema}"."{name}"'
            its = [item for item in items if classes[name] in item.classes]
            for item in people.present(connection, table, columns, its):
                found = cut(item, columns, accounts.get(item.organization_id, set()))
                if found is None:
                    continue
                [(count,)] = connection.execute(
                    f"delete from {table} where {found.condition}", found.values
                ).fetchall()
                deleted += count
        connection.execute("commit")
    return deleted


def rewrite(lake: Lake) -> int:
    """Write the files anew that still hold deleted rows; return the snapshot that has none."""
    with lake.connect_writer() as connection:
        _check_room(lake, connection)
        for name, (schema, _) in lake_tables(connection).items():
            connection.execute(
                f"call ducklake_rewrite_data_files('lake', '{name}', schema => '{schema}',"
                " delete_threshold => 0)"
            )
        return head(connection)


def _check_room(lake: Lake, connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse before the disk is full, which would stop refreshes as well."""
    if not Path(lake.data_path).is_dir():
        return
    catalog = "__ducklake_metadata_lake"
    [(size,)] = connection.execute(
        f"select coalesce(sum(file_size_bytes), 0) from {catalog}.ducklake_data_file"
        " where end_snapshot is null and data_file_id in (select data_file_id"
        f" from {catalog}.ducklake_delete_file where end_snapshot is null)"
    ).fetchall()
    free = shutil.disk_usage(lake.data_path).free
    if free < ROOM * int(size):
        raise RetentionError(
            f"DISK_FULL: files of {size:,} bytes in {lake.data_path} hold deleted rows and must be"
            f" written anew, {free:,} bytes are free. Make room; the next run goes on."
        )


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


def probes(lake: Lake, item: Item, limit: int) -> list[str]:
    """Return words that only the item's ledger rows have: what the scan looks for afterwards.

    Ids of charges for every item; for an organization also its resources' and accounts' names.
    """
    if "resource" not in item.classes or item.member_id:
        return []
    with lake.connect() as connection:
        tables = lake_tables(connection)
        found = cut(item, tables["int_charges"][1], ()) if "int_charges" in tables else None
        if found is None:
            return []
        words = _words(connection, "charge_id", found, limit)
        if item.organization_id:
            names = (_words(connection, name, found, limit) for name in NAMES)
            words |= _unshared(connection, {word for each in names for word in each}, found)
        return sorted(words)


def _words(connection: duckdb.DuckDBPyConnection, column: str, found: Cut, limit: int) -> set[str]:
    """Return words of a column that others do not have in it; long ones are the rarest."""
    rows = connection.execute(
        f"select distinct {column} from {LEDGER} where {found.condition}"
        f" and length({column}) >= {SHORTEST_PROBE} and {column} not in (select {column}"
        f" from {LEDGER} where not ({found.condition}) and {column} is not null)"
        f" order by length({column}) desc, {column} limit {limit}",
        found.values,
    ).fetchall()
    return {word for (word,) in rows}


def _unshared(connection: duckdb.DuckDBPyConnection, words: set[str], found: Cut) -> set[str]:
    """Return the words that stand nowhere in others' rows: within one they are found for ever."""
    others = f"not ({found.condition})"
    # One that overlaps another is seen when that is out of the way.
    while words and (taken := {*words_in(connection, LEDGER, any_of(words), others, found.values)}):
        words = words - taken
    return words
