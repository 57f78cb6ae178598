"""Make a backup: one instant of the house, while readers read and members change the registry."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import text

from warehouse.backups.bucket import Bucket, fetch
from warehouse.backups.databases import CATALOG_TABLES, REGISTRY_TABLES, copy_database
from warehouse.backups.shelf import (
    Backup,
    BackupError,
    arriving_of,
    facts_of,
    sweep,
    write_manifest,
)
from warehouse.catalog import open_catalog
from warehouse.lake import Lake
from warehouse.landing import seal
from warehouse.layout import Layout
from warehouse.registry import deliveries
from warehouse.registry.database import Database
from warehouse.retention.certificates import read_chain

KEPT: Final = ("landing", "platform", "withheld", "retention", "extracts", "prices")
"""Places of the data folder, beside databases and lake, that cannot be made anew."""
LEFT_OUT: Final = (
    *("root", "spill", "dbt", "dagster_home", "serving", "extensions", "lake_lock"),
    *("validations", "backups", "house_backups", "sample"),
)
"""Cut from the lake, unpacked from wheels, of one run, or somebody else's."""


NAMED: Final = """
    select distinct schemas.path || tables.path || files.path, file_size_bytes
    from (
        select table_id, path, file_size_bytes from ducklake_data_file
        union all
        select table_id, path, file_size_bytes from ducklake_delete_file
    ) as files
    inner join ducklake_table as tables on files.table_id = tables.table_id
    inner join ducklake_schema as schemas on tables.schema_id = schemas.schema_id
"""
"""Every file that the catalog names, of any snapshot, below where the lake's files lie."""


def create_backup(
    registry: Database, lake: Lake, shelf: Path, now: datetime, bucket: Bucket | None = None
) -> Backup:
    """Copy a house into a new folder of the shelf, which appears whole, by one rename.

    Nobody else writes to the lake meanwhile: raises LakeBusyError while somebody does. Files that
    never change are linked where the disk is the same, and copied otherwise; those of a lake in a
    bucket are fetched from it. Raises BackupError.
    """
    with lake.writing():
        sweep(shelf)
        target = shelf / f"{now:%Y%m%dT%H%M%SZ}"
        arriving = arriving_of(target)
        arriving.mkdir(parents=True)
        try:
            _copy_databases(registry, lake, Layout(arriving))
            files = _named_files(lake)
            if bucket:
                fetch(bucket, files, Layout(arriving).lake_data)
            _copy_files(_places(lake, Layout(arriving), bucket), lake.layout)
            _check_that_the_catalogs_files_are_there(lake, files, Layout(arriving))
            backup = _described(registry, arriving, target, now)
            write_manifest(backup, arriving)
            if not seal(arriving, target):
                raise BackupError(f"NOT_EMPTY: there already is {target}. Try again in a second.")
        finally:
            shutil.rmtree(arriving, ignore_errors=True)
    return backup


def _copy_databases(registry: Database, lake: Lake, into: Layout) -> None:
    url = registry.engine.url.render_as_string(hide_password=False)
    copy_database(registry.engine, url, REGISTRY_TABLES, into.registry)
    catalog = open_catalog(lake.catalog)
    if catalog is not None:
        address = lake.catalog.partition(":")[2]
        copy_database(catalog, address, CATALOG_TABLES, into.lake_catalog)


def _copy_files(places: Iterable[tuple[Path, Path]], layout: Layout) -> None:
    for source, target in places:
        never_changes = source != layout.platform
        for path in sorted(source.rglob("*")):
            if path.is_file() and layout.arriving not in path.parents:
                copied = target / path.relative_to(source)
                copied.parent.mkdir(parents=True, exist_ok=True)
                _link_or_copy(path, copied) if never_changes else shutil.copy2(path, copied)


def _places(lake: Lake, into: Layout, bucket: Bucket | None) -> Iterator[tuple[Path, Path]]:
    if bucket is None:
        yield Path(lake.data_path), into.lake_data
    for name in KEPT:
        yield getattr(lake.layout, name), getattr(into, name)


def _link_or_copy(path: Path, copied: Path) -> None:
    """The house replaces and deletes its files, and never writes into one that is there."""
    try:
        os.link(path, copied)
    except OSError:
        shutil.copy2(path, copied)


def _named_files(lake: Lake) -> Mapping[str, int]:
    """Return the size of every file that the catalog names, none before there is a catalog."""
    catalog = open_catalog(lake.catalog)
    if catalog is None:
        return {}
    with catalog.connect() as connection:
        return dict(connection.execute(text(NAMED)).tuples().all())


def _check_that_the_catalogs_files_are_there(
    lake: Lake, files: Mapping[str, int], into: Layout
) -> None:
    """A backup of a broken lake would be found out on the day it is needed."""
    broken = sorted(
        key
        for key, size in files.items()
        if not (into.lake_data / key).is_file() or (into.lake_data / key).stat().st_size != size
    )
    if broken:
        raise BackupError(
            f"LAKE_BROKEN: {len(broken)} files that the catalog names are not in {lake.data_path},"
            f" or not as they were written; the first is {broken[0]}. Restore an older backup:"
            " `finhouse backup list`."
        )


def _described(registry: Database, arriving: Path, target: Path, now: datetime) -> Backup:
    served = deliveries.published_snapshot(registry)
    with registry.read() as tx:
        certificates = len(read_chain(tx))
    return Backup(target, now, served and served[0], certificates, tuple(facts_of(arriving)))
