"""Measures of landed deliveries: what inspection found, beside what the connection had before."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import duckdb

from quality.gates.measures import Measure
from quality.gates.suites import MAY_ALWAYS_GO, MAY_GO
from warehouse.registry.deliveries import UNREAD, VALUELESS, DeliveryRecord

DAY: Final = timedelta(days=1)
KINDS: Final = {
    "number": ("DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "BIGINT", "INTEGER", "SMALLINT", "TINYINT"),
    "unsigned number": ("UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT"),
    "time": ("TIMESTAMP", "DATE"),
    "text": ("VARCHAR",),
    "truth": ("BOOLEAN",),
}
"""Kind -> DuckDB types. From one number to another, or one instant, nothing is lost."""


@dataclass(frozen=True)
class Landed:
    """A delivery that was loaded, and what it is compared with."""

    delivery: DeliveryRecord
    before: DeliveryRecord | None
    """What its connection wrote last, of whatever month: an export changes for all months."""
    restated: DeliveryRecord | None
    """What readers saw of the same month."""


def subject(delivery: DeliveryRecord) -> str:
    """Name a delivery."""
    return f"{delivery.connection_id} {delivery.billing_period} {delivery.delivery_id}"


def compared(delivery: DeliveryRecord, known: Sequence[DeliveryRecord]) -> Landed:
    """Find what readers last saw of its connection.

    A delivery that was served already and is only loaded again has been judged.
    """
    served = [
        item
        for item in known
        if item.published_at is not None
        and item.dataset == delivery.dataset
        and item.delivery_id != delivery.delivery_id
        and delivery.published_at is None
    ]
    described = [item for item in served if item.columns]
    same = [item for item in served if item.billing_period == delivery.billing_period]
    return Landed(delivery, *(max(each, key=_written, default=None) for each in (described, same)))


def _written(delivery: DeliveryRecord) -> datetime:
    return delivery.submitted_at


def measures(
    landed: Landed, connection: duckdb.DuckDBPyConnection, now: datetime
) -> Iterator[Measure]:
    """Measure one delivery; its charges as they stand in the lake's head."""
    # A month that was emptied has no file that could tell its columns.
    if landed.before is not None and landed.delivery.row_count:
        yield from _columns(landed.delivery, landed.before)
    yield from _currencies(landed)
    yield _as_a_whole(landed, connection, now)


def _columns(delivery: DeliveryRecord, before: DeliveryRecord) -> Iterator[Measure]:
    may_go = MAY_GO.get(f"{delivery.provider} {delivery.dataset}", MAY_ALWAYS_GO)
    names, names_before = _named(delivery.columns), _named(before.columns)
    for key in sorted(names.keys() | names_before.keys()):
        raw = names.get(key) or names_before[key]
        now, then = (
            delivery.columns.get(names.get(key, "")),
            before.columns.get(names_before.get(key, "")),
        )
        may_be_gone = then == UNREAD or may_go.fullmatch(re.sub(r"\W", "_", raw).lower())
        if now or not may_be_gone:
            values = {"kind": now and _kind(now), "kind_before": then and _kind(then)}
            if now and then and {VALUELESS, UNREAD} & {now, then}:
                values["kind_before"] = values["kind"]
            yield Measure("landed_columns", subject(delivery), raw, values)


def _named(columns: Mapping[str, str]) -> dict[str, str]:
    """Return raw names by their letters alone: an export that respells its columns keeps them."""
    return {re.sub(r"[\W_]", "", raw).lower(): raw for raw in columns}


def _kind(type_: str) -> str:
    """Of what is nested only the outer kind counts: a struct may gain a field."""
    if type_.endswith("]"):
        return "list"
    known = (kind for kind, types in KINDS.items() if type_.startswith(types))
    return next(known, type_.partition("(")[0])


def _currencies(landed: Landed) -> Iterator[Measure]:
    delivery, before = landed.delivery, landed.before
    for currency in delivery.control_totals:
        is_known = before is None or not before.control_totals or currency in before.control_totals
        values = {"currency": currency, "currency_before": currency if is_known else None}
        yield Measure("landed_currencies", subject(delivery), currency, values)


def _as_a_whole(landed: Landed, connection: duckdb.DuckDBPyConnection, now: datetime) -> Measure:
    delivery, before = landed.delivery, landed.restated
    last, strayed = _charges(connection, delivery)
    # A month that is over has no newer charges than its end.
    newest = min(delivery.submitted_at, _end(delivery.billing_period, delivery.submitted_at))
    values = {
        "row_ratio": None,
        "cost_ratio": None,
        "days_ahead": (delivery.submitted_at - now) / DAY,
        "days_behind": (newest - last) / DAY if last else None,
        "strayed_count": strayed,
    }
    if before is not None:
        values["row_ratio"] = _ratio(delivery.row_count, before.row_count)
        values["cost_ratio"] = min(
            (
                ratio
                for currency, total in before.control_totals.items()
                if (ratio := _ratio(delivery.control_totals.get(currency, 0), total)) is not None
            ),
            default=None,
        )
    return Measure("landed_deliveries", subject(delivery), "", values)


def _ratio(now: Decimal | int | None, before: Decimal | int | None) -> float | None:
    return float((now or 0) / before) if before else None


def _end(billing_period: str, like: datetime) -> datetime:
    start = like.replace(
        year=int(billing_period[:4]), month=int(billing_period[5:]), day=1, hour=0, minute=0
    )
    return (start + 31 * DAY).replace(day=1)


def _charges(
    connection: duckdb.DuckDBPyConnection, delivery: DeliveryRecord
) -> tuple[datetime | None, int]:
    """Return when the last usage of the month ended, and how many charges lie elsewhere.

    A refund may be of last month, a prepayment of the next.
    """
    ((last, strayed),) = connection.execute(
        "select max(charge_period_end) filter (charge_category = 'Usage'),"
        " count(*) filter (abs(date_diff('month', billing_period_start, charge_period_start)) > 2)"
        " from lake.intermediate.int_charges where connection_id = $connection_id"
        "  and billing_period = $billing_period",
        {"connection_id": delivery.connection_id, "billing_period": delivery.billing_period},
    ).fetchall()
    return last and last.replace(tzinfo=UTC), strayed
