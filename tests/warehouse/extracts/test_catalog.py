"""Every extract ties to its mart and may be read again by other libraries."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from tests.published import Row, cost, fill, lake_in, organization
from tests.warehouse.extracts.conftest import report_of
from warehouse.extracts.bills import FEES, INVOICES, RECONCILIATION, RESTATEMENTS
from warehouse.extracts.budgets import ANOMALIES, BUDGETS, FORECASTS
from warehouse.extracts.catalog import EXTRACTS
from warehouse.extracts.commitments import INVENTORY, UTILIZATION
from warehouse.extracts.costs import BY_ACCOUNT, BY_SERVICE, BY_TAG, RESOURCES
from warehouse.extracts.extract import Extract, find
from warehouse.extracts.files import FileFormat, Shape, write
from warehouse.extracts.report import ExtractError, Kind
from warehouse.registry.rights import MENUS

WHOSE = {"organization_id": "org-a", "company_id": "co-x"}
MONTH = {**WHOSE, "billing_period": "2026-09", "billing_currency": "USD"}
ACCOUNT = {"sub_account_id": "012345678901", "provider_name": "AWS"}
DAY = date(2026, 9, 30)


def tagged(key: str, value: str, amount: str, *, is_untagged: bool = False) -> Row:
    costs = {"billed_cost": Decimal(amount), "effective_cost": Decimal(amount)}
    tag = {"tag_key": key, "tag_value": value, "is_untagged": is_untagged}
    return {**MONTH, **ACCOUNT, **costs, **tag, "charge_date": DAY, "service_name": "EC2"}


def used(resource: str, amount: str, day: int) -> Row:
    return {
        **MONTH, **ACCOUNT, "resource_id": resource, "charge_date": date(2026, 9, day),
        "service_name": "EC2", "effective_cost": Decimal(amount), "billed_cost": Decimal(amount),
    }  # fmt: skip


MARTS: dict[str, list[Row]] = {
    "dim_organizations": [organization("결제")],
    "dim_accounts": [{**WHOSE, "account_id": "012345678901", "account_name": "등록"}],
    "fct_monthly_costs": [
        cost("10.01", previous_month_effective_cost=Decimal(4)),
        cost("0.02", charge_category="Tax", previous_month_effective_cost=None),
        cost("7", service_name="Amazon S3", sub_account_id="2", sub_account_name=None),
        *(cost(f"{n}", organization_id="org-b", service_name=f"S{n}") for n in range(1, 13)),
    ],
    "fct_daily_tag_costs": [
        tagged("Team", "web", "6.01"),
        tagged("Team", "(untagged)", "4", is_untagged=True),
        tagged("env", "prod", "10.01"),
    ],
    "fct_daily_resource_costs": [
        used("i-1", "1.5", 1),
        used("i-1", "2.5", 2),
        used("i-2", "-1", 2),
    ],
    "dim_resources": [
        {**WHOSE, **ACCOUNT, "resource_id": "i-1", "resource_name": "웹", "last_seen_date": DAY}
    ],
    "fct_monthly_reconciliation": [
        {**MONTH, "invoice_id": "(open)", "billed_cost": Decimal("12.5"), "is_invoiced": False},
        {**MONTH, "invoice_id": "INV-1", "billed_cost": Decimal("7.5"), "is_invoiced": True},
    ],
    "fct_restatements": [
        {
            **MONTH, "service_name": "EC2", "billed_cost_change": Decimal("-3.5"),
            "submitted_at": datetime(2026, 10, 2, 9, 30), "is_after_close": True,  # noqa: DTZ001
        }
    ],
    "fct_invoices": [
        {
            "company_id": each, "invoice_id": "F-1", "issued_date": date(2026, 10, 1),
            "invoice_status": "open", "billing_currency": "KRW", "invoice_amount": Decimal(amount),
        }
        for each, amount in (("co-x", "49000"), ("co-y", "77000"))
    ],
    "fct_monthly_savings_fees": [
        {
            **MONTH, "provider": "aws", "without_managed_cost": Decimal(110),
            "with_managed_cost": Decimal(100), "loss_carry_in_cost": Decimal(4), "fee_ratio": 0.2,
            "fee_cost": Decimal("1.2"), "realized_savings_cost": Decimal(10), "is_final": True,
        }
    ],
    "dim_commitments": [
        {
            **WHOSE, "commitment_id": "c-1", "billing_currency": "USD", "provider_name": "AWS",
            "ended_at": datetime(2026, 10, 20), "utilization_threshold_ratio": 0.5,  # noqa: DTZ001
        }
    ],
    "fct_commitment_inventory": [
        {
            **WHOSE, "commitment_id": "c-1", "billing_currency": "USD", "as_of_date": DAY,
            "remaining_commitment_cost": Decimal(80), "is_expiring_within_30_days": True,
        }
    ],
    "fct_commitment_utilization_monthly": [
        {
            **MONTH, "commitment_id": "c-1", "committed_cost": Decimal(100),
            "used_cost": Decimal(30), "unused_cost": Decimal(70), "utilization_ratio": 0.3,
        }
    ],
    "fct_commitment_coverage_daily": [
        {
            **MONTH, **ACCOUNT, "charge_date": DAY, "service_name": "EC2",
            "covered_ode_cost": Decimal(60), "covered_effective_cost": Decimal(40),
            "on_demand_cost": Decimal("30.5"), "unused_cost": Decimal(0),
        }
    ],
    "fct_budget_status": [
        {
            **WHOSE, "budget_id": "b-1", "budget_name": "결제 예산", "budget_period": period,
            "billing_currency": "USD", "budget_cost": Decimal(100), "actual_cost": Decimal(spent),
            "tag_key": "team", "tag_value": "web", "has_other_currency": False,
        }
        for period, spent in (("2026-08", 50), ("2026-09", 81))
    ],
    "fct_budget_thresholds": [
        {
            **WHOSE, "budget_id": "b-1", "budget_period": "2026-09", "basis": basis,
            "threshold_ratio": ratio, "is_reached": is_reached,
        }
        for basis, ratio, is_reached in (
            ("forecast", 1.305, True), ("actual", 1.0, False), ("actual", 0.8, True),
        )
    ],
    "fct_cost_forecasts": [
        {
            **WHOSE, "series_kind": kind, "forecast_period": "2026-09", "billing_currency": "USD",
            "forecast_cost": Decimal(120), "lowest_forecast_cost": Decimal(110),
        }
        for kind in ("organization", "account")
    ],
    "fct_cost_anomalies": [
        {
            **MONTH, **ACCOUNT, "service_name": "EC2", "charge_date": DAY, "is_increase": True,
            "effective_cost": Decimal(150), "expected_cost": Decimal(100),
            "changed_cost": Decimal(50), "quantity_effect_cost": Decimal("-10"),
            "price_effect_cost": Decimal(60), "main_cause": "price",
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake in which every extract of org-a has rows."""
    address = lake_in(tmp_path_factory.mktemp("shop"))
    with address.connect(fill(address, MARTS)) as connection:
        yield connection


def of(lake: duckdb.DuckDBPyConnection, extract: Extract, *where: str) -> list[dict[str, object]]:
    report = report_of(lake, extract=extract, where=where)
    titles = [column.title for column in report.columns]
    return [dict(zip(titles, row, strict=True)) for row in report.rows]


def test_cost_by_service_adds_up_accounts_and_charges(shop: duckdb.DuckDBPyConnection) -> None:
    rows = {row["Service"]: row for row in of(shop, BY_SERVICE)}
    assert {name: row["Effective"] for name, row in rows.items()} == {
        "Amazon EC2": Decimal("10.03"),
        "Amazon S3": Decimal(7),
    }
    assert rows["Amazon EC2"]["Change"] is None


def test_cost_by_account_names_what_the_bill_leaves_unnamed(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    rows = {row["Account"]: row for row in of(shop, BY_ACCOUNT)}
    assert rows["012345678901"]["Effective"] == Decimal("10.03")
    assert (rows["012345678901"]["Account name"], rows["2"]["Account name"]) == ("결제", None)


def test_each_tag_key_has_its_own_total(shop: duckdb.DuckDBPyConnection) -> None:
    totals = report_of(shop, extract=BY_TAG).totals
    assert {total.name: total.amounts["Billed"] for total in totals} == {
        "Total USD, Team": Decimal("10.01"),
        "Total USD, env": Decimal("10.01"),
    }


def test_a_resource_is_one_row_a_month_with_its_last_looks(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    first, second = of(shop, RESOURCES)
    assert (first["Resource"], first["Effective"], first["Days"]) == ("i-1", Decimal(4), 2)
    assert (first["Name"], first["Last seen"], second["Name"]) == ("웹", DAY, None)


def test_reconciliation_and_restatements_tie_to_their_marts(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    assert report_of(shop, extract=RECONCILIATION).totals[0].amounts["Billed"] == Decimal(20)
    assert [row["Invoice"] for row in of(shop, RECONCILIATION, "invoiced=yes")] == ["INV-1"]
    [change] = of(shop, RESTATEMENTS, "delivered>=2026-10-02", "after_close=yes")
    assert change["Billed change"] == Decimal("-3.5")


def test_a_budget_tells_the_thresholds_it_reached_in_its_own_words(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    september, august = of(shop, BUDGETS)
    assert september["Thresholds reached"] == "80%, forecast:130.5%"
    assert (august["Thresholds reached"], august["Tag"]) == (None, "team=web")
    totals = {
        total.name: total.amounts["Spent"] for total in report_of(shop, extract=BUDGETS).totals
    }
    assert totals == {"Total USD, 2026-08": Decimal(50), "Total USD, 2026-09": Decimal(81)}


def test_forecasts_of_each_kind_have_their_own_total_and_intervals_none(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    totals = {total.name: total.amounts for total in report_of(shop, extract=FORECASTS).totals}
    amounts = {"To date": None, "Forecast": Decimal(120)}
    assert totals == {"Total USD, account": amounts, "Total USD, organization": amounts}


def test_an_anomaly_tells_what_made_it(shop: duckdb.DuckDBPyConnection) -> None:
    [row] = of(shop, ANOMALIES, "change>=10", "cause=price")
    assert (row["By quantity"], row["By price"], row["Dearer"]) == (-10, 60, "yes")


def test_invoices_are_the_companys_own(shop: duckdb.DuckDBPyConnection) -> None:
    assert [row["Invoiced"] for row in of(shop, INVOICES)] == [Decimal(49000)]


def test_the_fee_of_a_month_stands_beside_what_it_is_of(shop: duckdb.DuckDBPyConnection) -> None:
    report = report_of(shop, extract=FEES)
    assert report.totals[0].amounts["Fee"] == Decimal("1.2")
    [row] = of(shop, FEES)
    base = row["Realized savings"], row["Loss carried in"], row["Fee share"], row["Final"]
    assert base == (Decimal(10), Decimal(4), 0.2, "yes")


def test_what_expires_or_is_used_little_stands_out(
    shop: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for extract, title in ((INVENTORY, "Expires soon"), (UTILIZATION, "Below threshold")):
        path = tmp_path / f"{extract.name}.xlsx"
        report = report_of(shop, extract=extract)
        write(report, path, Shape())
        sheet = openpyxl.load_workbook(path)[extract.title]
        letter = sheet.cell(1, report.position(title) + 1).column_letter
        rules = {
            str(area.sqref): [rule.formula for rule in area.rules]
            for area in sheet.conditional_formatting
        }
        assert rules[f"{letter}2"] == [['"yes"']]
        assert sheet[f"{letter}2"].value == "yes"


def test_a_chart_is_drawn_of_cells_that_add_up_to_the_total(
    shop: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "costs.xlsx"
    report = report_of(shop)
    write(report, path, Shape())
    sheet = openpyxl.load_workbook(path)["Chart"]
    _, *cells = [row[:2] for row in sheet.iter_rows(values_only=True) if row[0]]
    assert cells == [("Amazon EC2", 10.03), ("Amazon S3", 7)]
    [drawn] = sheet._charts  # noqa: SLF001 - openpyxl has no other way to read one
    assert drawn.series[0].val.numRef.f == "Chart!$B$2:$B$3"


def test_what_a_chart_has_no_room_for_is_one_bar(shop: duckdb.DuckDBPyConnection) -> None:
    report = report_of(shop, "org-b")
    [chart] = report.charts
    assert (len(chart.points), chart.points[-1]) == (11, ("(others)", Decimal(3)))
    assert sum(amount for _, amount in chart.points) == report.totals[0].amounts["Effective"]


@pytest.mark.parametrize("extract", EXTRACTS, ids=lambda extract: extract.name)
def test_every_extract_is_read_again_as_it_was_written(
    shop: duckdb.DuckDBPyConnection, tmp_path: Path, extract: Extract
) -> None:
    expected = of(shop, extract)
    assert expected
    amounts = [column.title for column in extract.columns if column.kind is Kind.AMOUNT]
    book, text = tmp_path / "b.xlsx", tmp_path / "t.csv"
    write(report_of(shop, extract=extract), book, Shape())
    sheet = openpyxl.load_workbook(book)[extract.title]
    titles, *rows = sheet.iter_rows(max_row=len(expected) + 1, values_only=True)
    write(report_of(shop, extract=extract), text, Shape(FileFormat.CSV))
    frame = pl.read_csv(text, infer_schema=False).to_dicts()
    for number, row in enumerate(expected):
        cells = dict(zip(titles, rows[number], strict=True))
        for title in set(amounts) & set(titles):
            value = row[title]
            assert cells[title] == (None if value is None else float(str(value)))
            assert (value is None) is (frame[number][title] is None)
            assert value is None or Decimal(frame[number][title]) == value
    assert len(frame) == len(expected)


def test_dates_are_dates_in_a_workbook(shop: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "restated.xlsx"
    report = report_of(shop, extract=RESTATEMENTS)
    write(report, path, Shape())
    sheet = openpyxl.load_workbook(path)["Restatements"]
    assert sheet.cell(2, report.position("Delivered") + 1).value == datetime(2026, 10, 2, 9, 30)  # noqa: DTZ001


def test_every_extract_is_behind_a_menu_and_says_close_names() -> None:
    assert {extract.menu for extract in EXTRACTS} <= set(MENUS)
    with pytest.raises(ExtractError, match="Did you mean monthly-costs"):
        find(EXTRACTS, "monthly-cost")
