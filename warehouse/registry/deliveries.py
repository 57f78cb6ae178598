"""The ledger of deliveries: what arrived, what is loaded, what readers see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, and_, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from warehouse.layout import Layout
from warehouse.registry.database import Database
from warehouse.registry.tables import connections, deliveries, publications

PENDING = ("landed", "suspect")
UNRECORDED: Final = timedelta(hours=1)
"""Longer than any collector takes from a seal to its record."""
UNREAD = "UNREAD"
"""Instead of a type: a raw column that landing does not keep, known by its name alone."""
VALUELESS = "NULL"
"""Instead of a type: a Parquet column in which nothing stands, which says nothing of its kind."""


@dataclass(frozen=True)
class DeliveryRecord:
    """One delivery as the registry keeps it. Its key is the first three fields."""

    connection_id: str
    billing_period: str
    delivery_id: str
    dataset: str
    file_type: str
    submitted_at: datetime
    file_count: int
    bytes: int
    sha256: str | None
    row_count: int | None
    control_totals: Mapping[str, Decimal]
    columns: Mapping[str, str]
    has_net_costs: bool
    warnings: tuple[str, ...]
    state: str
    message: str
    landed_at: datetime
    published_at: datetime | None = None
    dropped_at: datetime | None = None
    company_id: str = ""
    provider: str = ""


def record(registry: Database, delivery: DeliveryRecord) -> None:
    """Write what is known of a delivery, replacing what was known before."""
    values: dict[str, Any] = {
        column.name: getattr(delivery, column.name) for column in deliveries.columns
    } | {
        "control_totals": {code: str(total) for code, total in delivery.control_totals.items()},
        "columns": dict(delivery.columns),
        "warnings": list(delivery.warnings),
    }
    dialect = postgresql if registry.engine.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(deliveries).values(values)
    with registry.write() as connection:
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=list(deliveries.primary_key), set_=values
            )
        )


def of_connection(registry: Database, connection_id: str) -> list[DeliveryRecord]:
    """Return every delivery of a connection, oldest first."""
    with registry.read() as connection:
        return _read(connection, deliveries.c.connection_id == connection_id)


def every(registry: Database) -> list[DeliveryRecord]:
    """Return every delivery of every connection, oldest first."""
    with registry.read() as connection:
        return _read(connection, deliveries.c.delivery_id.is_not(None))


def pending(registry: Database) -> list[DeliveryRecord]:
    """Return the deliveries to load next: of each connection and period the newest landed one.

    Healthy ones come together. A suspect, one that was loaded in a run that failed, comes alone,
    so that it can be told apart from the innocent. One whose bytes were dropped waits until it has
    been fetched again.
    """
    with registry.read() as connection:
        landed = _read(connection, deliveries.c.state.in_(PENDING))
    found = {(item.connection_id, item.billing_period): item for item in landed}
    newest = {key: item for key, item in found.items() if item.dropped_at is None}
    healthy = [item for item in newest.values() if item.state == "landed"]
    return healthy or list(newest.values())[:1]


def loadable(tx: Connection, company_id: str) -> list[DeliveryRecord]:
    """Return what of a company's bills is served or waits, and of the refused the newest ones."""
    found = _read(
        tx,
        and_(
            connections.c.company_id == company_id,
            deliveries.c.sha256.is_not(None),
            deliveries.c.state != "superseded",
        ),
    )
    newest = {(item.connection_id, item.billing_period): item.delivery_id for item in found}
    return [
        item
        for item in found
        if item.state != "refused"
        or item.delivery_id == newest[item.connection_id, item.billing_period]
    ]


def billed_currencies(tx: Connection, company_id: str) -> set[tuple[str, str]]:
    """Return the months and currencies of a company's bills."""
    return {
        (item.billing_period, currency)
        for item in loadable(tx, company_id)
        for currency in item.control_totals
    }


def load_again(tx: Connection, items: Iterable[DeliveryRecord], why: str, at: datetime) -> None:
    """Let the next refresh load deliveries once more that are served or were refused.

    Readers keep what they see until then. The message makes this waiting another one than the
    first, for a sensor that asks only once for the same.
    """
    for item in items:
        if item.state in ("published", "refused"):
            message = f"is loaded again: {why} at {at:%Y-%m-%d %H:%M:%S} UTC"
            tx.execute(update(deliveries).where(_is(item)).values(state="landed", message=message))


def mark(registry: Database, loaded: Iterable[DeliveryRecord], state: str, message: str) -> None:
    """Set the state of deliveries and say why."""
    with registry.write() as connection:
        for item in loaded:
            connection.execute(
                update(deliveries).where(_is(item)).values(state=state, message=message)
            )


def folder(layout: Layout, item: DeliveryRecord) -> Path:
    """Return where a delivery lies in landing."""
    return layout.delivery(item.connection_id, item.billing_period, item.delivery_id)


def unrecorded(registry: Database, layout: Layout, before: datetime) -> list[Path]:
    """Return landed folders of which the registry knows nothing, written before an instant.

    A kill came between the seal and the record. A living collector comes to that in no time, so
    `before` leaves alone what it has just sealed.
    """
    known = {folder(layout, item) for item in every(registry)}
    return [
        path
        for path in layout.delivered_folders()
        if path not in known and datetime.fromtimestamp(path.stat().st_mtime, UTC) < before
    ]


def drop(registry: Database, items: Iterable[DeliveryRecord], at: datetime) -> None:
    """Remember that the bytes of deliveries go, and forget what was told of their content.

    Before they do: a delivery without bytes must not be loaded.
    """
    with registry.write() as connection:
        for item in items:
            connection.execute(
                update(deliveries)
                .where(_is(item))
                .values(dropped_at=at, message="", warnings=[], columns={})
            )


def publish(
    registry: Database, loaded: Iterable[DeliveryRecord], snapshot_id: int, at: datetime
) -> None:
    """Let readers see a snapshot of the lake, and its deliveries with it, in one transaction.

    Older deliveries of the same periods become superseded at the same instant.
    """
    with registry.write() as connection:
        for item in loaded:
            same_period = and_(
                deliveries.c.connection_id == item.connection_id,
                deliveries.c.billing_period == item.billing_period,
                deliveries.c.submitted_at <= item.submitted_at,
                deliveries.c.state.in_((*PENDING, "published")),
            )
            connection.execute(update(deliveries).where(same_period).values(state="superseded"))
            connection.execute(
                update(deliveries)
                .where(_is(item))
                .values(state="published", message="", published_at=at)
            )
        connection.execute(insert(publications).values(snapshot_id=snapshot_id, published_at=at))


def published_snapshot(registry: Database) -> tuple[int, datetime] | None:
    """Return the snapshot that readers see and since when; None before the first refresh."""
    newest = (
        select(publications.c.snapshot_id, publications.c.published_at)
        .order_by(publications.c.publication_id.desc())
        .limit(1)
    )
    with registry.read() as connection:
        row = connection.execute(newest).one_or_none()
    return (row.snapshot_id, row.published_at) if row else None


def published_at(registry: Database, at: datetime) -> list[DeliveryRecord]:
    """Return the deliveries that readers see since exactly this instant: those of one load."""
    with registry.read() as connection:
        return _read(connection, deliveries.c.published_at == at)


def _is(item: DeliveryRecord) -> Any:
    return and_(
        deliveries.c.connection_id == item.connection_id,
        deliveries.c.billing_period == item.billing_period,
        deliveries.c.delivery_id == item.delivery_id,
    )


def _read(connection: Connection, condition: Any) -> list[DeliveryRecord]:
    rows = connection.execute(
        select(deliveries, connections.c.company_id, connections.c.provider)
        .join(connections, connections.c.connection_id == deliveries.c.connection_id)
        .where(condition)
        .order_by(deliveries.c.submitted_at, deliveries.c.delivery_id)
    ).mappings()
    return [_record(row) for row in rows]


def _record(row: RowMapping) -> DeliveryRecord:
    totals = {code: Decimal(total) for code, total in row["control_totals"].items()}
    return DeliveryRecord(
        **dict(row) | {"control_totals": totals, "warnings": tuple(row["warnings"])}
    )
