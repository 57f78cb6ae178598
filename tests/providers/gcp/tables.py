"""Billing exports to test against: a table of the emulator, and a folder of extracts."""

import gzip
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from google.cloud import bigquery

from tests.providers.gcp.rows import lines_of, usage_schema

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """One table in the emulator."""

    client: bigquery.Client
    name: str
    """project.dataset.table"""

    @property
    def location(self) -> str:
        """What a connection to it is given."""
        project, dataset, _ = self.name.split(".")
        return f"bigquery://{project}/{dataset}"

    @property
    def export(self) -> str:
        """The table's own name."""
        return self.name.rpartition(".")[2]

    def create(
        self,
        *without: str,
        is_partitioned: bool = False,
        schema: Sequence[bigquery.SchemaField] = (),
    ) -> "Table":
        """Make it, empty: another schema's, or the usage export's without the columns named."""
        table = bigquery.Table(self.name, schema=schema or usage_schema(*without))
        if is_partitioned:
            table.time_partitioning = bigquery.TimePartitioning()
        self.client.create_table(table)
        return self

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows, as Google loads them."""
        assert self.client.insert_rows_json(self.name, [dict(row) for row in rows]) == []

    def empty(self, month: str) -> None:
        """Take a month's rows away."""
        self.client.query(f"delete from `{self.name}` where invoice.month = '{month}'").result()


@dataclass(frozen=True)
class Extracts:
    """A folder of extracts."""

    root: Path
    export: str = "daily"

    @property
    def location(self) -> str:
        """What a connection to it is given."""
        return str(self.root)

    def folder(self, month: str) -> Path:
        """Return one month's folder."""
        return self.root / self.export / f"invoice_month={month}"

    def put(
        self,
        month: str,
        files: Mapping[str, Sequence[Row]],
        exported_at: str = "2026-10-03T08:00:00Z",
    ) -> None:
        """Write a month's files and then its manifest; the name says the format."""
        folder = self.folder(month)
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in files.items():
            (folder / name).write_bytes(packed(name, rows))
        manifest = {"exported_at": exported_at, "files": list(files)}
        (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def _polars(field: bigquery.SchemaField) -> Any:
    """An export's Parquet has BigQuery's types, also where all values are null."""
    if field.field_type == "RECORD":
        struct = pl.Struct({child.name: _polars(child) for child in field.fields})
        return pl.List(struct) if field.mode == "REPEATED" else struct
    return pl.Float64 if field.field_type.startswith("FLOAT") else pl.String


def packed(name: str, rows: Sequence[Row]) -> bytes:
    """Return rows as a file of this name holds them."""
    if name.endswith(".parquet"):
        out = io.BytesIO()
        typed = {field.name: _polars(field) for field in usage_schema()}
        own = typed if rows and rows[0].keys() <= typed.keys() else None
        frame = pl.DataFrame(list(rows), schema=own, infer_schema_length=None)
        times = [c for c in frame.columns if c.endswith(("_time", "PeriodStart", "PeriodEnd"))]
        frame.with_columns(pl.col(times).str.to_datetime(time_zone="UTC")).write_parquet(out)
        return out.getvalue()
    text = lines_of(rows).encode()
    return gzip.compress(text, mtime=0) if name.endswith(".gz") else text
