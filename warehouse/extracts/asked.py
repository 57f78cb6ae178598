"""Ask one relation of the published lake for rows and totals, so that a file's numbers tie."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from warehouse.extracts.report import Column, Kind, Total, Value

BATCH: Final = 10_000


@dataclass(frozen=True)
class Asked:
    """What a report is about: every number of it is asked of this relation."""

    lake: duckdb.DuckDBPyConnection
    sql: str
    values: Mapping[str, str]

    def ask(self, columns: str, rest: str = "") -> duckdb.DuckDBPyConnection:
        """Select columns of the relation."""
        return self.lake.execute(f"select {columns} from ({self.sql}) {rest}", dict(self.values))

    def rows(self, columns: Sequence[Column], sort: str) -> Iterator[tuple[Value, ...]]:
        """Read the rows while they are written."""
        found = self.ask(", ".join(column.sql for column in columns), f"order by {sort}")
        while batch := found.fetchmany(BATCH):
            yield from batch

    def totals(self, columns: Sequence[Column], currency: str) -> tuple[Total, ...]:
        """Add up every amount per currency; nothing when there are no rows."""
        amounts = [column for column in columns if column.kind is Kind.AMOUNT]
        sums = ", ".join(f"sum({column.sql})" for column in amounts)
        sizes = ", ".join(f"abs({column.sql})" for column in amounts)
        largest = f"coalesce(max(greatest({sizes})), 0)"
        found = self.ask(
            f"{currency}, count(*), {largest}, {sums}", f"group by {currency} order by {currency}"
        ).fetchall()
        titles = [column.title for column in amounts]
        return tuple(
            Total(code, row_count, dict(zip(titles, values, strict=True)), size)
            for code, row_count, size, *values in found
        )
