"""Deleting what the platform told: from its drops, from what was landed, from what was withheld.

Billing records of a company that withdrew go to a store of their own first, under a token instead
of the company's id: the law asks for them, and nobody else may find them.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from warehouse.lake import Lake
from warehouse.retention.facts import lake_tables
from warehouse.retention.items import SEPARATION, Item
from warehouse.retention.lake_deletion import SHORTEST_PROBE, Cut, cut
from warehouse.retention.people import PERSONAL, present
from warehouse.retention.told import WITHHELD, Platform, columns_of, files

ARRIVING: Final = ".rewritten"
MARK: Final = "rewritten"
"""Says in a Parquet file that rows of it were deleted."""


def landed_name(path: Path) -> str:
    """Return the name of a dropped file's landed twin: by its content."""
    with path.open("rb") as file:
        return f"{file_digest(file, 'sha256').hexdigest()[:32]}.parquet"


def separate(platform: Platform, items: Iterable[Item], zone: ZoneInfo) -> None:
    """Copy the billing records of withdrawn companies to their own store, pseudonymised.

    Safe to repeat: an event that is there already counts once, as it was told last.
    """
    with duckdb.connect() as connection:
        for item in (each for each in items if each.rule == SEPARATION):
            store = platform.withheld(item.company_id)
            for folder, data_class in platform.landed():
                if data_class in item.classes:
                    target = store / f"{folder.name}.parquet"
                    _separate(connection, folder, target, item.company_id, str(zone))


def _separate(
    connection: duckdb.DuckDBPyConnection, folder: Path, target: Path, company_id: str, zone: str
) -> None:
    source = files(sorted(folder.glob("*.parquet")))
    is_issued = "issued_date" in columns_of(connection, source)
    day = "timezone('UTC', timezone($zone, issued_date::timestamp))"
    before = f"union all by name from {files([target])}" if target.exists() else ""
    values = {"token": target.parent.name, "company": company_id}
    connection.execute(
        f"""
        create or replace temp table kept as
        from (
            select * exclude (drop_name) replace ($token as company_id),
                {day if is_issued else "occurred_at"} as transaction_at
            from {source} where company_id = $company
            {before}
        )
        qualify row_number() over (partition by event_id order by landed_at desc) = 1
        """,
        values | ({"zone": zone} if is_issued else {}),
    )
    if connection.execute("from kept limit 1").fetchall():
        target.parent.mkdir(parents=True, exist_ok=True)
        _written(connection, target).replace(target)


def forget_in_lake(lake: Lake, items: Iterable[Item]) -> None:
    """Put a forgotten member's id where the lake keeps his address, in what is kept longer."""
    forgotten = [item for item in items if item.rule == "R7" and item.member_id]
    if not forgotten:
        return
    with lake.connect_writer() as connection:
        tables = lake_tables(connection).items()
        for name, schema, columns in ((n, s, c) for n, (s, c) in tables if c >= PERSONAL):
            table = f'lake."{schema}"."{name}"'
            for item in present(connection, table, columns, forgotten):
                if found := cut(item, columns, ()):
                    _forget(connection, table, found, item)


def delete_files(platform: Platform, drops: Path, items: list[Item]) -> None:
    """Delete the rows of items from landed and withheld files, and whole the drops they came from.

    New files are complete before the first old one goes.
    """
    with duckdb.connect() as connection:
        changed = {
            path: new
            for folder, data_class in platform.landed()
            for path in sorted(folder.glob("*.parquet"))
            if (new := _rewritten(connection, path, data_class, items))
        }
        for path, new in changed.items():
            new.replace(path)
        for item in (each for each in items if WITHHELD in each.classes):
            _delete_withheld(connection, platform.withheld(item.company_id), item)
    delete_drops(platform, drops)


def delete_drops(platform: Platform, drops: Path) -> None:
    """Delete every drop of whose landed rows some were deleted, also one that was dropped again.

    Its landed twin keeps its name, so that it is never landed once more.
    """
    with duckdb.connect() as connection:
        rewritten = {
            path.name
            for folder, _ in platform.landed()
            for path in folder.glob("*.parquet")
            if connection.execute(
                "from parquet_kv_metadata($path) where key = $mark",
                {"path": str(path), "mark": MARK},
            ).fetchall()
        }
    for drop in (each for each in drops.glob("*") if rewritten and each.is_file()):
        if landed_name(drop) in rewritten:
            drop.unlink()


def _delete_withheld(connection: duckdb.DuckDBPyConnection, store: Path, item: Item) -> None:
    its = [replace(item, company_id=store.name)]
    for path in sorted(store.glob("*.parquet")):
        new = _rewritten(connection, path, WITHHELD, its)
        if new and connection.execute("from kept limit 1").fetchall():
            new.replace(path)
        elif new:
            path.unlink()
            new.unlink()
    with suppress(OSError):
        store.rmdir()


def _rewritten(
    connection: duckdb.DuckDBPyConnection, path: Path, data_class: str, items: Iterable[Item]
) -> Path | None:
    """Write a file without the items' rows beside it; None when it has none of them."""
    connection.execute(f"create or replace temp table kept as from {files([path])}")
    columns = columns_of(connection, "kept")
    changed = 0
    for item in present(connection, "kept", columns, items):
        found = cut(item, columns, ())
        if found and data_class in item.classes:
            changed += _count(connection, f"delete from kept where {found.condition}", found.values)
        elif found and item.rule == "R7" and item.member_id:
            changed += _forget(connection, "kept", found, item)
    return _written(connection, path) if changed else None


def _forget(connection: duckdb.DuckDBPyConnection, relation: str, found: Cut, item: Item) -> int:
    return _count(
        connection,
        f"update {relation} set email = $member where {found.condition} and email <> $member",
        {**found.values, "member": item.member_id},
    )


def _count(
    connection: duckdb.DuckDBPyConnection, statement: str, values: Mapping[str, object]
) -> int:
    [(count,)] = connection.execute(statement, dict(values)).fetchall()
    return int(count)


def _written(connection: duckdb.DuckDBPyConnection, path: Path) -> Path:
    new = path.with_suffix(ARRIVING)
    quoted = str(new).replace(chr(39), chr(39) * 2)
    options = f"format parquet, kv_metadata {{{MARK}: 'true'}}"
    connection.execute(f"copy kept to '{quoted}' ({options})")
    return new


def probes(platform: Platform, item: Item, limit: int) -> list[str]:
    """Return ids of events that only the item has: what the search looks for afterwards.

    None of what is separated: its events are to be found, in their own store.
    """
    if item.rule == SEPARATION:
        return []
    if WITHHELD in item.classes:
        store = platform.withheld(item.company_id)
        its, places = (
            replace(item, company_id=store.name),
            [[each] for each in store.glob("*.parquet")],
        )
    else:
        landed = [folder for folder, each in platform.landed() if each in item.classes]
        its, places = item, [sorted(folder.glob("*.parquet")) for folder in landed]
    with duckdb.connect() as connection:
        return sorted({word for paths in places for word in _words(connection, paths, its, limit)})


def _words(
    connection: duckdb.DuckDBPyConnection, paths: list[Path], item: Item, limit: int
) -> set[str]:
    relation = files(paths)
    found = cut(item, columns_of(connection, relation), ())
    if found is None:
        return set()
    rows = connection.execute(
        f"with its as (select distinct event_id as word from {relation} where {found.condition}"
        f" and length(event_id) >= {SHORTEST_PROBE} order by word limit {limit}),"
        f" others as (select distinct event_id from {relation} where not ({found.condition}))"
        # A word within another's would be found for ever.
        " select word from its where not exists"
        " (select * from others where contains(others.event_id, its.word))",
        dict(found.values),
    ).fetchall()
    return {word for (word,) in rows}
