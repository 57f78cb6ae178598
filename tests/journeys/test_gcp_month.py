"""A GCP month from BigQuery to what readers see: T10, T11, the three kinds of commitments."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from tests.journeys.installation import Installation
from tests.providers.gcp.emulator import emulator
from tests.providers.gcp.rows import (
    BILLING_ACCOUNT,
    credit,
    price_row,
    subscription_row,
    usage_row,
)
from tests.providers.gcp.tables import Extracts, Row, Table
from warehouse.registry.sources import Source

pytestmark = pytest.mark.slow

BILLED = "select sum(billed_cost), sum(charge_count) from fct_daily_costs"
UNASSIGNED = "select sum(billed_cost) from fct_daily_costs where organization_id = 'unassigned'"


def fee(sku: str, cost: float, region: str | None = None, **other: object) -> Row:
    """Return a commitment's fee: nobody's project."""
    place = {"location": region, "region": region, "zone": None}
    named = {"id": sku, "description": sku}
    return usage_row(cost, sku=named, project=None, labels=[], location=place, **other)


T10 = usage_row(
    10.00,
    credits=[
        credit("SUSTAINED_USAGE_DISCOUNT", -3.10),
        credit("DISCOUNT", -2.40),
        credit("FREE_TIER", -1.00),
    ],
)
T11 = usage_row(-5.00, cost_type="adjustment", adjustment_info={"id": "a", "description": "환불"})
PROMOTED = usage_row(
    8.00, credits=[credit("PROMOTION", -2.00)], usage_start_time="2026-08-31T23:00:00Z"
)
TAX = usage_row(0.50, cost_type="tax", project=None)
RESOURCE = (
    fee("Commitment v1: N2 Cpu in Seoul for 1 Year", 4.00, "asia-northeast3", usage={
        "amount": 8.0, "unit": "hour", "amount_in_pricing_units": 8.0, "pricing_unit": "hour"}),
    usage_row(10.00, credits=[credit("COMMITTED_USAGE_DISCOUNT", -5.00)], usage={
        "amount": 10.0, "unit": "hour", "amount_in_pricing_units": 10.0, "pricing_unit": "hour"}),
)  # fmt: skip
SPEND = "Commitment - dollar based v1: GCE for 1 year"
NEW_MODEL = (
    fee(SPEND, 0.022994),
    fee(SPEND, 0.125637, credits=[credit("FEE_UTILIZATION_OFFSET", -0.1256348)]),
    fee(SPEND, 0.067369, credits=[credit("FEE_UTILIZATION_OFFSET", -0.0673581)]),
    usage_row(0.193006, consumption_model={"id": "D97B-0795-975B", "description": "Flexible CUD"}),
)
FIRST = [T10, T11, PROMOTED, *RESOURCE, *NEW_MODEL]


@pytest.fixture(scope="module")
def table() -> Iterator[tuple[str, Table]]:
    with emulator() as endpoint:
        client = bigquery.Client(
            project="acme-billing",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": endpoint},
        )
        client.create_dataset("billing")
        yield endpoint, Table(client, "acme-billing.billing.daily").create(is_partitioned=True)


@pytest.fixture(scope="module")
def month(install: Callable[..., Installation], table: tuple[str, Table]) -> Installation:
    """An installation that met the month twice, then its tax."""
    endpoint, bills = table
    installation = install()
    registry = installation.house.registry
    registry.organizations.add("커머스")
    registry.accounts.add("gcp", "shop-prod", "커머스")
    source = Source(
        "gcp", bills.location, bills.export, "detailed", options={"endpoint_url": endpoint}
    )
    registry.connections.add("Google", source)
    bills.append(FIRST)
    assert [outcome["status"] for outcome in installation.refresh()] == ["landed"]
    assert [outcome["status"] for outcome in installation.refresh()] == ["unchanged"]
    bills.append([*FIRST[:3], TAX | {"export_time": "2026-10-04T00:00:00Z"}])
    assert [outcome["status"] for outcome in installation.refresh()] == ["landed"]
    return installation


def test_what_was_billed_is_the_raw_net_to_the_last_decimal(month: Installation) -> None:
    """3.50 - 5.00 + 6.00 + 0.50 of tax, 4.00 + 5.00 of resources, 0.2160131 of the new model."""
    assert month.ask("select sum(billed_cost) from fct_daily_costs") == [(Decimal("14.2160131"),)]


def test_the_bridge_closes_without_a_residual(month: Installation) -> None:
    residuals = month.ask(
        "select abs(sum(bridge_residual_cost)) < 0.000001 from fct_monthly_reconciliation"
    )
    assert residuals == [(True,)]


def test_t10_is_one_charge_of_the_net_and_t11_lowers_it(month: Installation) -> None:
    with month.lake() as lake:
        rows = lake.execute(
            "select charge_category, billed_cost, list_cost from lake.intermediate.int_charges"
            " where list_cost = 10 and commitment_discount_id is null or billed_cost = -5"
            " order by all"
        ).fetchall()
    assert rows == [
        ("Adjustment", Decimal(-5), Decimal(-5)),
        ("Usage", Decimal("3.5"), Decimal(10)),
    ]


def test_used_and_unused_of_every_commitment_are_its_fee(month: Installation) -> None:
    """5 of 8 committed hours bear 2.50 of 4.00; the new model's used part is what usage cost."""
    with month.lake() as lake:
        rows = lake.execute(
            "select commitment_discount_id, commitment_discount_status, sum(effective_cost),"
            " sum(billed_cost) from lake.intermediate.int_charges"
            " where commitment_discount_id is not null group by all order by all"
        ).fetchall()
    resource, spend = f"{BILLING_ACCOUNT}/resource/asia-northeast3/hour", f"{BILLING_ACCOUNT}/spend"
    assert rows == [
        (resource, "Unused", Decimal("1.5"), Decimal(0)),
        (resource, "Used", Decimal("2.5"), Decimal(0)),
        (resource, None, Decimal(0), Decimal(4)),
        (spend, "Unused", Decimal("0.0230071"), Decimal(0)),
        (spend, "Used", Decimal("0.193006"), Decimal(0)),
        (spend, None, Decimal(0), Decimal("0.216")),
    ]


def test_the_service_has_its_category_and_the_row_its_labels(month: Installation) -> None:
    with month.lake() as lake:
        rows = lake.execute(
            "select distinct service_category, tags['team'] from lake.intermediate.int_charges"
            " where sub_account_id = 'shop-prod'"
        ).fetchall()
    assert rows == [("Compute", "커머스")]


@dataclass(frozen=True)
class Later:
    """What readers saw before the billing account was registered, and prices and terms exported."""

    unassigned: list[tuple[Any, ...]]
    billed: list[tuple[Any, ...]]
    statuses: list[str]
    """What became of each delivery, in order."""


@pytest.fixture(scope="module")
def later(month: Installation, tmp_path_factory: pytest.TempPathFactory) -> Later:
    unassigned, billed = month.ask(UNASSIGNED), month.ask(BILLED)
    registry = month.house.registry
    registry.accounts.add("gcp", BILLING_ACCOUNT, "커머스")
    for dataset, row in (("pricing", price_row(0.03)), ("cud_subscriptions", subscription_row())):
        extracts = Extracts(tmp_path_factory.mktemp("extracts"), dataset)
        extracts.put("202609", {"a.jsonl.gz": [row]})
        source = Source("gcp", extracts.location, extracts.export, dataset)
        registry.connections.add(dataset, source)
    statuses = [outcome["status"] for outcome in month.refresh("--replay")]
    return Later(unassigned, billed, sorted(statuses))


def test_a_charge_of_no_project_waits_for_its_billing_account(
    month: Installation, later: Later
) -> None:
    assert later.unassigned == [(Decimal("4.7160131"),)]
    assert month.ask(UNASSIGNED) == [(None,)]


def test_prices_and_commitments_are_kept_and_bill_nothing(
    month: Installation, later: Later
) -> None:
    assert later.statuses == ["landed", "landed", "landed"]
    assert month.ask(BILLED) == later.billed
    with month.lake() as lake:
        prices = lake.execute(
            "select price_type, pricing_currency, list_unit_price, contracted_unit_price"
            " from lake.intermediate.int_prices_reported order by all"
        ).fetchall()
        terms = lake.execute(
            "select commitment_discount_id, commitment_quantity, commitment_unit, ends_at::varchar"
            " from lake.intermediate.int_commitment_terms_reported"
        ).fetchall()
    assert prices == [
        ("Consumption", "KRW", Decimal(42), Decimal(42)),
        ("FlexibleCommitment", "KRW", Decimal(30), Decimal(30)),
    ]
    assert terms == [("769c55ea", Decimal("1.5"), "$/hr", "2027-09-01 00:00:00")]
