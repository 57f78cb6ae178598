"""Backups of this installation: made of its house, restored before anybody opens it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.providers.registry import bucket_for
from pipelines.retention import retention_engine
from pipelines.serving import serve
from pipelines.settings import Settings
from warehouse.backups.bucket import Bucket, send
from warehouse.backups.creating import create_backup
from warehouse.backups.restoring import forget_again, move_lake, unpack
from warehouse.backups.shelf import Backup, BackupError
from warehouse.layout import Layout
from warehouse.retention.backup import delete_house_backups
from warehouse.retention.gone import read_gone
from warehouse.retention.policy import load_policy


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    data_dir: Path
    backup: Path
    deleted_again: int
    """Things that went after the backup was made, or were due by now."""
    set_aside: Path | None
    """The data folder that was there before."""


def create(house: House) -> Backup:
    """Make a backup of the house where the settings say."""
    shelf, bucket = house.settings.backups, _bucket(house.settings)
    return create_backup(house.registry, house.lake, shelf, utc_now(), bucket)


def restore(settings: Settings, backup: Backup, *, replace: bool = False) -> Restored:
    """Make the data folder of a backup: built beside it, and moved there by one rename.

    What was asked to go since, as far as it was noted elsewhere, is deleted before anybody can
    read. Raises BackupError and RetentionError: the data folder is then as it was.
    """
    layout, bucket = settings.layout, _bucket(settings)
    staged = Layout(layout.aside("restoring"))
    moves = [*_moves(settings, staged, bucket)]
    _check_room(layout, [target for _, target in moves], replace=replace)
    if bucket and not bucket.is_empty():
        raise BackupError(
            f"NOT_EMPTY: {settings.lake_data} has files, and a restore overwrites nothing. Delete"
            " them, or name an empty prefix in FINHOUSE_LAKE_DATA."
        )
    building = _built_in(settings, staged)
    unpack(backup, staged, building.registry, building.catalog)
    try:
        move_lake(building.catalog, str(staged.lake_data))
        deleted = _forget(House.open(building), settings, backup)
        move_lake(building.catalog, settings.lake_data or str(layout.lake_data))
        if bucket:
            send(staged.lake_data, bucket)
        for source, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(source, target)
    except BaseException:
        shutil.rmtree(staged.root, ignore_errors=True)
        raise
    set_aside = _swap(layout, staged)
    _delete_stale(House.open(settings))
    return Restored(layout.root, backup.path, deleted, set_aside)


def _forget(house: House, settings: Settings, backup: Backup) -> int:
    """Delete what went since the backup, then make the files that readers open."""
    folders = (settings.layout.retention, backup.path.parent)
    named = filter(None, (settings.backup_dir, settings.retention_copy))
    deleted = forget_again(retention_engine(house), read_gone([*folders, *named]), utc_now())
    serve(house)
    return deleted


def _delete_stale(house: House) -> None:
    """The backup that was restored may hold what went since: it is no longer needed."""
    with house.lake.writing():
        delete_house_backups(house.registry, house.settings.backups, load_policy(), utc_now())


def _bucket(settings: Settings) -> Bucket | None:
    """Return the bucket that the lake's files lie in; None for a folder. Raises BackupError."""
    place = settings.lake_data or ""
    if "://" not in place:
        return None
    bucket = bucket_for(place, settings.bucket_options)
    if bucket is None:
        raise BackupError(
            f"OTHER_BUCKET: the lake's files lie in {place}, and those of s3:// alone are copied."
            " Copy them by the bucket's own means, and the databases with pg_dump, while no"
            " refresh runs."
        )
    return bucket


def _is_file(address: str) -> bool:
    return address.startswith("sqlite")


def _built_in(settings: Settings, staged: Layout) -> Settings:
    """Return the settings of the house while it is built: its files in one place, unserved."""
    in_files = {
        "registry_url": settings.registry_url if not _is_file(settings.registry) else None,
        "lake_catalog": settings.lake_catalog if not _is_file(settings.catalog) else None,
    }
    elsewhere = {"data_dir": staged.root, "lake_data": None, "backup_dir": None}
    return settings.model_copy(update={**elsewhere, **in_files, "postgres_url": None})


def _moves(
    settings: Settings, staged: Layout, bucket: Bucket | None
) -> Iterator[tuple[Path, Path]]:
    """Yield what the settings put elsewhere than in the data folder, and where."""
    root = settings.layout.root
    given = {} if bucket else {staged.lake_data: settings.lake_data}
    if settings.registry_url and _is_file(settings.registry):
        given[staged.registry] = make_url(settings.registry).database
    if settings.lake_catalog and _is_file(settings.catalog):
        given[staged.lake_catalog] = settings.catalog.partition(":")[2]
    for source, place in given.items():
        target = Path(place).resolve() if place else source
        if target.is_relative_to(root):
            target = staged.root / target.relative_to(root)
        if target != source:
            yield source, target


def _check_room(layout: Layout, targets: list[Path], *, replace: bool) -> None:
    places = targets if replace else [layout.root, *targets]
    there = [path for path in places if path.is_file() or (path.is_dir() and any(path.iterdir()))]
    if there:
        raise BackupError(
            f"NOT_EMPTY: {there[0]} is there, and a restore overwrites nothing. Move it away"
            + (", or say `--replace` to have the data folder set aside." if not replace else ".")
        )


def _swap(layout: Layout, staged: Layout) -> Path | None:
    """Put the restored folder in its place; return where the one before it is now."""
    set_aside = None
    if layout.root.is_dir() and any(layout.root.iterdir()):
        set_aside = layout.aside(f"replaced-{utc_now():%Y%m%dT%H%M%SZ}")
        layout.root.rename(set_aside)
        if Layout(set_aside).house_backups.is_dir():
            Layout(set_aside).house_backups.rename(staged.house_backups)
    layout.root.parent.mkdir(parents=True, exist_ok=True)
    staged.root.rename(layout.root)
    return set_aside
