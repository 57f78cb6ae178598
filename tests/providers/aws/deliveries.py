"""Write bills as AWS delivers them, tiny ones, into a folder or a bucket.

Rows are dicts in CUR 2.0 or FOCUS column names, or a Parquet file; every writer returns the keys
it wrote, manifest last, relative to the store.
"""

import gzip
import io
import json
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from tests.providers import folder

Rows = Sequence[dict[str, Any]] | Path
NOON = datetime(2026, 9, 15, 12, tzinfo=UTC)
CATEGORIES = (
    "split_line_item", "line_item", "resource_tags", "cost_category", "savings_plan", "identity",
    "bill", "product", "pricing", "reservation", "discount",
)  # fmt: skip
LOWER_FIRST = ("product_", "pricing_public", "pricing_term", "pricing_unit", "pricing_currency")


class Bills(Protocol):
    """Where bills are written to."""

    @property
    def home(self) -> str:
        """The `s3://` address the manifests speak of."""

    def put(self, key: str, content: bytes) -> None:
        """Write a file."""


@dataclass(frozen=True)
class Folder(folder.Folder):
    """A folder that mirrors a bucket below some prefix."""

    home: str = "s3://bills-of-a-company/cur/daily"


@dataclass(frozen=True)
class Bucket:
    """A prefix of a bucket, through any S3 client."""

    client: Any
    bucket: str
    prefix: str = "cur/daily"

    @property
    def home(self) -> str:
        """The `s3://` address the manifests speak of."""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def location(self) -> str:
        """What a connection calls it."""
        return self.home

    def put(self, key: str, content: bytes) -> None:
        """Write a file."""
        self.client.put_object(Bucket=self.bucket, Key=f"{self.prefix}/{key}", Body=content)

    def get(self, key: str) -> bytes:
        """Read a file."""
        found = self.client.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{key}")
        return bytes(found["Body"].read())

    def remove(self, key: str) -> None:
        """Remove a file."""
        self.client.delete_object(Bucket=self.bucket, Key=f"{self.prefix}/{key}")


def put_export(
    bills: Bills,
    export: str,
    period: str,
    rows: Rows,
    *,
    mode: str = "overwrite",
    file_type: str = "parquet",
    submitted_at: datetime = NOON,
    parts: int = 2,
) -> list[str]:
    """Write a Data Export (CUR 2.0 and FOCUS share the layout); `mode` overwrite or create_new."""
    execution = f"{submitted_at:%Y-%m-%dT%H:%M:%S.337Z}-{uuid.uuid5(uuid.NAMESPACE_OID, period)}"
    folder = f"{export}/data/BILLING_PERIOD={period}/"
    if mode == "create_new":
        folder += f"{execution}/"
    frame = _frame(rows)
    extension = {"parquet": "snappy.parquet", "csv.gz": "csv.gz"}[file_type]
    keys = []
    for number, part in enumerate(_parts(frame, parts), 1):
        keys.append(f"{folder}{export}-{number:05d}.{extension}")
        bills.put(keys[-1], _encoded(part, file_type))
    manifest = {
        "exportName": export,
        "createdAt": f"{submitted_at:%Y-%m-%dT%H:%M:%SZ}",
        "columns": [{"name": name, "type": "string"} for name in frame.columns],
        "dataFiles": [f"{bills.home}/{key}" for key in keys],
        "additionalOutputFiles": [],
    }
    keys.append(f"{export}/metadata/BILLING_PERIOD={period}/{export}-Manifest.json")
    bills.put(keys[-1], json.dumps(manifest).encode())
    return keys


put_cur2 = put_focus = put_export


def put_cur1(
    bills: Bills,
    export: str,
    period: str,
    rows: Rows,
    *,
    mode: str = "create_new",
    file_type: str = "csv.gz",
    submitted_at: datetime = NOON,
    parts: int = 2,
) -> list[str]:
    """Write a legacy CUR; `mode` is create_new, overwrite or athena (Parquet by year and month)."""
    start = datetime.strptime(period, "%Y-%m").replace(tzinfo=UTC)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    dates, assembly = f"{start:%Y%m%d}-{end:%Y%m%d}", f"{submitted_at:%Y%m%dT%H%M%SZ}"
    folder = {
        "create_new": f"{export}/{dates}/{assembly}/",
        "overwrite": f"{export}/{dates}/",
        "athena": f"{export}/{export}/year={start.year}/month={start.month}/",
    }[mode]
    frame = _frame(rows)
    if file_type != "parquet":
        frame = frame.rename({name: legacy_name(name) for name in frame.columns})
    extension = {"parquet": "snappy.parquet"}.get(file_type, file_type)
    keys = []
    for number, part in enumerate(_parts(frame, parts), 1):
        keys.append(f"{folder}{export}-{number}.{extension}")
        bills.put(keys[-1], _encoded(part, file_type))
    prefix = bills.home.removeprefix("s3://").partition("/")[2]
    manifest = {
        "assemblyId": assembly,
        "account": "012345678901",
        "columns": [
            dict(zip(("category", "name"), legacy_name(n).split("/"), strict=False))
            for n in _frame(rows).columns
        ],
        "charset": "UTF-8",
        "compression": {"csv.gz": "GZIP", "zip": "ZIP", "parquet": "Parquet"}[file_type],
        "contentType": "text/csv",
        "reportName": export,
        "billingPeriod": {
            "start": f"{start:%Y%m%dT000000.000Z}",
            "end": f"{end:%Y%m%dT000000.000Z}",
        },
        "bucket": bills.home.removeprefix("s3://").partition("/")[0],
        "reportKeys": [f"{prefix}/{key}" for key in keys],
        "additionalArtifactKeys": [],
    }
    raw = json.dumps(manifest).encode()
    if mode == "create_new":
        bills.put(f"{folder}{export}-Manifest.json", raw)
    keys.append(f"{export}/{dates}/{export}-Manifest.json")
    bills.put(keys[-1], raw)
    return keys


def legacy_name(name: str) -> str:
    """Spell a CUR 2.0 column as legacy CSV does: `line_item_usage_type` -> `lineItem/UsageType`."""
    category = next((c for c in CATEGORIES if name.startswith(f"{c}_")), None)
    if category is None:
        return name
    pascal = "".join(word[:1].upper() + word[1:] for word in name[len(category) + 1 :].split("_"))
    first, *others = category.split("_")
    if name.startswith(LOWER_FIRST):
        pascal = pascal[:1].lower() + pascal[1:]
    return first + "".join(map(str.capitalize, others)) + "/" + pascal


def _frame(rows: Rows) -> pl.DataFrame:
    return (
        pl.read_parquet(rows)
        if isinstance(rows, Path)
        else pl.DataFrame(rows, infer_schema_length=None)
    )


def _parts(frame: pl.DataFrame, parts: int) -> Iterator[pl.DataFrame]:
    size = -(-max(frame.height, 1) // parts)
    for start in range(0, size * parts, size):
        yield frame.slice(start, size)


def _encoded(frame: pl.DataFrame, file_type: str) -> bytes:
    out = io.BytesIO()
    if file_type == "parquet":
        frame.write_parquet(out, compression="snappy")
        return out.getvalue()
    frame.write_csv(out, datetime_format="%Y-%m-%dT%H:%M:%SZ")
    return zipped(out.getvalue()) if file_type == "zip" else gzip.compress(out.getvalue(), mtime=0)


def zipped(content: bytes, members: int = 1) -> bytes:
    """Pack a CSV as legacy CUR's zip does."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(1, members + 1):
            archive.writestr(f"report-{number}.csv", content)
    return out.getvalue()
