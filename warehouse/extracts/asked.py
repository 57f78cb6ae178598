"""Ask one relation of the published lake for rows and totals, so that a file's numbers tie."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from warehouse.extracts.question import Order
from warehouse.extracts.report import Chart, Column, Kind, Total, Value

BATCH: Final = 10_000
CHARTED: Final = 10
REST: Final = "(others)"
NUMBERS: Final = {Kind.AMOUNT, Kind.RATE, Kind.RATIO, Kind.COUNT}


@dataclass(frozen=True)
class Asked:
    """What a report is about: every number of it is asked of this relation."""

    lake: duckdb.DuckDBPyConnection
    sql: str
    values: Mapping[str, Any]

    def ask(self, columns: str, rest: str = "") -> duckdb.DuckDBPyConnection:
        """Select columns of the relation."""
        return self.lake.execute(f"select {columns} from ({self.sql}) {rest}", dict(self.values))

    def filled(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        """Return the columns without the optional ones in which no row has a value."""
        optional = [column for column in columns if column.is_optional]
        if not optional:
            return tuple(columns)
        [counts] = self.ask(", ".join(f"count({column.sql})" for column in optional)).fetchall()
        empty = {column for column, count in zip(optional, counts, strict=True) if not count}
        return tuple(column for column in columns if column not in empty)

    def rows(
        self, columns: Sequence[Column], order: Sequence[Order], every: Sequence[Column]
    ) -> Iterator[tuple[Value, ...]]:
        """Read the rows while they are written.

        What no number tells apart is sorted by the other columns, of which `every` are all there
        are: equal costs keep one order from file to file.
        """
        others = [f"{column.sql} nulls first" for column in every if column.kind not in NUMBERS]
        sort = ", ".join([*(each.sql for each in order), *others])
        found = self.ask(", ".join(column.sql for column in columns), f"order by {sort}")
        while batch := found.fetchmany(BATCH):
            yield from batch

    def totals(
        self, amounts: Sequence[Column], currency: Column, apart: Column | None, name: str
    ) -> tuple[Total, ...]:
        """Add up amounts per currency, and per value of what is told apart; none without rows."""
        key = apart.sql if apart else "null"
        sums = "".join(f", sum({column.sql})" for column in amounts)
        sizes = "".join(f", abs({column.sql})" for column in amounts)
        largest = f"coalesce(max(greatest(0::decimal(38, 12){sizes})), 0)"
        found = self.ask(
            f"{currency.sql}, {key}, count(*), {largest}{sums}",
            "group by 1, 2 order by 1, 2",
        ).fetchall()
        titles = [column.title for column in amounts]
        return tuple(
            Total(
                f"{name} {code}" if value is None else f"{name} {code}, {value}",
                *(str(code), row_count, dict(zip(titles, values, strict=True)), size),
            )
            for code, value, row_count, size, *values in found
        )

    def charts(self, title: str, label: Column, amount: Column, currency: Column) -> list[Chart]:
        """Return the largest amounts of each currency and one for the rest of it."""
        found = self.lake.execute(
            f"""
            with amounts as (
                select
                    {currency.sql} as currency,
                    coalesce({label.sql}, '(none)') as label,
                    sum({amount.sql}) as amount
                from ({self.sql})
                group by all
            ), ranked as (
                select
                    *,
                    row_number() over (
                        partition by currency order by abs(amount) desc, label
                    ) <= {CHARTED} as is_shown
                from amounts
            )
            select currency, if(is_shown, label, '{REST}') as label, sum(amount) as amount
            from ranked
            group by all
            order by currency, bool_or(is_shown) desc, amount desc, label
            """,
            dict(self.values),
        ).fetchall()
        return [
            Chart(title, label.title, amount, str(code), tuple(
                (word, size) for each, word, size in found if each == code and size is not None
            ))
            for code in dict.fromkeys(code for code, _, _ in found)
        ]  # fmt: skip
