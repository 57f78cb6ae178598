"""What readers see of the lake: the last snapshot whose checks all passed.

A refresh writes many tables in many transactions. Readers attach at the published snapshot, so
all of it becomes visible at one instant, or, when a check fails or the machine dies, none of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import duckdb

from warehouse.lake import Lake


def head(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the newest snapshot of the lake attached as `lake`."""
    newest = connection.execute("select max(snapshot_id) from ducklake_snapshots('lake')")
    return int(newest.fetchall()[0][0])


def restore(lake: Lake, snapshot_id: int | None, billing_periods: Iterable[str]) -> None:
    """Give every table back what readers see, for the billing periods of a failed run.

    Without it the next run would publish the failed run's rows along with its own. Only the named
    periods are rewritten; tables without a billing period are small and rewritten whole.
    """
    periods = sorted(billing_periods)
    with lake.connect_writer() as connection:
        if snapshot_id is not None:
            # A second view of the lake: a transaction that deletes whole files no longer finds
            # them in its own past.
            lake.attach(connection, "served", snapshot_id)
        for schema, table, by_period in _tables(connection):
            name = f'"{schema}"."{table}"'
            where = "billing_period in (select unnest($periods))" if by_period else "true"
            values: Mapping[str, object] = {"periods": periods} if by_period else {}
            columns = ", ".join(_columns(connection, f"served.{name}"))
            connection.execute("begin")
            connection.execute(f"delete from lake.{name} where {where}", values)
            if columns:
                keys = _partition_columns(connection, schema, table) if lake.encrypted else []
                for portion, bound in _portions(connection, f"served.{name}", where, values, keys):
                    connection.execute(
                        f"insert into lake.{name} ({columns})"
                        f" select {columns} from served.{name} where {portion}",
                        bound,
                    )
            connection.execute("commit")


def undo_unpublished(lake: Lake, snapshot_id: int) -> None:
    """Take back what a killed run wrote and nobody published; does nothing after a run that ended.

    Whoever publishes another change would otherwise publish half of that run with it.
    """
    with lake.connect() as connection:
        if head(connection) == snapshot_id:
            return
        periods = {
            period
            for schema, table, by_period in _tables(connection)
            if by_period
            for (period,) in connection.execute(
                f'select distinct billing_period from lake."{schema}"."{table}"'
            ).fetchall()
        }
    restore(lake, snapshot_id, periods)


def tidy(lake: Lake, snapshot_id: int, keep: timedelta) -> None:
    """Drop snapshots older than readers may still hold, and the files only they needed.

    The published snapshot stays, however old it is. So do not files that no snapshot ever named: a
    writer that was killed before its commit left them.
    """
    with lake.connect_writer() as connection:
        expired = connection.execute(
            "select list(snapshot_id) from ducklake_snapshots('lake')"
            " where snapshot_id < $published and snapshot_time < now() - $keep::interval",
            {"published": snapshot_id, "keep": f"{keep.total_seconds():.0f} seconds"},
        ).fetchone()
        if expired and expired[0]:
            versions = ", ".join(str(version) for version in expired[0])
            connection.execute(f"call ducklake_expire_snapshots('lake', versions => [{versions}])")
        for leftover in ("cleanup_old", "delete_orphaned"):
            connection.execute(
                f"call ducklake_{leftover}_files('lake', older_than => now() - $keep::interval)",
                {"keep": f"{keep.total_seconds():.0f} seconds"},
            )


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, bool]]:
    return connection.execute(
        "select schema_name, table_name, exists("
        "  select * from duckdb_columns() as columns where columns.table_oid = tables.table_oid"
        "  and columns.database_name = 'lake' and columns.column_name = 'billing_period')"
        " from duckdb_tables() as tables where database_name = 'lake'"
    ).fetchall()


def _partition_columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[str]:
    of_lake = "__ducklake_metadata_lake"
    found = connection.execute(
        f"select column_name from {of_lake}.ducklake_partition_info as partitions"
        f" inner join {of_lake}.ducklake_partition_column using (partition_id, table_id)"
        f" inner join {of_lake}.ducklake_column as columns using (table_id, column_id)"
        f" inner join {of_lake}.ducklake_table as tables using (table_id)"
        f" inner join {of_lake}.ducklake_schema using (schema_id)"
        " where partitions.end_snapshot is null and columns.end_snapshot is null"
        " and tables.end_snapshot is null and schema_name = $schema and table_name = $table"
        " order by partition_key_index",
        {"schema": schema, "table": table},
    ).fetchall()
    return [column for (column,) in found]


def _portions(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    where: str,
    values: Mapping[str, object],
    keys: Sequence[str],
) -> list[tuple[str, Mapping[str, object]]]:
    """Split rows by partition: DuckLake makes one key per statement, and each needs its own."""
    if not keys:
        return [(where, values)]
    found = connection.execute(
        f"select distinct {', '.join(keys)} from {relation} where {where}", values
    ).fetchall()
    its = " and ".join(f'"{key}" = ${key}' for key in keys)
    return [(its, dict(zip(keys, row, strict=True))) for row in found]


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """Return the columns of a table, none when it does not exist."""
    try:
        described = connection.execute(f"describe {relation}").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return []
    return [f'"{row[0]}"' for row in described]
