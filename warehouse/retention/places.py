"""Deleting outside of the lake: landed files, extracts, what tools left, names in the registry."""

import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from warehouse import landing, spilling
from warehouse.layout import Holder, Layout
from warehouse.registry import deliveries, erasure
from warehouse.registry.database import Database
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.organizations import organizations_of
from warehouse.registry.snapshot import write_snapshot
from warehouse.registry.tables import METADATA
from warehouse.retention.items import Item
from warehouse.retention.rewriting import is_server, write_anew
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
        key = (each.connection_id, each.billing_period, each.delivery_id)
        landing.delete(layout, layout.quarantined(*key))
    for path in deliveries.unrecorded(registry, layout, now - deliveries.UNRECORDED):
        landing.delete(layout, path)
    landing.sweep(layout)
    for item in items:
        if "extract" in item.classes:
            _delete_extracts(layout, item, organizations_of(registry, item.company_id))
    layout.plan.unlink(missing_ok=True)
    spilling.wipe(layout)
    for folder in (layout.dbt, layout.validations):
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
    """An organization's own; of a whole company also the company's and what is unassigned."""
    of_whole = {*of_company, UNASSIGNED, ""}
    holders = {item.organization_id} if item.organization_id else of_whole
    folders = {Holder(item.company_id, each).folder for each in holders}
    for folder in layout.extracts.glob(f"*/{item.billing_period or '*'}/"):
        if folder.parent.name in folders:
            shutil.rmtree(folder)


def delete_registrations(registry: Database, layout: Layout, items: Iterable[Item]) -> bool:
    """Forget the names that the items cover, and land the registry anew without them.

    False when a server's log still keeps them.
    """
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
    return clean_registry(registry)


def clean_registry(registry: Database) -> bool:
    """Take deleted values out of the registry; False on a server, whose log keeps the names."""
    return write_anew(registry.engine, METADATA.tables) and not is_server(registry.engine)


def empty(folder: Path) -> None:
    """Delete what lies in a folder; the folder stays, for who expects it."""
    for path in folder.glob("*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
