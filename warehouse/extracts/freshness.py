"""How fresh the bills behind an extract are: of its own connections, so that it tells no others."""

import duckdb

from warehouse.extracts.reading import Request
from warehouse.registry import deliveries
from warehouse.registry.database import Database
from warehouse.scope import Island, Scope


def bills_as_of(lake: duckdb.DuckDBPyConnection, registry: Database, request: Request) -> str:
    """Return each provider's time of delivery, the older one where it bills by two connections."""
    if request.extract.is_of_company:
        return ""
    holder = request.holder
    island = Island(holder.company_id, holder.organization_id)
    costs = Scope(frozenset({island})).relation("fct_daily_costs")
    found = lake.execute(
        f"select connection_id, max(billing_period) from {costs.sql}"
        " where billing_period = $period or $period is null group by all",
        {**costs.values, "period": request.period},
    ).fetchall()
    newest = dict(found)
    delivered: dict[str, list[str]] = {}
    for connection_id, period in newest.items():
        for each in deliveries.of_connection(registry, connection_id):
            if each.state == "published" and each.billing_period == period:
                delivered.setdefault(each.provider, []).append(
                    f"{each.submitted_at:%Y-%m-%d %H:%M} UTC"
                )
    return ", ".join(f"{provider} {min(times)}" for provider, times in sorted(delivered.items()))
