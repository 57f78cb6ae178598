"""Bring a backup back: beside the data folder, whole, and without what had to go since."""

import hashlib
import shutil
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine as DatabaseEngine
from sqlalchemy import text

from warehouse.backups import shelf
from warehouse.backups.databases import CATALOG_TABLES, DUMP, REGISTRY_TABLES, bring_back
from warehouse.backups.shelf import Backup, BackupError
from warehouse.catalog import SERVER, open_catalog
from warehouse.layout import Layout
from warehouse.registry.database import open_database
from warehouse.retention import begun
from warehouse.retention.certificates import Notary
from warehouse.retention.dates import local_date
from warehouse.retention.engine import Engine
from warehouse.retention.gone import Gone, replay
from warehouse.retention.items import Plan


def unpack(backup: Backup, into: Layout, registry_url: str, catalog: str) -> None:
    """Copy a backup into a new folder and hold that it is whole; databases go to their servers.

    Raises BackupError: nothing is left of it then.
    """
    if into.root.exists():
        raise BackupError(
            f"RESTORING: {into.root} is there: a restore is at work, or was killed. When none is at"
            " work, delete the folder and try again."
        )
    try:
        shutil.copytree(backup.path, into.root, ignore=lambda _, names: {shelf.MANIFEST} & {*names})
        shelf.check(backup, into.root)
        for engine, address, tables, copy in (
            (open_database(registry_url).engine, registry_url, REGISTRY_TABLES, into.registry),
            (open_catalog(catalog), catalog.partition(":")[2], CATALOG_TABLES, into.lake_catalog),
        ):
            _bring_back(engine, address, tables, copy.with_suffix(DUMP))
    except BaseException:
        shutil.rmtree(into.root, ignore_errors=True)
        raise


def _bring_back(
    engine: DatabaseEngine | None, address: str, tables: tuple[str, ...], dump: Path
) -> None:
    is_server = engine is not None and engine.dialect.name == SERVER
    if is_server != dump.exists():
        kept, named = ("a server", "a file") if dump.exists() else ("a file", "a server")
        raise BackupError(
            f"OTHER_DATABASE: the backup's {dump.stem} was in {kept}, and the settings name"
            f" {named}. Set FINHOUSE_REGISTRY_URL and FINHOUSE_LAKE_CATALOG as they were."
        )
    if engine is not None and is_server:
        bring_back(engine, address, tables, dump)
        dump.unlink()


def move_lake(catalog: str, data_path: str) -> None:
    """Tell the lake's catalog where its files lie: DuckLake notes the folder when it is made."""
    engine = open_catalog(catalog)
    if engine is not None:
        statement = "update ducklake_metadata set value = :path where key = 'data_path'"
        with engine.begin() as connection:
            connection.execute(text(statement), {"path": f"{data_path.rstrip('/')}/"})


def forget_again(engine: Engine, gone: Gone, now: datetime) -> int:
    """Delete again what was deleted since the backup, and what is due; return how much that is.

    Nobody reads the restored house before. Raises RetentionError.
    """
    tokens = replay(engine.registry, gone)
    plan = engine.plan_anew(local_date(now, engine.policy))
    notary = Notary(engine.lake.layout.retention)
    known = {each.item.key for each in begun.read_begun(engine.registry)}
    its = tuple(
        item for item in plan.due if notary.token(item.key) in tokens and item.key not in known
    )
    # A certificate is bound to its plan: this one is of the restore, not of the day.
    digest = hashlib.sha256(f"{plan.policy_digest} restored {now}".encode()).hexdigest()
    engine.begin(Plan(plan.as_of, digest, its), {}, now)
    return len(engine.run(now))
