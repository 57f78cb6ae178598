"""Land one delivery, whatever the provider: fetch it whole, verify every byte, inspect, seal."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from pipelines.providers.contract import (
    BillError,
    DeliveredFile,
    Delivery,
    Inspection,
    Provider,
    utc_now,
)
from warehouse import landing, quarantine
from warehouse.lake import DuckDBConfig
from warehouse.landing import DATA, RECORD, ROWS
from warehouse.layout import Layout
from warehouse.unpacking import FileFacts, LandingError, unzip, verify_file

TRIES = 3
TRANSIENT = {"UNREACHABLE", "SIZE_MISMATCH", "CHECKSUM"}
"""Codes after which the same file is worth another try."""
PARALLEL_FILES = 4
"""Files fetched and verified at once: the network and the hashing wait for each other."""

OnFile = Callable[[DeliveredFile, FileFacts], None]


@dataclass(frozen=True)
class Landed:
    """A delivery that lies whole in landing, fit to be loaded."""

    delivery: Delivery
    folder: Path
    """Its data files lie in `data`, its record in `delivery.json`."""
    file_count: int
    bytes: int
    sha256: str
    """Of the sorted hashes of its files."""
    row_count: int
    inspection: Inspection
    landed_at: datetime


def land(
    delivery: Delivery,
    provider: Provider,
    layout: Layout,
    on_file: OnFile | None = None,
) -> Landed:
    """Bring a delivery into landing, or find it there; `on_file` hears of each file fetched.

    Until the last rename nothing is visible; a kill leaves nothing or everything.
    Raises BillError naming the file; DELIVERY_CHANGED when a newer delivery came in between.
    """
    period = str(delivery.billing_period)
    target = layout.delivery(delivery.connection_id, period, delivery.delivery_id)
    if (landed := _landed_before(delivery, target)) is not None:
        return landed
    with landing.arriving(layout) as folder:
        facts = _fetch_all(delivery, provider, folder / DATA, on_file)
        if not provider.is_current(delivery):
            raise _changed(delivery)
        inspection = _inspect(delivery, provider, folder, layout)
        landed = _summary(delivery, target, facts, inspection, utc_now())
        _write_record(folder / RECORD, landed, facts)
        if target.is_dir() and _landed_before(delivery, target) is None:
            landing.delete(layout, target)
        # False: another process landed the same delivery meanwhile; both hold the same bytes.
        landing.seal(folder, target)
    return landed


def _changed(delivery: Delivery) -> BillError:
    return BillError(
        "DELIVERY_CHANGED",
        f"{delivery.connection_id} {delivery.billing_period} {delivery.delivery_id}",
        "a newer delivery replaced it while it was fetched.",
        "The next refresh takes the newer one.",
    )


def _fetch_all(
    delivery: Delivery, provider: Provider, data: Path, on_file: OnFile | None
) -> list[FileFacts]:
    def fetch(file: DeliveredFile) -> FileFacts:
        facts = _fetch_one(file, provider, data / file.name)
        if on_file:
            on_file(file, facts)
        return facts

    with ThreadPoolExecutor(PARALLEL_FILES) as pool:
        return list(pool.map(fetch, delivery.files))


def _fetch_one(file: DeliveredFile, provider: Provider, target: Path) -> FileFacts:
    """Fetch a file, again if the way was at fault; then prove that it is whole."""
    for left in reversed(range(TRIES)):
        try:
            _fetch_whole(file, provider, target)
            break
        except BillError as error:
            target.unlink(missing_ok=True)
            if error.code not in TRANSIENT or not left:
                raise
    try:
        return verify_file(unzip(target) if target.suffix == ".zip" else target)
    except LandingError as error:
        raise BillError(
            error.code,
            file.address,
            error.what,
            "The month stays as it was; the next delivery replaces it.",
        ) from error


def _fetch_whole(file: DeliveredFile, provider: Provider, target: Path) -> None:
    provider.fetch(file, target)
    size = target.stat().st_size
    if file.bytes is not None and size != file.bytes:
        what = f"{size:,} of {file.bytes:,} bytes came."
        raise BillError("SIZE_MISMATCH", file.address, what)


def _inspect(
    delivery: Delivery,
    provider: Provider,
    folder: Path,
    layout: Layout,
) -> Inspection:
    config: DuckDBConfig = {
        "memory_limit": "2GB",
        "temp_directory": str(layout.spill),
        "autoinstall_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    with duckdb.connect(config=config) as reader:
        try:
            inspection = provider.inspect(delivery, folder / DATA, reader)
        except BillError as error:
            raise _set_aside(delivery, error, layout, reader) from error
        if inspection.rows_sql:
            (folder / ROWS).mkdir()
            target = str(folder / ROWS / "rows.parquet").replace("'", "''")
            reader.execute(f"copy (from {inspection.rows_sql}) to '{target}' (compression zstd)")
        return inspection


def _set_aside(
    delivery: Delivery, error: BillError, layout: Layout, reader: duckdb.DuckDBPyConnection
) -> BillError:
    """Keep the rows at fault where the operator finds them, and count them in the refusal."""
    if error.rows is None:
        return error
    key = (delivery.connection_id, str(delivery.billing_period), delivery.delivery_id)
    rows = error.rows
    kept = quarantine.keep(layout, reader, key, delivery.submitted_at, rows.sql, rows.row_count)
    counted = f"{kept.unreadable_count:,} of {kept.row_count:,} rows cannot be read"
    what = f"{error.what} {counted}: `finhouse quarantine show` has them."
    return BillError(error.code, error.where, what, error.advice)


def _summary(
    delivery: Delivery,
    folder: Path,
    facts: list[FileFacts],
    inspection: Inspection,
    landed_at: datetime,
) -> Landed:
    return Landed(
        delivery=delivery,
        folder=folder,
        file_count=len(facts),
        bytes=sum(file.bytes for file in facts),
        sha256=landing.combined_sha256(facts),
        row_count=inspection.row_count,
        inspection=inspection,
        landed_at=landed_at,
    )


def _write_record(path: Path, landed: Landed, facts: list[FileFacts]) -> None:
    delivery, inspection = landed.delivery, landed.inspection
    record = {
        "connection_id": delivery.connection_id,
        "billing_period": str(delivery.billing_period),
        "delivery_id": delivery.delivery_id,
        "submitted_at": delivery.submitted_at.isoformat(),
        "dataset": delivery.dataset,
        "file_type": delivery.file_type,
        "landed_at": landed.landed_at.isoformat(),
        "sha256": landed.sha256,
        "sources": [file.address for file in delivery.files],
        "files": _told(facts),
        "row_count": inspection.row_count,
        "columns": dict(inspection.columns),
        "control_totals": {k: str(v) for k, v in inspection.control_totals.items()},
        "has_net_costs": inspection.has_net_costs,
        "warnings": list(inspection.warnings),
        "rows": _told(_facts_now(path.parent / ROWS)),
    }
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")


def _landed_before(delivery: Delivery, folder: Path) -> Landed | None:
    """Return a sealed delivery if every byte of it is still what was sealed."""
    if not folder.is_dir():
        return None
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        facts = [FileFacts(**file) for file in record["files"]]
        same = (
            record["dataset"] == delivery.dataset
            and _told(_facts_now(folder / DATA)) == record["files"]
            and _told(_facts_now(folder / ROWS)) == record["rows"]
        )
        inspection = _inspection(record)
        landed_at = datetime.fromisoformat(record["landed_at"])
    except (OSError, ValueError, KeyError, TypeError, LandingError):
        same = False
    if not same:
        return None
    return _summary(delivery, folder, facts, inspection, landed_at)


def _told(facts: list[FileFacts]) -> list[dict[str, Any]]:
    return [asdict(file) for file in sorted(facts, key=lambda file: file.name)]


def _facts_now(folder: Path) -> list[FileFacts]:
    return [verify_file(path) for path in folder.iterdir()] if folder.is_dir() else []


def _inspection(record: Mapping[str, Any]) -> Inspection:
    return Inspection(
        row_count=record["row_count"],
        columns=record["columns"],
        control_totals={k: Decimal(v) for k, v in record["control_totals"].items()},
        has_net_costs=record["has_net_costs"],
        warnings=tuple(record["warnings"]),
    )
