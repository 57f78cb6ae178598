"""Write Cost Management exports as Azure delivers them, tiny ones, into a folder or a container.

Rows are dicts in the columns of an export; every writer returns the keys it wrote, manifest last,
relative to the location.
"""

import gzip
import io
import json
import uuid
import zipfile
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import polars as pl
from azure.storage.blob import ContainerClient

from tests.providers import folder

Rows = Sequence[dict[str, Any]]
NOON = datetime(2026, 9, 15, 12, tzinfo=UTC)
TYPES = {
    "actual": "ActualCost",
    "amortized": "AmortizedCost",
    "focus": "FocusCost",
    "reservation_details": "ReservationDetails",
    "reservation_transactions": "ReservationTransactions",
    "price_sheet": "PriceSheet",
}
"""Part of a bill, or dataset of one export -> its type."""
EXTENSIONS = {"parquet": "snappy.parquet", "csv": "csv", "csv.gz": "csv.gz", "zip": "zip"}


class Exports(Protocol):
    """Where exports are written to."""

    @property
    def directory(self) -> str:
        """The directory below the container that the manifests speak of."""

    def put(self, key: str, content: bytes) -> None:
        """Write a file."""


@dataclass(frozen=True)
class Folder(folder.Folder):
    """A folder that mirrors a directory of a container."""

    directory: str = "costs/daily reports"


@dataclass(frozen=True)
class Container:
    """A directory of a container, through the real client."""

    client: ContainerClient
    directory: str = "costs/일일"

    @property
    def location(self) -> str:
        """What a connection calls it: the account's public address, whatever the endpoint."""
        return f"https://acme.blob.core.windows.net/{self.client.container_name}/{self.directory}"

    def put(self, key: str, content: bytes) -> None:
        """Write a blob."""
        self.client.upload_blob(f"{self.directory}/{key}", content, overwrite=True)

    def get(self, key: str) -> bytes:
        """Read a blob."""
        return bytes(self.client.download_blob(f"{self.directory}/{key}").readall())

    def remove(self, key: str) -> None:
        """Remove a blob."""
        self.client.delete_blob(f"{self.directory}/{key}")


def dates_of(period: str) -> str:
    """Spell a month as Azure does: its first and its last day."""
    year, month = map(int, period.split("-"))
    return f"{year}{month:02}01-{year}{month:02}{monthrange(year, month)[1]:02}"


def put_run(
    exports: Exports,
    export: str,
    part: str,
    period: str,
    rows: Rows,
    *,
    mode: str = "create_new",
    file_type: str = "csv",
    submitted_at: datetime = NOON,
    parts: int = 2,
    columns: Sequence[str] = (),
) -> list[str]:
    """Write one run of one export; `mode` create_new, overwrite, dates_first or old.

    `old` is the layout without a manifest; no `parts` are a run without files. `columns` are those
    of a run without rows.
    """
    dates = dates_of(period)
    run_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{export} {submitted_at.isoformat()}"))
    if mode == "old":
        key = f"{export}/{dates}/{export}_{run_id}.{EXTENSIONS[file_type]}"
        exports.put(key, encoded(frame(rows, columns), file_type))
        return [key]
    folder = {
        "create_new": f"{export}/{dates}/{submitted_at:%Y%m%d%H%M}/{run_id}",
        "overwrite": f"{export}/{dates}/{uuid.uuid5(uuid.NAMESPACE_OID, export)}",
        "dates_first": f"{dates}/{export}/{submitted_at:%Y%m%d%H%M}/{run_id}",
    }[mode]
    whole = frame(rows, columns)
    size = -(-max(whole.height, 1) // max(parts, 1))
    keys, blobs = [], []
    for number in range(parts):
        piece = whole.slice(number * size, size)
        content = encoded(piece, file_type)
        keys.append(f"{folder}/part_{number}_0001.{EXTENSIONS[file_type]}")
        exports.put(keys[-1], content)
        blobs.append(
            {
                "blobName": f"{exports.directory}/{keys[-1]}",
                "byteCount": len(content),
                "dataRowCount": piece.height,
            }
        )
    keys.append(f"{folder}/manifest.json")
    said = manifest(part, period, blobs, run_id=run_id, submitted_at=submitted_at, mode=mode)
    exports.put(keys[-1], json.dumps(said).encode())
    return keys


def manifest(
    part: str,
    period: str,
    blobs: Sequence[dict[str, Any]],
    *,
    run_id: str = "1",
    submitted_at: datetime = NOON,
    mode: str = "create_new",
) -> dict[str, Any]:
    """Spell a manifest as Cost Management does."""
    overwrites = mode == "overwrite"
    return {
        "manifestVersion": "2024-04-01",
        "byteCount": sum(blob["byteCount"] for blob in blobs),
        "blobCount": len(blobs),
        "dataRowCount": sum(blob["dataRowCount"] for blob in blobs),
        "exportConfig": {"exportName": "daily", "type": TYPES[part], "granularity": "Daily"},
        "deliveryConfig": {
            "partitionData": True,
            "dataOverwriteBehavior": "OverwritePreviousReport" if overwrites else "CreateNewReport",
        },
        "runInfo": {
            "executionType": "Scheduled",
            "submittedTime": f"{submitted_at:%Y-%m-%dT%H:%M:%S}.1234567Z",
            "runId": run_id,
            "startDate": f"{period}-01T00:00:00",
            "endDate": f"{period}-{monthrange(*map(int, period.split('-')))[1]}T00:00:00",
        },
        "blobs": list(blobs),
    }


def frame(rows: Rows, columns: Sequence[str] = ()) -> pl.DataFrame:
    """Make a table of rows; of no rows, one of text columns."""
    if rows:
        return pl.DataFrame(list(rows), infer_schema_length=None)
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


def encoded(table: pl.DataFrame, file_type: str) -> bytes:
    """Encode a table; CSV with the byte order mark that Azure writes."""
    out = io.BytesIO()
    if file_type == "parquet":
        table.write_parquet(out, compression="snappy")
        return out.getvalue()
    table.write_csv(out, include_bom=True)
    if file_type == "zip":
        return zipped(out.getvalue())
    return gzip.compress(out.getvalue(), mtime=0) if file_type == "csv.gz" else out.getvalue()


def zipped(content: bytes) -> bytes:
    """Pack a CSV as a person packs an export for archiving."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.csv", content)
    return out.getvalue()
