"""The month whose every number is known, from S3 to what readers see (traps T01 to T20)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import Bucket, put_cur2
from warehouse.registry import deliveries

pytestmark = pytest.mark.slow

FIRST = datetime(2026, 9, 20, 8, tzinfo=UTC)
SECOND = datetime(2026, 10, 3, 8, tzinfo=UTC)
THIRD = datetime(2026, 10, 4, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def first_version(golden_month: Path) -> pl.DataFrame:
    """What AWS knew first: no credit yet, and a line that it later took back."""
    golden = pl.read_parquet(golden_month)
    taken_back = golden.filter(pl.col("line_item_line_item_type") == "Usage").head(1)
    taken_back = taken_back.with_columns(pl.lit("li_x").alias("identity_line_item_id"))
    return golden.filter(pl.col("line_item_line_item_type") != "Credit").vstack(taken_back)


@pytest.fixture(scope="module")
def golden(
    install: Callable[..., Installation],
    bucket: Bucket,
    s3_endpoint: str,
    golden_month: Path,
    first_version: pl.DataFrame,
) -> Installation:
    """An installation that met the month as AWS delivers it: v1, v2, v2 again, then v1 late."""
    installation = install()
    registry = installation.house.registry
    registry.organizations.add("커머스")
    registry.accounts.add("aws", "222222222222", "커머스")
    installation.connect("main", bucket.location, "cur2", endpoint_url=s3_endpoint)

    rows = first_version.to_dicts()
    put_cur2(bucket, "daily", "2026-09", rows, mode="create_new", submitted_at=FIRST)
    assert [outcome["status"] for outcome in installation.refresh()] == ["landed"]
    put_cur2(bucket, "daily", "2026-09", golden_month, mode="create_new", submitted_at=SECOND)
    assert [outcome["status"] for outcome in installation.refresh()] == ["landed"]
    put_cur2(bucket, "daily", "2026-09", golden_month, mode="create_new", submitted_at=SECOND)
    assert [outcome["status"] for outcome in installation.refresh()] == ["unchanged"]
    put_cur2(bucket, "daily", "2026-09", rows, mode="create_new", submitted_at=FIRST)
    assert [outcome["status"] for outcome in installation.refresh()] == ["unchanged"]
    return installation


def test_doors_compare_the_ledger_month_by_month(golden: Installation) -> None:
    noted = json.loads(golden.house.settings.layout.digests.read_text("utf-8"))
    assert set(noted["fct_focus_charges"]) == {"2026-09"}


def test_t01_the_golden_month_ties_to_the_invoice_and_to_the_accrual(golden: Installation) -> None:
    totals = golden.ask(
        "select sum(billed_cost), round(sum(effective_cost), 6),"
        " round(sum(amortized_upfront_cost), 6), sum(upfront_cost),"
        " abs(sum(bridge_residual_cost)) < 0.000001"
        " from fct_monthly_reconciliation"
    )
    assert totals == [
        (
            Decimal("2173.32"),
            Decimal("910.415890"),
            Decimal("-113.095890"),
            Decimal("1376"),
            True,
        )
    ]


def test_t01_used_and_unused_of_every_commitment_are_what_aws_charged(golden: Installation) -> None:
    with golden.lake() as lake:
        used = lake.execute(
            "select split_part(commitment_discount_id, '/', -1), commitment_discount_status,"
            " round(sum(effective_cost), 6) from lake.intermediate.int_charges"
            " where commitment_discount_status is not null group by all order by all"
        ).fetchall()
    assert used == [
        ("ri-1", "Unused", Decimal("14.049315")),
        ("ri-1", "Used", Decimal("70.246575")),
        ("sp-1", "Unused", Decimal("144")),
        ("sp-1", "Used", Decimal("576")),
        ("sp-2", "Used", Decimal("72")),
    ]


def test_t01_every_commitment_has_its_known_utilization(golden: Installation) -> None:
    found = golden.ask(
        "select split_part(commitment_id, '/', -1), round(utilization_ratio, 6),"
        " round(net_savings_cost, 5), committed_quantity"
        " from fct_commitment_utilization_monthly order by all"
    )
    assert found == [
        ("ri-1", 0.833333, Decimal("30.90411"), Decimal(5760)),
        ("sp-1", 0.8, Decimal("144"), Decimal(720)),
        ("sp-2", 1.0, Decimal("36"), Decimal(72)),
    ]
    plans = golden.ask(
        "select round(sum(used_cost)::double / sum(committed_cost)::double, 6)"
        " from fct_commitment_utilization_monthly where commitment_category = 'Spend'"
    )
    assert plans == [(0.818182,)]


def test_t01_coverage_and_the_savings_rate_count_the_whole_month(golden: Installation) -> None:
    found = golden.ask(
        "select round(cost_coverage_ratio, 6), round(effective_savings_ratio, 6),"
        " round(net_savings_cost, 5), round(utilization_ratio, 6)"
        " from fct_commitment_savings_monthly"
    )
    assert found == [(0.940224, 0.182393, Decimal("210.90411"), 0.819639)]


def test_a_reservation_of_120_idle_hours_has_them_in_its_last_five_days(
    golden: Installation,
) -> None:
    """AWS tells its unused part once a month; the golden month uses it for its first 600 hours."""
    days = golden.ask(
        "select utilization_ratio, count(*) from fct_commitment_utilization_daily"
        " where commitment_id like '%ri-1' group by all order by all"
    )
    assert days == [(0.0, 5), (1.0, 25)]


@pytest.mark.parametrize("name", ["inventory", "utilization", "coverage"])
def test_commitments_leave_as_files_for_finance(golden: Installation, name: str) -> None:
    period = () if name == "inventory" else ("--period", "2026-09")
    told = json.loads(
        golden.run(
            "extract", "run", f"commitment-{name}", "--organization", "커머스", "--json", *period
        )
    )
    book = openpyxl.load_workbook(told["path"])
    sheet = book[book.sheetnames[1]]
    assert told["rows"] == {"inventory": 3, "utilization": 3, "coverage": 5}[name]
    assert sheet.max_row > told["rows"]
    [total] = told["totals"]
    assert Decimal(total["Unused"]).quantize(Decimal("0.00001")) == Decimal("158.04932")


@pytest.mark.fault("F46")
@pytest.mark.fault("F47")
def test_t06_a_restated_month_replaces_the_first_one(golden: Installation) -> None:
    with golden.lake() as lake:
        lines = lake.execute(
            "select count(distinct delivery_id), count(*) filter (billed_cost = 0.096),"
            " sum(billed_cost) filter (charge_category = 'Credit')"
            " from lake.intermediate.int_charges"
        ).fetchall()
    assert lines == [(1, 720, Decimal("-50"))]


@pytest.mark.fault("F47", "What changed, in `fct_restatements`")
def test_t06_what_the_restatement_changed_is_told(golden: Installation) -> None:
    changes = golden.ask(
        "select charge_category, billed_cost_change, is_after_close"
        " from fct_restatements order by all"
    )
    assert changes == [
        ("Credit", Decimal("-50"), True),
        ("Usage", Decimal("-0.096"), True),
    ]


def test_t15_ids_stay_text(golden: Installation) -> None:
    ids = golden.ask(
        "select distinct billing_account_id, invoice_id from fct_monthly_reconciliation"
    )
    assert ids == [("111111111111", "INV1")]


def test_t20_a_marketplace_fee_counts(golden: Installation) -> None:
    fees = golden.ask(
        "select sum(billed_cost), sum(effective_cost) from fct_daily_costs"
        " where charge_category = 'Purchase' and not is_commitment_purchase"
    )
    assert fees == [(Decimal("30"), Decimal("30"))]


@pytest.mark.fault("F35")
def test_t09_a_delivery_in_flight_leaves_the_old_one_served(
    golden: Installation, bucket: Bucket, golden_month: Path
) -> None:
    before = golden.ask("select sum(billed_cost), count(*) from fct_daily_costs")
    keys = put_cur2(bucket, "daily", "2026-09", golden_month, mode="create_new", submitted_at=THIRD)
    bucket.remove(keys[1])
    outcome = golden.refresh()[0]
    assert (outcome["status"], outcome["billing_period"]) == ("in flight", "2026-09")
    assert keys[1] in outcome["message"]
    assert golden.ask("select sum(billed_cost), count(*) from fct_daily_costs") == before


@pytest.mark.fault("F43")
def test_a_published_delivery_is_never_fetched_again(golden: Installation) -> None:
    [connection] = golden.house.registry.connections.living()
    states = {
        item.submitted_at.date(): item.state
        for item in deliveries.of_connection(golden.house.registry, connection.connection_id)
    }
    assert states == {FIRST.date(): "superseded", SECOND.date(): "published"}
