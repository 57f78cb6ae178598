"""Which months to compute anew after accounts were registered, moved or removed.

The numbers remember the assignments they were computed with: a file beside the registry's
snapshot. What differs from the registry now, day by day, names the months; nothing else is touched.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

import polars as pl
from sqlalchemy import select

from warehouse.lake import Lake
from warehouse.registry import deliveries
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.store import Registry
from warehouse.registry.tables import cloud_account_assignments

REASSIGNED: Final = "accounts changed hands"
COLUMNS: Final = ("provider", "account_id", "valid_from", "valid_to", "organization_id")
FIELDS: Final = [cloud_account_assignments.c[name] for name in COLUMNS]
SCHEMA: Final = dict(zip(COLUMNS, (*[pl.String] * 2, *[pl.Date] * 2, pl.String), strict=True))
Key = tuple[str, str]
Period = tuple[date, date | None, str]
Assignments = Mapping[Key, tuple[Period, ...]]


@dataclass(frozen=True, order=True)
class Change:
    """Days (the last exclusive) on which an account has another holder, or a new one, or none."""

    provider: str
    account_id: str
    start: date
    end: date


def changes(before: Assignments, after: Assignments) -> list[Change]:
    """Compare two states of the registry day by day."""
    found = []
    for key in sorted({*before, *after}):
        old, new = before.get(key, ()), after.get(key, ())
        if old == new:
            continue
        days = sorted({day for start, end, _ in (*old, *new) for day in (start, end or date.max)})
        found += [
            Change(*key, start, end)
            for start, end in pairwise(days)
            if _holder(old, start) != _holder(new, start)
        ]
    return found


def _holder(held: Iterable[Period], day: date) -> str | None:
    return next(
        (holder for start, end, holder in held if start <= day and (end is None or day < end)), None
    )


def affected(registry: Registry, lake: Lake, applied: Path) -> list[DeliveryRecord]:
    """Return the published deliveries with charges on days that changed hands since `applied`."""
    changed = changes(_read(applied), _current(registry))
    served = deliveries.published_snapshot(registry)
    if not changed or served is None:
        return []
    providers = {each.connection_id: each.provider for each in registry.connections.all()}
    months = _months(lake, served[0], changed, providers)
    return [
        delivery
        for connection_id in sorted({connection_id for connection_id, _ in months})
        for delivery in deliveries.of_connection(registry, connection_id)
        if delivery.state == "published" and (connection_id, delivery.billing_period) in months
    ]


def apply(registry: Registry, lake: Lake, applied: Path) -> None:
    """Let the affected deliveries be loaded again, and remember for which assignments.

    Hold the lake's writing lock: a run in progress still computes with the old ones.
    """
    now = _current(registry)
    deliveries.mark(registry, affected(registry, lake, applied), "landed", REASSIGNED)
    _write(applied, now)


def _months(
    lake: Lake, snapshot_id: int, changed: Collection[Change], providers: Mapping[str, str]
) -> set[tuple[str, str]]:
    with lake.connect(snapshot_id) as connection:
        found = connection.execute(
            "with connections as (select unnest($connections) as connection_id,"
            "  unnest($providers) as provider),"
            " changes as (select unnest($changed_providers) as provider,"
            "  unnest($accounts) as account_id, unnest($starts) as first_day,"
            "  unnest($ends) as last_day)"
            " select distinct costs.connection_id, costs.billing_period"
            " from lake.marts.fct_daily_costs as costs"
            " inner join connections on costs.connection_id = connections.connection_id"
            " inner join changes on connections.provider = changes.provider"
            "  and coalesce(costs.sub_account_id, costs.billing_account_id) = changes.account_id"
            "  and costs.charge_date >= changes.first_day and costs.charge_date < changes.last_day",
            {
                "connections": [*providers],
                "providers": [*providers.values()],
                "changed_providers": [each.provider for each in changed],
                "accounts": [each.account_id for each in changed],
                "starts": [each.start for each in changed],
                "ends": [each.end for each in changed],
            },
        ).fetchall()
    return {(connection_id, period) for connection_id, period in found}


def _current(registry: Registry) -> Assignments:
    with registry.read() as tx:
        return _grouped(tuple(row) for row in tx.execute(select(*FIELDS)))


def _read(applied: Path) -> Assignments:
    """Without the file nothing is known of the numbers: every held day counts as changed."""
    return _grouped(pl.read_parquet(applied).iter_rows()) if applied.exists() else {}


def _grouped(rows: Iterable[tuple[str, str, date, date | None, str]]) -> Assignments:
    found: dict[Key, list[Period]] = defaultdict(list)
    for provider, account_id, start, end, holder in rows:
        found[provider, account_id].append((start, end, holder))
    return {key: tuple(sorted(held, key=lambda period: period[0])) for key, held in found.items()}


def _write(applied: Path, assignments: Assignments) -> None:
    rows = [(*key, *period) for key, held in assignments.items() for period in held]
    applied.parent.mkdir(parents=True, exist_ok=True)
    arriving = applied.with_suffix(".arriving")
    pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(arriving)
    arriving.replace(applied)
