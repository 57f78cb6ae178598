"""Rows that could not be read, kept aside for the operator until their month can be.

The delivery they came with is refused whole, so no number is made of the readable rest.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from warehouse import landing
from warehouse.landing import DATA, RECORD
from warehouse.layout import Layout

KEPT: Final = 100_000
"""Rows kept of one delivery: more say nothing new, and a file may hold millions."""
_ROWS: Final = "rows.parquet"


@dataclass(frozen=True)
class Quarantined:
    """The unreadable rows of one delivery, counted. No value of theirs stands here."""

    connection_id: str
    billing_period: str
    delivery_id: str
    submitted_at: str
    row_count: int
    """Rows of the delivery, readable or not."""
    unreadable_count: int
    kept_count: int
    reasons: Mapping[str, int]
    """Why -> rows."""

    @property
    def readable_count(self) -> int:
        """The rest, which is not served either."""
        return self.row_count - self.unreadable_count


def keep(
    layout: Layout,
    reader: duckdb.DuckDBPyConnection,
    key: tuple[str, str, str],
    submitted_at: datetime,
    rows_sql: str,
    row_count: int,
) -> Quarantined:
    """Keep the rows that a query yields as file, line, reason and content; replace older ones.

    `key` is connection, billing period and delivery.
    """
    # Lines are counted by their order in the file.
    reader.execute("set preserve_insertion_order = true")
    reader.execute(f"create or replace temp table unreadable as {rows_sql} limit {KEPT}")
    reasons = dict(
        reader.execute(
            f"select reason, count(*) from ({rows_sql}) group by all order by 2 desc, 1 limit 20"
        ).fetchall()
    )
    [(unreadable,)] = reader.execute(f"select count(*) from ({rows_sql})").fetchall()
    [(kept,)] = reader.execute("select count(*) from unreadable").fetchall()
    found = Quarantined(*key, submitted_at.isoformat(), row_count, unreadable, kept, reasons)
    target = layout.quarantined(*key)
    with landing.arriving(layout) as folder:
        path = str(folder / DATA / _ROWS).replace("'", "''")
        reader.execute(f"copy unreadable to '{path}' (compression zstd)")
        (folder / RECORD).write_text(json.dumps(asdict(found), ensure_ascii=False), "utf-8")
        if target.is_dir():
            landing.delete(layout, target)
        landing.seal(folder, target)
    return found


def every(layout: Layout) -> Iterator[Quarantined]:
    """Yield what lies in quarantine, by connection and month."""
    for path in sorted(layout.quarantine.glob(f"*/*/*/{RECORD}")):
        yield Quarantined(**json.loads(path.read_text(encoding="utf-8")))


def rows(layout: Layout, found: Quarantined, limit: int) -> list[tuple[Any, ...]]:
    """Return file, line, reason and content of the first rows: for the operator's eyes alone."""
    path = _folder(layout, found) / DATA / _ROWS
    with duckdb.connect() as reader:
        return reader.execute(
            "select file, line, reason, content from read_parquet($path)"
            " order by file, line limit $limit",
            {"path": str(path), "limit": limit},
        ).fetchall()


def release(layout: Layout, connection_id: str, billing_period: str, until: datetime) -> None:
    """Delete what a delivery of the same month, written since, has made good."""
    for found in every(layout):
        same = (found.connection_id, found.billing_period) == (connection_id, billing_period)
        if same and datetime.fromisoformat(found.submitted_at) <= until:
            landing.delete(layout, _folder(layout, found))


def _folder(layout: Layout, found: Quarantined) -> Path:
    return layout.quarantined(found.connection_id, found.billing_period, found.delivery_id)
