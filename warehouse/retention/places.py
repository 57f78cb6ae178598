"""Deleting outside of the lake: landed files, extracts, what tools left, names in the registry."""

import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from warehouse import landing
from warehouse.layout import Layout
from warehouse.registry import deliveries, erasure
from warehouse.registry.database import Database
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.organizations import organizations_of
from warehouse.registry.snapshot import write_snapshot
from warehouse.retention.plan import Item
from warehouse.scope import UNASSIGNED

ERASED: Final = {
    "company_name": erasure.erase_company_names,
    "credential": erasure.erase_credentials,
    "organization_history": erasure.erase_history,
    "profile": erasure.erase_contacts,
}
"""What a rule about a whole company makes the registry forget."""


def delete_files(registry: Database, layout: Layout, items: Sequence[Item], now: datetime) -> None:
    """Delete landed files and extracts of the items, and what a run left of them for dbt."""
    its = [each for each in deliveries.every(registry) if _is_of_any(each, items)]
    deliveries.drop(registry, its, now)
    for each in its:
        landing.delete(layout, deliveries.folder(layout, each))
    landing.sweep(layout)
    for item in items:
        if "extract" in item.classes:
            _delete_extracts(layout, item, organizations_of(registry, item.company_id))
    layout.plan.unlink(missing_ok=True)
    for folder in (layout.spill, layout.dbt):
        empty(folder)


def _is_of_any(delivery: DeliveryRecord, items: Iterable[Item]) -> bool:
    """A payer's file holds the rows of many organizations: it goes whole, the bucket has it."""
    return any(
        "raw" in item.classes
        and item.company_id == delivery.company_id
        and item.billing_period in {"", delivery.billing_period}
        for item in items
    )


def _delete_extracts(layout: Layout, item: Item, of_company: frozenset[str]) -> None:
    """An organization's own; of a whole company also what is unassigned, which says not whose."""
    holders = {item.organization_id} if item.organization_id else {*of_company, UNASSIGNED}
    for folder in layout.extracts.glob(f"*/{item.billing_period or '*'}/"):
        if folder.parent.name in holders:
            shutil.rmtree(folder)


def delete_registrations(registry: Database, layout: Layout, items: Iterable[Item]) -> None:
    """Forget the names that the items cover, and land the registry anew without them."""
    with registry.write() as tx:
        for item in items:
            if item.organization_id:
                erasure.erase_organization(tx, item.organization_id)
            elif item.member_id:
                erasure.erase_member(tx, item.member_id)
            else:
                for data_class in sorted(item.classes & ERASED.keys()):
                    ERASED[data_class](tx, item.company_id)
                if "optimisation" in item.classes:
                    erasure.erase_optimisation(tx, item.company_id, item.billing_period)
    write_snapshot(registry, layout.registry_snapshot)
    clean_registry(registry)


def clean_registry(registry: Database) -> None:
    """Take deleted values out of the registry's file, when it is one."""
    if registry.engine.dialect.name == "sqlite":
        clean_sqlite(Path(str(registry.engine.url.database)))


def clean_sqlite(path: Path) -> None:
    """Take deleted values out of a SQLite file and its journal, which keep them otherwise."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("pragma secure_delete = on")
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")


def empty(folder: Path) -> None:
    """Delete what lies in a folder; the folder stays, for who expects it."""
    for path in folder.glob("*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
