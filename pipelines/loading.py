"""The second half of a refresh: load what landed, and let readers see all of it or nothing."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pipelines.examining import UnfitError, examining
from pipelines.house import House
from pipelines.models import ModelsFailedError
from pipelines.platform.landing import changed_since, has_events
from pipelines.providers.contract import BillingPeriod, utc_now
from pipelines.settings import Settings
from quality.gates import results
from warehouse import landing, publication, quarantine, reassignment
from warehouse.landing import DATA, ROWS
from warehouse.layout import Layout
from warehouse.registry import deliveries
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.snapshot import write_snapshot
from warehouse.registry.suppression import suppressed_spans

MONTHS_AFTER = 2
"""How many months after a changed one are computed anew, at most: they look back at it."""


class UndoneError(Exception):
    """A run whose models or checks failed: it was undone, readers keep the old numbers."""


def is_due(house: House) -> bool:
    """Tell whether readers could see more than they do.

    A delivery waits, accounts changed hands, the platform dropped something, or a day began, which
    moves the state of its invoices.
    """
    registry, settings = house.registry, house.settings
    served = deliveries.published_snapshot(registry)
    return (
        bool(deliveries.pending(registry))
        or bool(reassignment.affected(registry, house.lake, settings.layout.applied_assignments))
        or (served is None and has_events(settings.layout.landed_platform))
        or (served is not None and _platform_moved(settings, served[1]))
    )


def _platform_moved(settings: Settings, published_at: datetime) -> bool:
    is_new_day = published_at.date() < utc_now().date()
    return changed_since(settings.drops, published_at) or (
        is_new_day and has_events(settings.layout.landed_platform)
    )


@contextmanager
def loading(house: House) -> Iterator[list[DeliveryRecord]]:
    """Run the models within: yields the deliveries they load, then lets readers see them.

    When the models fail inside, everything they wrote is undone and UndoneError says why.
    Raises LakeBusyError when another process is loading.
    """
    with house.lake.writing():
        batch = plan(house)
        try:
            with examining(house, batch) as examine:
                yield batch
                examine()
        except ModelsFailedError as error:
            withdraw(house, batch)
            raise UndoneError(
                f"{told(batch)}: {error}. Readers keep the old numbers."
                f" {_blame(house, batch, error)}"
            ) from error
        publish(house, batch)
        for item in batch:
            layout = house.settings.layout
            quarantine.release(layout, item.connection_id, item.billing_period, item.submitted_at)
        drop_what_was_suppressed(house, batch)
        sweep(house)


def told(batch: Iterable[DeliveryRecord]) -> str:
    """Name deliveries for a person."""
    return ", ".join(f"{i.connection_id} {i.billing_period} {i.delivery_id}" for i in batch)


def plan(house: House) -> list[DeliveryRecord]:
    """Decide what the next run loads and write it where the models read it."""
    layout = house.settings.layout
    reassignment.apply(house.registry, house.lake, layout.applied_assignments)
    batch = deliveries.pending(house.registry)
    write_snapshot(house.registry, layout.registry_snapshot)
    with house.registry.read() as tx:
        suppressing = {company_id for company_id, _ in suppressed_spans(tx)}
    entries = [
        {
            "connection_id": item.connection_id,
            "company_id": item.company_id,
            "provider": item.provider,
            "dataset": item.dataset,
            "billing_period": item.billing_period,
            "delivery_id": item.delivery_id,
            "folder": str(rows_of(layout, item)),
            "columns": {
                name: kind for name, kind in item.columns.items() if kind != deliveries.UNREAD
            },
            "is_positional": item.file_type == "csv",
            "has_net_costs": item.has_net_costs,
            "has_suppressed_accounts": item.company_id in suppressing,
            "row_count": item.row_count,
            "control_totals": {code: str(total) for code, total in item.control_totals.items()},
        }
        for item in batch
    ]
    replace_text(layout.plan, json.dumps(entries, ensure_ascii=False))
    return batch


def rows_of(layout: Layout, item: DeliveryRecord) -> Path:
    """Return where a delivery's rows lie as Parquet: as landing wrote them, or as they came."""
    folder = deliveries.folder(layout, item)
    return folder / ROWS if (folder / ROWS).is_dir() else folder / DATA


def publish(house: House, batch: Iterable[DeliveryRecord]) -> int:
    """Let readers see what was just loaded and checked; return the snapshot they see now."""
    with house.lake.connect() as connection:
        snapshot_id = publication.head(connection)
    deliveries.publish(house.registry, batch, snapshot_id, utc_now())
    publication.tidy(house.lake, snapshot_id, house.settings.snapshot_retention)
    return snapshot_id


def withdraw(house: House, batch: Sequence[DeliveryRecord]) -> None:
    """Undo a run that failed: readers never saw it, and the next run must not publish it."""
    served = deliveries.published_snapshot(house.registry)
    touched = {item.billing_period for item in batch}
    for _ in range(MONTHS_AFTER):
        touched |= {str(BillingPeriod.parse(period).next) for period in touched}
    publication.restore(house.lake, served[0] if served else None, touched)


def _blame(house: House, batch: Sequence[DeliveryRecord], error: ModelsFailedError) -> str:
    """Say what happens to the deliveries of a failed run.

    One delivery alone is the culprit and is refused. Of several nobody knows which, so each
    becomes suspect and is loaded alone next time.
    """
    if not error.is_data_fault:
        return "Nothing is wrong with the bills; the next refresh tries again."
    if isinstance(error, UnfitError) and error.culprits:
        deliveries.mark(house.registry, error.culprits, "refused", str(error))
        return f"Refused: {told(error.culprits)}. The next refresh loads the others."
    if not batch:
        return "No bill was loaded: look at what the check names."
    if len(batch) == 1:
        deliveries.mark(house.registry, batch, "refused", str(error))
        return "The delivery is refused; the next one replaces it."
    deliveries.mark(house.registry, batch, "suspect", str(error))
    return "Each delivery is tried again alone."


def drop_what_was_suppressed(house: House, batch: Iterable[DeliveryRecord]) -> None:
    """Drop landed files that hold rows of a deleted organization: the bucket is the archive.

    They are told by what the ledger dropped. When such a month is to be loaded again, it is fetched
    anew.
    """
    with house.lake.connect() as connection:
        found = connection.execute(
            "select connection_id, billing_period, delivery_id"
            " from lake.intermediate.int_bills_conserved where suppressed_charge_count > 0"
        ).fetchall()
    dropping = [
        item
        for item in batch
        if (item.connection_id, item.billing_period, item.delivery_id) in set(found)
    ]
    deliveries.drop(house.registry, dropping, utc_now())
    for item in dropping:
        landing.delete(house.settings.layout, deliveries.folder(house.settings.layout, item))


def sweep(house: House) -> None:
    """Drop landed files that no replay needs any more, and validation results as old."""
    results.tidy(house.settings.layout, utc_now(), house.settings.landing_retention)
    layout, keep = house.settings.layout, house.settings.landing_retention
    oldest = utc_now() - keep
    landing.sweep(layout)
    before = utc_now() - min(keep, deliveries.UNRECORDED)
    for folder in deliveries.unrecorded(house.registry, layout, before):
        landing.delete(layout, folder)
    for config in house.connections():
        for item in deliveries.of_connection(house.registry, config.connection_id):
            # Dropped ones again: a kill may have come between the word and the deed.
            if item.dropped_at or (item.state == "superseded" and item.landed_at < oldest):
                landing.delete(layout, deliveries.folder(layout, item))


def replace_text(path: Path, text: str) -> None:
    """Write a file by replacing it whole: a reader finds the old text or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arriving = path.with_name(f"{path.name}.{os.getpid()}")
    arriving.write_text(text, encoding="utf-8")
    arriving.replace(path)
