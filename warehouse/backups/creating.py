"""Make a backup: one instant of the house, while readers read and members change the registry."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import text

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


def create_backup(registry: Database, lake: Lake, shelf: Path, now: datetime) -> Backup:
    """Copy a house into a new folder of the shelf, which appears whole, by one rename.

    Nobody else writes to the lake meanwhile: raises LakeBusyError while somebody does. Files that
    never change are linked where the disk is the same, and copied otherwise. Raises BackupError.
    """
    if "://" in lake.data_path:
        raise BackupError(
            f"NOT_A_FOLDER: the lake's files lie in {lake.data_path}. Copy them by the bucket's own"
            " means (versions, replication) and the databases with pg_dump, while no refresh runs."
        )
    with lake.writing():
        sweep(shelf)
        target = shelf / f"{now:%Y%m%dT%H%M%SZ}"
        arriving = arriving_of(target)
        arriving.mkdir(parents=True)
        try:
            _copy_databases(registry, lake, Layout(arriving))
            _copy_files(lake, Layout(arriving))
            _check_that_the_catalogs_files_are_there(lake, Layout(arriving))
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


def _copy_files(lake: Lake, into: Layout) -> None:
    for source, target in _places(lake, into):
        never_changes = source != lake.layout.platform
        for path in sorted(source.rglob("*")):
            if path.is_file() and lake.layout.arriving not in path.parents:
                copied = target / path.relative_to(source)
                copied.parent.mkdir(parents=True, exist_ok=True)
                _link_or_copy(path, copied) if never_changes else shutil.copy2(path, copied)


def _places(lake: Lake, into: Layout) -> Iterator[tuple[Path, Path]]:
    yield Path(lake.data_path), into.lake_data
    for name in KEPT:
        yield getattr(lake.layout, name), getattr(into, name)


def _link_or_copy(path: Path, copied: Path) -> None:
    """The house replaces and deletes its files, and never writes into one that is there."""
    try:
        os.link(path, copied)
    except OSError:
        shutil.copy2(path, copied)


def _check_that_the_catalogs_files_are_there(lake: Lake, into: Layout) -> None:
    """A backup of a broken lake would be found out on the day it is needed."""
    catalog = open_catalog(lake.catalog)
    if catalog is None:
        return
    there = {path.name for path in into.lake_data.rglob("*")}
    with catalog.connect() as connection:
        named = [
            Path(path).name
            for table in ("ducklake_data_file", "ducklake_delete_file")
            for (path,) in connection.execute(text(f"select path from {table}")).tuples()
        ]
    missing = sorted(set(named) - there)
    if missing:
        raise BackupError(
            f"LAKE_BROKEN: {len(missing)} files that the catalog names are not in {lake.data_path},"
            f" the first is {missing[0]}. Restore an older backup: `finhouse backup list`."
        )


def _described(registry: Database, arriving: Path, target: Path, now: datetime) -> Backup:
    served = deliveries.published_snapshot(registry)
    with registry.read() as tx:
        certificates = len(read_chain(tx))
    return Backup(target, now, served and served[0], certificates, tuple(facts_of(arriving)))
