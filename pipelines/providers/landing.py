"""Land one delivery, whatever the provider: fetch it whole, verify every byte, inspect, seal."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from pipelines.providers.contract import (
    BillError,
    Delivery,
    Inspection,
    Provider,
    utc_now,
)
from pipelines.providers.fetching import OnFile, fetch_all
from pipelines.providers.unreadable import undecodable
from warehouse import landing, line_ends, quarantine, spilling
from warehouse.lake import DuckDBConfig
from warehouse.landing import DATA, RECORD, ROWS
from warehouse.layout import Layout
from warehouse.unpacking import FileFacts, LandingError, verify_file


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
        with _reading(delivery, folder, layout) as reader:
            facts = fetch_all(delivery, provider, folder / DATA, on_file)
            if not provider.is_current(delivery):
                raise _changed(delivery)
            inspection = _inspect(delivery, provider, folder, reader)
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


@contextmanager
def _reading(
    delivery: Delivery, folder: Path, layout: Layout
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open what reads the files; rows that turn out to be at fault are set aside."""
    config: DuckDBConfig = {
        "memory_limit": "2GB",
        "temp_directory": spilling.for_a_database(layout),
        "autoinstall_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    with duckdb.connect(config=config) as reader:
        try:
            yield reader
        except BillError as error:
            notes = folder / "undecodable.jsonl"
            if error.code == "ENCODING" and error.rows is None:
                error = error.with_rows(undecodable(folder / DATA, notes))
            raise _set_aside(delivery, error, layout, reader) from error


def _inspect(
    delivery: Delivery, provider: Provider, folder: Path, reader: duckdb.DuckDBPyConnection
) -> Inspection:
    with tempfile.TemporaryDirectory(dir=folder) as evened:
        inspection = _inspect_lines(delivery, provider, folder / DATA, Path(evened), reader)
        if inspection.rows_sql:
            (folder / ROWS).mkdir()
            target = str(folder / ROWS / "rows.parquet").replace("'", "''")
            reader.execute(f"copy (from {inspection.rows_sql}) to '{target}' (compression zstd)")
    return inspection


def _inspect_lines(
    delivery: Delivery,
    provider: Provider,
    data: Path,
    evened: Path,
    reader: duckdb.DuckDBPyConnection,
) -> Inspection:
    """Inspect the files as they came; where lines end in two ways, inspect copies that do not."""
    try:
        return provider.inspect(delivery, data, reader)
    except BillError as error:
        if not error.code.startswith("CSV_") or not line_ends.even(data, evened):
            raise
    return provider.inspect(delivery, evened, reader)


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
