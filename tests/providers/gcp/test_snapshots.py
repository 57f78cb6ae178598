"""Daily snapshots in BigQuery: a month of prices or commitments is the last one loaded in it."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.providers.contract import BillError, Delivery, utc_now
from pipelines.providers.gcp.provider import GcpProvider
from pipelines.providers.landing import land
from tests.providers.gcp.rows import (
    price_row,
    pricing_schema,
    subscription_row,
    subscription_schema,
)
from tests.providers.gcp.tables import Extracts, Table
from warehouse.landing import ROWS
from warehouse.layout import Layout

Connect = Callable[..., GcpProvider]


def listed(provider: GcpProvider) -> dict[str, Delivery]:
    found = [one for one in provider.deliveries() if isinstance(one, Delivery)]
    return {str(one.billing_period): one for one in found}


def test_a_month_of_prices_is_its_last_snapshot(table: Table, gcp: Connect, tmp_path: Path) -> None:
    table.create(schema=pricing_schema())
    for day in ("2026-09-29", "2026-09-30", "2026-10-01"):
        table.append([price_row(int(day[-2:]), f"{day}T08:00:00Z")])
    provider = gcp(table, "pricing")
    first = listed(provider)
    assert list(first) == ["2026-09", "2026-10"]
    landed = land(first["2026-09"], provider, Layout(tmp_path / "house"))
    prices = duckdb.sql(
        f"select list_price_tiered_rates[1].usd_amount::int from '{landed.folder / ROWS}/*.parquet'"
    ).fetchall()
    assert prices == [(30,)]
    table.append([price_row(2, "2026-10-02T08:00:00Z")])
    second = listed(gcp(table, "pricing"))
    assert second["2026-09"].delivery_id == first["2026-09"].delivery_id
    assert second["2026-10"].submitted_at > first["2026-10"].submitted_at


def test_a_table_that_tells_no_loads_is_this_months_snapshot(
    table: Table, gcp: Connect, tmp_path: Path
) -> None:
    table.create(schema=subscription_schema())
    table.append([subscription_row(1.5), subscription_row(2.5)])
    provider = gcp(table, "cud_subscriptions")
    [(month, delivery)] = listed(provider).items()
    assert month == f"{utc_now():%Y-%m}"
    assert land(delivery, provider, Layout(tmp_path / "house")).row_count == 2


def test_a_price_that_is_no_number_is_named(
    extracts: Extracts, gcp: Connect, tmp_path: Path
) -> None:
    price = price_row(list_price={"tiered_rates": [{"usd_amount": "free"}]})
    extracts.put("202609", {"a.jsonl": [price]})
    provider = gcp(extracts, "pricing")
    with pytest.raises(BillError, match=r"NUMBER.*list_price\.tiered_rates"):
        land(listed(provider)["2026-09"], provider, Layout(tmp_path / "house"))
