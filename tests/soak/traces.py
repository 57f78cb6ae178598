"""What a refresh must not leave behind: files nobody needs, files that are gone, locks, spill."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from tests.journeys.installation import Installation
from tests.soak.running import processes_of
from warehouse.catalog import open_catalog
from warehouse.lake import LakeBusyError
from warehouse.registry import deliveries

LANDING = {
    *("_arriving", "_assignments.parquet", "_plan.json"),
    *("_platform", "_quarantine", "_registry"),
}


def traces(house: Installation) -> list[str]:
    """Name what is left behind, or missing, after a refresh that ended."""
    return [*_lake(house), *_landing(house), *_locks(house), *_half_written(house)]


def _lake(house: Installation) -> Iterator[str]:
    lake = house.house.lake
    catalog = open_catalog(lake.catalog)
    assert catalog is not None
    with catalog.connect() as connection:
        known = {
            Path(path).name
            for table in ("data_file", "delete_file", "files_scheduled_for_deletion")
            for (path,) in connection.execute(text(f"select path from ducklake_{table}")).tuples()
        }
    there = {path.name for path in Path(lake.data_path).rglob("*") if path.is_file()}
    yield from (f"orphan in the lake: {name}" for name in sorted(there - known))
    yield from (f"missing in the lake: {name}" for name in sorted(known - there))


def _landing(house: Installation) -> Iterator[str]:
    layout = house.house.settings.layout
    known = {
        deliveries.folder(layout, item)
        for item in deliveries.every(house.house.registry)
        if item.dropped_at is None
    }
    there = {*layout.delivered_folders()}
    yield from (f"orphan in landing: {path}" for path in sorted(there - known))
    yield from (f"half landed: {path}" for path in layout.arriving.glob("*"))
    others = {path.name for path in layout.landing.glob("[_.]*")}
    yield from (f"left in landing: {name}" for name in sorted(others - LANDING))


def _locks(house: Installation) -> Iterator[str]:
    yield from (f"still running: {command}" for command in processes_of(house))
    try:
        with house.house.lake.writing():
            pass
    except LakeBusyError as error:
        yield f"stale lock: {error}"


def _half_written(house: Installation) -> Iterator[str]:
    layout = house.house.settings.layout
    yield from (f"spilled: {path}" for path in layout.spill.rglob("*") if path.is_file())
    yield from (f"half built: {path}" for path in layout.building.rglob("*"))
    yield from (f"left in landing: {path}" for path in layout.registry_snapshot.glob(".*"))
