"""The first half of a refresh: see what was delivered and land it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.house import House
from pipelines.providers.contract import (
    BillError,
    ConnectionConfig,
    Delivery,
    InFlight,
    Provider,
    utc_now,
)
from pipelines.providers.landing import Landed, land
from pipelines.providers.registry import provider_for
from warehouse.registry import deliveries
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.suppression import purged
from warehouse.retention.admission import refusal

LANDED = "landed"
UNCHANGED = "unchanged"
IN_FLIGHT = "in flight"
REFUSED = "refused"
SUPERSEDED = "superseded"
RECOMPUTED = "recomputed"


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery that a connection announced."""

    connection_id: str
    billing_period: str
    status: str
    delivery_id: str = ""
    message: str = ""
    row_count: int = 0
    bytes: int = 0


def collect(
    house: House,
    config: ConnectionConfig,
    periods: Sequence[str] | None = None,
    *,
    replay: bool = False,
) -> Iterator[Outcome]:
    """Land what a connection has newly delivered, one outcome per period it announces.

    A delivery that is in flight or unfit leaves the old one served; the rest go on.
    `replay` loads the current delivery again although it was loaded before.
    """
    known = {
        (item.billing_period, item.delivery_id): item
        for item in deliveries.of_connection(house.registry, config.connection_id)
    }
    provider = provider_for(config)
    try:
        for announced in provider.deliveries():
            period = str(announced.billing_period or "")
            if periods and period not in periods:
                continue
            if isinstance(announced, InFlight):
                yield Outcome(config.connection_id, period, IN_FLIGHT, message=announced.reason)
                continue
            yield _collect_one(house, provider, announced, known, replay=replay)
    except BillError as error:
        yield Outcome(config.connection_id, "", REFUSED, message=str(error))


def _collect_one(
    house: House,
    provider: Provider,
    delivery: Delivery,
    known: dict[tuple[str, str], DeliveryRecord],
    *,
    replay: bool,
) -> Outcome:
    connection_id, period = delivery.connection_id, str(delivery.billing_period)
    before = known.get((period, delivery.delivery_id))
    # A file that was unfit on arrival may be repaired in place: look again. One that was read
    # and then failed the models will fail again.
    is_settled = before is not None and before.sha256 is not None and not _is_missing(before)
    if is_settled and not replay:
        return Outcome(connection_id, period, UNCHANGED, delivery.delivery_id)
    newer = any(
        item.billing_period == period
        and item.state not in ("refused", "superseded")
        and item.submitted_at > delivery.submitted_at
        for item in known.values()
    )
    message = _refusal(house, delivery)
    if newer:
        message = "an older delivery than the one served arrived late: left aside"
    if message:
        deliveries.record(house.registry, _unread(delivery, "superseded", message))
        return Outcome(connection_id, period, SUPERSEDED, delivery.delivery_id, message)
    try:
        landed = land(delivery, provider, house.settings.layout)
    except BillError as error:
        deliveries.record(house.registry, _unread(delivery, "refused", str(error)))
        return Outcome(connection_id, period, REFUSED, delivery.delivery_id, str(error))
    deliveries.record(house.registry, _landed(landed))
    return Outcome(
        connection_id,
        period,
        LANDED,
        delivery.delivery_id,
        "; ".join(landed.inspection.warnings),
        landed.row_count,
        landed.bytes,
    )


def _refusal(house: House, delivery: Delivery) -> str | None:
    """Say why a delivery is not even fetched: its month is over, or nobody collects it any more."""
    connection = house.registry.connections.by_id(delivery.connection_id)
    with house.registry.read() as tx:
        over = purged(tx, connection.company_id)
    return refusal(
        str(delivery.billing_period), delivery.submitted_at, over, connection.disconnected_at
    )


def _is_missing(item: DeliveryRecord) -> bool:
    """Tell whether a delivery is to be loaded again that was dropped from landing."""
    return item.state in deliveries.PENDING and item.dropped_at is not None


def _unread(delivery: Delivery, state: str, message: str) -> DeliveryRecord:
    return DeliveryRecord(
        connection_id=delivery.connection_id,
        billing_period=str(delivery.billing_period),
        delivery_id=delivery.delivery_id,
        dataset=delivery.dataset,
        file_type=delivery.file_type,
        submitted_at=delivery.submitted_at,
        file_count=len(delivery.files),
        bytes=sum(file.bytes or 0 for file in delivery.files),
        sha256=None,
        row_count=None,
        control_totals={},
        columns={},
        has_net_costs=False,
        warnings=(),
        state=state,
        message=message,
        landed_at=utc_now(),
    )


def _landed(landed: Landed) -> DeliveryRecord:
    delivery, inspection = landed.delivery, landed.inspection
    return DeliveryRecord(
        connection_id=delivery.connection_id,
        billing_period=str(delivery.billing_period),
        delivery_id=delivery.delivery_id,
        dataset=delivery.dataset,
        file_type=delivery.file_type,
        submitted_at=delivery.submitted_at,
        file_count=landed.file_count,
        bytes=landed.bytes,
        sha256=landed.sha256,
        row_count=landed.row_count,
        control_totals=inspection.control_totals,
        columns=inspection.columns,
        has_net_costs=inspection.has_net_costs,
        warnings=inspection.warnings,
        state="landed",
        message="",
        landed_at=landed.landed_at,
    )
