"""The rules of FOCUS as reviewed data: complete, able to fail, and waived only for a reason."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.providers.columns import snake
from pipelines.settings import PROJECT
from quality import focus

RULES = {rule.rule_id: rule for rule in focus.rules()}


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def published_rules(shared_folder: Path) -> dict[str, dict[str, str]]:
    path = shared_folder / "domain" / "focus_1_2_conformance_rules.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["rule_id"]: row for row in csv.DictReader(file)}


def broken(lake: duckdb.DuckDBPyConnection, row: str) -> set[str]:
    return {each.rule.rule_id for each in focus.violations(lake, f"(select {row})")}


def test_every_rule_that_a_machine_can_check_is_here(shared_folder: Path) -> None:
    published = {
        rule_id
        for rule_id, row in published_rules(shared_folder).items()
        if row["duckdb_sql_fixed"]
    }
    own = {rule_id for rule_id in RULES if rule_id.startswith(("Allowed-", "Money-", "Time-"))}
    assert set(RULES) - own == published


def test_a_rule_speaks_of_the_column_it_is_published_for(shared_folder: Path) -> None:
    published = published_rules(shared_folder)
    assert {
        rule_id: rule.column
        for rule_id, rule in RULES.items()
        if rule_id in published and rule.column != snake(published[rule_id]["column"])
    } == {}


def test_the_seed_puts_each_service_into_one_allowed_category() -> None:
    with (focus.HERE / "focus_subcategories.csv").open(encoding="utf-8") as file:
        allowed = {tuple(pair) for pair in csv.reader(file)}
    categories: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    with (PROJECT / "dbt_project" / "seeds" / "services.csv").open(encoding="utf-8") as file:
        for provider, _, name, *category in list(csv.reader(file))[1:]:
            categories.setdefault((provider, name), set()).add(tuple(category))
    assert {name for name, found in categories.items() if len(found) > 1} == set()
    assert set().union(*categories.values()) <= allowed


def test_the_allowed_values_are_the_published_ones(shared_folder: Path) -> None:
    path = shared_folder / "domain" / "focus_columns.csv"
    with path.open(encoding="utf-8", newline="") as file:
        allowed = {row["column"]: row["allowed_values"] for row in csv.DictReader(file)}
    with (focus.HERE / "focus_subcategories.csv").open(encoding="utf-8") as file:
        pairs = [" > ".join(pair) for pair in csv.reader(file)][1:]
    assert pairs == allowed["ServiceSubcategory"].split("; ")
    for rule in RULES.values():
        if rule.kind == "allowed" and "select" not in rule.violation:
            column = next(name for name in allowed if snake(name) == rule.column)
            assert re.findall(r"'([^']+)'", rule.violation) == allowed[column].split("; ")


def test_a_rule_stands_once() -> None:
    twice = Counter(rule.rule_id for rule in focus.rules())
    assert [rule_id for rule_id, count in twice.items() if count > 1] == []


def test_a_waiver_names_a_rule_a_source_and_a_reason() -> None:
    with (focus.HERE / "focus_waivers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rule_id"] for row in rows if row["rule_id"] not in RULES] == []
    assert [row["rule_id"] for row in rows if not row["source"] or len(row["reason"]) < 30] == []


def test_no_waiver_excuses_a_money_rule() -> None:
    waived = {rule_id for source in ("aws cur2", "focus") for rule_id in focus.waivers(source)}
    assert {rule_id for rule_id in waived if rule_id.startswith(("Money-", "Allowed-"))} == set()


def test_every_column_of_focus_1_2_is_in_the_ledger() -> None:
    ledger = (PROJECT / "dbt_project" / "macros" / "ledger.sql").read_text("utf-8")
    demanded = {rule.column for rule in RULES.values() if rule.kind == focus.PRESENCE}
    assert demanded - set(re.findall(r"'([a-z_]+)'", ledger)) == set()


@pytest.mark.parametrize(
    ("row", "rule_id"),
    [
        ("null::varchar as billing_account_id", "BillingAccountId-C-001-M"),
        ("7 as sub_account_id", "SubAccountId-C-001-M"),
        ("' ' as service_name", "ServiceName-C-002-M"),
        ("'usd' as billing_currency", "BillingCurrency-C-003-M"),
        ("'ZZZ' as billing_currency", "BillingCurrency-C-006-M"),
        ("1.5::double as billed_cost", "BilledCost-C-001-M"),
        ("'Refund' as charge_category", "Allowed-ChargeCategory"),
        ("'Database' as service_category", "Allowed-ServiceCategory"),
        ("'{team' as sku_price_details", "SkuPriceDetails-C-001-M"),
        ("-1.0 as list_unit_price", "ListUnitPrice-C-008-M"),
    ],
)
def test_a_value_that_breaks_a_rule_is_found(
    lake: duckdb.DuckDBPyConnection, row: str, rule_id: str
) -> None:
    assert rule_id in _broken_of_columns(lake, row)


def _broken_of_columns(lake: duckdb.DuckDBPyConnection, row: str) -> set[str]:
    """Beside the row given, a ledger of nothing but nulls and a little usage."""
    return broken(lake, f"{row}, {_others(row)}")


def _others(row: str) -> str:
    given = set(re.findall(r" as ([a-z_]+)", row))
    times = ("charge_period_start", "charge_period_end", "billing_period_start")
    columns = {rule.column for rule in RULES.values()} - given
    kinds = dict.fromkeys((*times, "billing_period_end"), "timestamp")
    kinds |= dict.fromkeys(("tags",), "map(varchar, varchar)")
    number = re.compile(r"_(cost|quantity|unit_price)$")
    return ", ".join(
        f"null::{kinds.get(name) or ('decimal(38, 12)' if number.search(name) else 'varchar')}"
        f" as {name}"
        for name in sorted(columns)
    )


PURCHASE = "'Purchase' as charge_category, 'c-1' as commitment_discount_id"
USAGE = "'Usage' as charge_category, 'c-1' as commitment_discount_id"


@pytest.mark.parametrize(
    ("row", "rule_id"),
    [
        (f"{USAGE}, 'Used' as commitment_discount_status, 1.0 as billed_cost", "UsedIsNotBilled"),
        (f"{USAGE}, 'Used' as commitment_discount_status, 'Standard' as pricing_category",
         "CoveredIsCommitted"),
        (f"{USAGE}, 'Unused' as commitment_discount_status, 'vm' as resource_id",
         "UnusedIsOfTheCommitment"),
        (f"{PURCHASE}, 'Committed' as pricing_category", "CommitmentPurchaseIsStandard"),
        ("'Purchase' as charge_category, 'Used' as commitment_discount_status", "StatusIsOfUsage"),
        ("'Credit' as charge_category, -1.0 as billed_cost, 0.0 as effective_cost",
         "CreditIsEffectiveAsBilled"),
        ("'Usage' as charge_category, 1.0 as billed_cost, 0.0 as effective_cost",
         "UncoveredIsEffectiveAsBilled"),
    ],
)  # fmt: skip
def test_a_row_that_breaks_an_identity_of_money_is_found(
    lake: duckdb.DuckDBPyConnection, row: str, rule_id: str
) -> None:
    assert f"Money-{rule_id}" in _broken_of_columns(lake, row)


def test_price_times_quantity_is_the_cost_but_for_corrections(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    row = "2.0 as list_unit_price, 3.0 as pricing_quantity, {cost} as list_cost"
    wrong = row.format(cost="7.0")
    assert "ListCost-C-009-C" in _broken_of_columns(lake, wrong)
    correction = f"{wrong}, 'Correction' as charge_class"
    assert "ListCost-C-009-C" not in _broken_of_columns(lake, correction)
    assert "ListCost-C-009-C" not in _broken_of_columns(lake, row.format(cost="6.0"))


def test_a_missing_column_breaks_its_presence_alone(lake: duckdb.DuckDBPyConnection) -> None:
    found = focus.violations(lake, "(select 'USD' as billing_currency)")
    assert {each.rule.kind for each in found if each.rule.column != "billing_currency"} == {
        "presence"
    }
