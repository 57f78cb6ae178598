"""What a mart's months are made of: as long as that is the same, so are their rows.

DuckLake never writes a file twice. So the names of a month's files, and of the files that say which
rows of them are deleted, stand for its rows, and nobody has to read these to know them unchanged.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import duckdb

from warehouse.serving.contents import SCHEMA, digest, quoted

WHOLE: Final = ""
"""In the place of a month: all of a mart whose files are not kept by month."""
CATALOG: Final = "__ducklake_metadata_lake"
IS_LIVE: Final = (
    "{0}.begin_snapshot <= $at and ({0}.end_snapshot is null or {0}.end_snapshot > $at)"
)
FILES: Final = f"""
    with months as (
        select partition_values.data_file_id, partition_value as billing_period
        from {CATALOG}.ducklake_file_partition_value as partition_values
        inner join {CATALOG}.ducklake_data_file as files using (data_file_id)
        inner join {CATALOG}.ducklake_partition_column as keys
            on files.partition_id = keys.partition_id
            and partition_values.partition_key_index = keys.partition_key_index
        inner join {CATALOG}.ducklake_column as columns
            on keys.table_id = columns.table_id and keys.column_id = columns.column_id
        where column_name = 'billing_period' and transform = 'identity'
            and {IS_LIVE.format("columns")}
    )
    select
        schema_name,
        table_name,
        billing_period,
        md5(string_agg(concat_ws(' ', files.data_file_id, files.path, deleted.path), ','
            order by files.data_file_id)),
        -- A file merged of several snapshots' shows each of them other rows.
        count(coalesce(files.partial_max, deleted.partial_max)) > 0
    from {CATALOG}.ducklake_data_file as files
    inner join {CATALOG}.ducklake_table as tables using (table_id)
    inner join {CATALOG}.ducklake_schema as schemas using (schema_id)
    left join {CATALOG}.ducklake_delete_file as deleted
        on files.data_file_id = deleted.data_file_id and {IS_LIVE.format("deleted")}
    left join months on files.data_file_id = months.data_file_id
    where {IS_LIVE.format("files")} and {IS_LIVE.format("tables")} and {IS_LIVE.format("schemas")}
    group by all
"""
COLUMNS: Final = f"""
    select
        schema_name,
        table_name,
        any_value(table_id),
        md5(string_agg(concat_ws(' ', column_id, column_name, column_type, initial_default),
            ',' order by column_order, column_id))
    from {CATALOG}.ducklake_column as columns
    inner join {CATALOG}.ducklake_table as tables using (table_id)
    inner join {CATALOG}.ducklake_schema as schemas using (schema_id)
    where {IS_LIVE.format("columns")} and {IS_LIVE.format("tables")} and {IS_LIVE.format("schemas")}
    group by all
"""
VIEWS: Final = "select view_name, sql from duckdb_views() where database_name = 'lake'"

Name = tuple[str, str]


@dataclass(frozen=True)
class States:
    """The states of the lake's tables and views at the snapshot that a connection shows."""

    connection: duckdb.DuckDBPyConnection
    snapshot_id: int

    def of(self, mart: str) -> Mapping[str, str]:
        """Return the state of each month of a mart, or one of the whole of it."""
        if mart in self._views:
            return self._of_view(mart)
        return self._tables.get((SCHEMA, mart), {})

    @cached_property
    def _tables(self) -> dict[Name, dict[str, str]]:
        found: dict[Name, dict[str | None, tuple[str, bool]]] = {}
        for schema, table, month, files, is_partial in self._ask(FILES):
            found.setdefault((schema, table), {})[month] = (files, is_partial)
        states = {}
        for schema, table, table_id, columns in self._ask(COLUMNS):
            months = found.get((schema, table), {})
            if self._is_inlined(table_id) or any(partial for _, partial in months.values()):
                states[schema, table] = self._as_of_now
            elif None in months:
                states[schema, table] = {
                    WHOLE: digest([columns, *sorted(map(str, months.items()))])
                }
            else:
                states[schema, table] = {
                    str(month): digest([columns, files]) for month, (files, _) in months.items()
                }
        return states

    @cached_property
    def _as_of_now(self) -> dict[str, str]:
        """Return the state of what is told by the snapshot alone, and so is new with each."""
        asked = f"select snapshot_time from {CATALOG}.ducklake_snapshot where snapshot_id = $at"
        return {WHOLE: digest([self.snapshot_id, str(self._ask(asked))])}

    def _is_inlined(self, table_id: int) -> bool:
        """Tell whether rows, or deletions of rows, lie in the catalog instead of in files."""
        listed = f"select 1 from {CATALOG}.ducklake_inlined_data_tables where table_id = {table_id}"
        if self.connection.execute(listed).fetchall():
            return True
        try:
            self.connection.execute(f"select 1 from {CATALOG}.ducklake_inlined_delete_{table_id}")
        except duckdb.CatalogException:
            return False
        return True

    @cached_property
    def _views(self) -> dict[str, str]:
        return dict(self.connection.execute(VIEWS).fetchall())

    def _of_view(self, view: str) -> Mapping[str, str]:
        """Return a state by month where a month of the view is made of the tables' same month."""
        query, text = f"select * from lake.{SCHEMA}.{view}", self._views[view]
        scanned = {table for table, _ in self._scans(query)}
        bases = sorted(name for name in self._tables if name[1] in scanned)
        monthly = [base for base in bases if WHOLE not in self._tables[base]]
        months = {month for base in monthly for month in self._tables[base]}
        is_of_views = any(other in text for other in self._views.keys() - {view})
        is_known = scanned == {table for _, table in bases} and not is_of_views
        if not is_known or not self._is_by_month(query, {table for _, table in monthly}, months):
            return self._as_of_now
        rest = [[*base, *self._content(base)] for base in bases if base not in monthly]
        of_month = {
            month: [[*each, self._tables[each].get(month)] for each in monthly] for month in months
        }
        return {month: digest([text, rest, its]) for month, its in of_month.items()}

    def _is_by_month(self, query: str, monthly: set[str], months: set[str]) -> bool:
        """Ask the planner whether one month of a view takes only that month of these tables.

        It hands a condition down to a table only where no other row could matter. Of months that
        none of the tables has, the view may have no row.
        """
        if not months:
            return False
        wanted = f"billing_period={quoted(max(months))}"
        stray = f"{query} where coalesce(billing_period not in (select unnest($months)), true)"
        try:
            scans = [scan for scan in self._scans(f"{query} where {wanted}") if scan[0] in monthly]
            strays = self.connection.execute(f"{stray} limit 1", {"months": [*months]}).fetchall()
        except duckdb.BinderException:  # It has no months.
            return False
        is_handed_down = all(wanted in its for _, its in scans)
        return is_handed_down and {table for table, _ in scans} == monthly and not strays

    def _scans(self, query: str) -> list[tuple[str, list[str]]]:
        """Return what a query reads as it is planned: tables, each under which conditions."""
        plan = self.connection.execute(f"explain (format json) {query}").fetchall()
        return list(_walk(json.loads(plan[0][1])))

    def _content(self, table: Name) -> list[Any]:
        """Return what tells the rows of a small table: each run of the models writes it anew."""
        asked = f"select count(*), sum(hash(t))::varchar from lake.{table[0]}.{table[1]} as t"
        return list(self.connection.execute(asked).fetchall()[0])

    def _ask(self, text: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(text, {"at": self.snapshot_id}).fetchall()


def _walk(plan: list[dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    for node in plan:
        its = node.get("extra_info", {})
        if "Table" in its:
            filters = its.get("Filters", [])
            yield its["Table"], [filters] if isinstance(filters, str) else filters
        yield from _walk(node.get("children", []))
