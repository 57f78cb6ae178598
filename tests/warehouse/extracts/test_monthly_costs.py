"""What the monthly report says, before any file format."""

from decimal import Decimal

import duckdb
import pytest

from tests.warehouse.extracts.conftest import report_of
from warehouse.extracts.report import ExtractError


def column(lake: duckdb.DuckDBPyConnection, title: str, organization_id: str = "org-a") -> list:
    report = report_of(lake, organization_id)
    at = report.position(title)
    return [row[at] for row in report.rows]


@pytest.mark.fault("F89")
def test_f89_totals_of_each_currency_are_the_marts_with_the_same_filter(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    in_mart = lake.execute(
        "select billing_currency, count(*), sum(billed_cost), sum(effective_cost), sum(list_cost)"
        " from lake.marts.fct_monthly_costs where organization_id = 'org-a'"
        " and company_id = 'co-x' and billing_period = '2026-09' group by 1 order by 1"
    ).fetchall()
    assert [
        (
            total.currency,
            total.row_count,
            total.amounts["Billed"],
            total.amounts["Effective"],
            total.amounts["List"],
        )
        for total in report_of(lake).totals
    ] == in_mart
    assert len(in_mart) == 3


@pytest.mark.fault("F62")
def test_rows_add_up_to_the_totals_to_the_last_decimal(lake: duckdb.DuckDBPyConnection) -> None:
    report = report_of(lake)
    currency, effective = report.position("Currency"), report.position("Effective")
    rows = list(report.rows)
    assert {total.currency: total.amounts["Effective"] for total in report.totals} == {
        each: sum(row[effective] for row in rows if row[currency] == each)
        for each in ("BHD", "KRW", "USD")
    }
    assert report.totals[2].amounts["Effective"] == Decimal("90.118456789015")


@pytest.mark.fault("F90", "Each organization its own rows, whatever the names are")
def test_f90_an_organization_gets_its_own_rows_although_names_are_equal(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    for company, organization_id, money in (
        ("co-x", "org-b", "777777"),
        ("co-y", "org-c", "888888"),
        ("co-x", "unassigned", "400"),
        ("co-y", "unassigned", "999999"),
    ):
        report = report_of(lake, organization_id, company)
        assert [row[report.position("Effective")] for row in report.rows] == [Decimal(money)]
    assert max(column(lake, "Effective")) == Decimal(12345)


def test_another_companys_organization_has_no_data_here(lake: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ExtractError, match="none in any published month"):
        report_of(lake, "org-c", "co-x")


def test_a_month_without_data_names_the_months_there_are(lake: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(
        ExtractError, match=r"nothing in monthly-costs of 2026-10\..*: 2026-08, 2026-09\."
    ):
        report_of(lake, period="2026-10")


def test_rows_are_sorted_by_currency_then_cost(lake: duckdb.DuckDBPyConnection) -> None:
    assert list(zip(column(lake, "Currency"), column(lake, "Service"), strict=True)) == [
        ("BHD", "Amazon RDS"),
        ("KRW", "Amazon RDS"),
        ("USD", "Amazon EC2"),
        ("USD", "Amazon S3"),
        ("USD", "Gone"),
        ("USD", "Refund"),
    ]


def test_an_account_the_bill_leaves_unnamed_is_called_as_registered(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    assert column(lake, "Account name")[-1] == "registered by org-a"
    assert column(lake, "Account name")[0] == "결제"


def test_account_ids_keep_leading_zeros(lake: duckdb.DuckDBPyConnection) -> None:
    assert set(column(lake, "Account")) == {"012345678901", "000000000001"}


def test_a_reporting_currency_adds_columns_and_a_total_over_all_currencies(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    report = report_of(lake, "org-won")
    assert [row[-4:] for row in report.rows] == [
        ("KRW", Decimal(1), Decimal(100_000), Decimal(100_000)),
        ("KRW", Decimal("1350.5"), Decimal(135_050), Decimal(135_050)),
    ]
    assert [total.currency for total in report.totals] == ["KRW", "USD"]
    assert report.reporting_total
    assert report.reporting_total.amounts["Reporting effective"] == Decimal(235_050)
    assert "Reporting currency" not in [column.title for column in report_of(lake).columns]


def test_the_cover_says_where_the_numbers_come_from(lake: duckdb.DuckDBPyConnection) -> None:
    assert report_of(lake).facts == {
        "Organization": "결제 플랫폼",
        "Organization id": "org-a",
        "Company id": "co-x",
        "Month": "2026-09",
        "Snapshot": "7",
        "Published": "2026-10-04 06:30:00 UTC",
        "Filters": "Organization is org-a, Month is 2026-09",
        "Sorted by": "Currency, then Effective from high to low",
    }
