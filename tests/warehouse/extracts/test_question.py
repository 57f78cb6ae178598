"""A reader's words are parsed against the extract's columns; nothing of them reaches the SQL."""

import unicodedata
from contextlib import suppress
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.warehouse.extracts.conftest import report_of
from warehouse.extracts.bills import RESTATEMENTS
from warehouse.extracts.catalog import EXTRACTS
from warehouse.extracts.commitments import INVENTORY
from warehouse.extracts.costs import MONTHLY
from warehouse.extracts.extract import spelled
from warehouse.extracts.question import ask
from warehouse.extracts.report import ExtractError

ATTACKS = (
    "' or 1=1 --",
    "x'); drop table lake.marts.fct_monthly_costs; --",
    "a' union select * from lake.marts.dim_members --",
    "$period",
    "{}",
    "%",
    "\"; attach '/etc/passwd'",
    "\u202e",
)
WORDS = st.one_of(st.text(max_size=40), st.sampled_from(ATTACKS))
NAMES = st.one_of(
    st.sampled_from([column.title for column in MONTHLY.columns]), st.text(max_size=12)
)
OPERATORS = st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~", "", "=="])


def shown(lake: duckdb.DuckDBPyConnection, column: str, **asked: Any) -> list[object]:
    report = report_of(lake, **asked)
    at = report.position(column)
    return [row[at] for row in report.rows]


def one(text: str, extract: Any = MONTHLY) -> Any:
    return ask(extract, [text]).conditions[0]


@pytest.mark.parametrize(
    ("where", "services"),
    [
        (["service=Amazon EC2"], {"Amazon EC2"}),
        (["service_name=Amazon EC2,Gone"], {"Amazon EC2", "Gone"}),
        (["Service!=Amazon RDS,Refund"], {"Amazon EC2", "Amazon S3", "Gone"}),
        (["service~AMAZON", "currency=USD"], {"Amazon EC2", "Amazon S3"}),
        (["effective_cost<0"], {"Refund"}),
        (["effective>=100", "effective<=12345"], {"Amazon EC2", "Amazon RDS"}),
        (["previous month effective="], {"Amazon S3", "Refund", "Amazon RDS"}),
        (["previous-month-effective!="], {"Amazon EC2", "Gone"}),
        (["share>97.5%"], {"Amazon EC2"}),
        (['service="Gone",Refund'], {"Gone", "Refund"}),
        ([f"account_name={unicodedata.normalize('NFD', '결제')}", "charge=Usage"], None),
    ],
)
def test_rows_are_those_that_meet_every_condition(
    lake: duckdb.DuckDBPyConnection, where: list[str], services: set[str] | None
) -> None:
    every = {"Amazon EC2", "Amazon RDS", "Amazon S3", "Gone"}
    assert set(shown(lake, "Service", where=where)) == (services or every)


def test_totals_are_the_marts_under_the_same_conditions(lake: duckdb.DuckDBPyConnection) -> None:
    [total] = report_of(lake, where=["service~amazon", "currency=USD"]).totals
    [(rows, effective)] = lake.execute(
        "select count(*), sum(effective_cost) from lake.marts.fct_monthly_costs"
        " where organization_id = 'org-a' and billing_period = '2026-09'"
        " and service_name like 'Amazon%' and billing_currency = 'USD'"
    ).fetchall()
    assert (total.row_count, total.amounts["Effective"]) == (rows, effective)


def test_rows_come_in_the_order_asked_for_and_unknown_ones_last(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    rising = shown(lake, "Effective", sort=["effective"])
    assert rising == sorted(rising)  # type: ignore[type-var]
    assert shown(lake, "Effective", sort=["-effective_cost"]) == rising[::-1]
    before = shown(lake, "Previous month effective", sort=["-previous_month_effective,service"])
    assert before[:2] == [Decimal(80), Decimal(5)]
    assert set(before[2:]) == {None}


def test_columns_come_as_asked_and_an_amount_keeps_its_currency(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    report = report_of(lake, columns=["service,effective"])
    assert [column.title for column in report.columns] == ["Service", "Effective", "Currency"]
    assert list(report.totals[0].amounts) == ["Effective"]
    assert report_of(lake, columns=["service"]).sums == ()


def test_a_file_tells_what_was_asked_of_it(lake: duckdb.DuckDBPyConnection) -> None:
    facts = report_of(lake, where=["service~EC2", "effective>1"], sort=["-billed,account"]).facts
    assert facts["Filters"] == (
        "Organization is org-a, Month is 2026-09, Service contains EC2, Effective > 1"
    )
    assert facts["Sorted by"] == "Billed from high to low, then Account"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("servic=EC2", "Did you mean service"),
        ("nothing=EC2", "Columns: organization, month, provider"),
        ("service", "is no condition"),
        ("service>EC2", "It takes =, !=, ~"),
        ("effective~1", "cannot be compared"),
        ("effective>1,2", "a list of values"),
        ("effective>many", "no value of Effective"),
        ("effective>1e9", "no value of Effective"),
        ("effective>NaN", "no value of Effective"),
        ("effective>80%", "no value of Effective"),
        ("effective>" + "9" * 27, "no value of Effective"),
        ("month=2026-13", "no value of Month"),
        ("service='" + "x" * 10_000, "is no condition"),
        ("service=\udcff", "is no condition"),
        ("service=a\0b", "is no condition"),
        ('service="open', "cannot be read"),
        ("service=a\nb", "cannot be read"),
    ],
)
def test_a_refused_condition_says_what_it_may_be(text: str, said: str) -> None:
    with pytest.raises(ExtractError, match=said):
        ask(MONTHLY, [text])


def test_too_many_conditions_are_refused() -> None:
    with pytest.raises(ExtractError, match="at most 100"):
        ask(MONTHLY, ["service=a"] * 101)


def test_an_unknown_column_to_sort_by_or_to_show_is_refused() -> None:
    for asked in ({"sort": ["-cost; drop table x"]}, {"columns": ["*"]}, {"columns": ["1"]}):
        with pytest.raises(ExtractError, match="has no column"):
            ask(MONTHLY, **asked)  # type: ignore[arg-type]


def test_days_and_instants_are_read_as_such() -> None:
    assert str(one("last_day<2026-12-31", INVENTORY).values[0]) == "2026-12-31"
    utc = one("delivered>=2026-10-01T09:00+09:00", RESTATEMENTS).values[0]
    assert str(utc) == "2026-10-01 00:00:00"
    for text, extract in (("last_day<31.12.2026", INVENTORY), ("delivered>soon", RESTATEMENTS)):
        with pytest.raises(ExtractError, match="no value of"):
            one(text, extract)


@pytest.mark.parametrize("extract", EXTRACTS, ids=lambda extract: extract.name)
def test_a_columns_name_means_one_column(extract: Any) -> None:
    titles = [spelled(column.title) for column in extract.columns]
    assert len(set(titles)) == len(titles)
    assert [extract.column(title).title for title in titles] == [
        column.title for column in extract.columns
    ]
    assert ask(extract).order


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    where=st.lists(st.tuples(NAMES, OPERATORS, WORDS).map("".join), max_size=3),
    sort=st.lists(st.one_of(NAMES, WORDS), max_size=2),
)
@example(where=["service=' or 1=1 --"], sort=["-effective"])
@example(where=["service!='); drop table lake.marts.fct_monthly_costs; --"], sort=[])
def test_whatever_is_asked_is_refused_in_words_or_shows_no_other_organization(
    lake: duckdb.DuckDBPyConnection, where: list[str], sort: list[str]
) -> None:
    whose = set()
    with suppress(ExtractError):
        report = report_of(lake, where=where, sort=sort)
        whose = {row[report.position("Effective")] for row in report.rows}
    assert whose.isdisjoint({Decimal(777777), Decimal(888888), Decimal(400), Decimal(999999)})


@settings(max_examples=100, deadline=None)
@given(value=st.text(min_size=1, max_size=30))
def test_a_quoted_value_is_found_as_it_is(value: str) -> None:
    with suppress(ExtractError):
        [found] = one('service="' + value.replace('"', '""') + '"').values
        assert found == (unicodedata.normalize("NFC", value.strip()) or None)
