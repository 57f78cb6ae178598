"""My Commitments, from the bills to the marts: every worked case by its id, and the border."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.assets.savings import fees_of_all, run_all
from pipelines.assets.savings import told as told_of
from pipelines.settings import PROJECT
from tests.journeys.commitment_cases import (
    APPLIED,
    Case,
    Row,
    aws_rows,
    contract_terms,
    drawing_row,
    eligibility_row,
    gcp_rows,
    shared_rows,
    steady_rows,
)
from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import Folder, put_focus
from tests.providers.gcp.tables import Extracts
from warehouse.registry.sources import Source
from warehouse.registry.tables import ORGANIZATION_LIMIT
from warehouse.scope import MARTS, REPORTS

pytestmark = pytest.mark.slow

CASES_FILE = PROJECT.parent / "shared" / "cases" / "commitments.json"
CASES = [
    Case(number, content)
    for number, content in enumerate(
        json.loads(CASES_FILE.read_text("utf-8"))["cases"] if CASES_FILE.is_file() else []
    )
]
CONTRACTS = [case for case in CASES if case.inputs.get("type") == "drawdown"]
BILLED = [case for case in CASES if "rows" in case.content or case.name in APPLIED]
GOOGLE = [case for case in CASES if case.content["group"] == "gcp"]
ELIGIBILITY = [case for case in CASES if case.content["group"] == "eligibility"]

SAVINGS = "fct_commitment_savings_monthly"
MONTHLY = "fct_commitment_utilization_monthly"
DRAWN = "(select * from fct_commitment_inventory where as_of_date = '2026-09-01') as drawn"
METRICS = {
    "utilization": f"select utilization_ratio from {SAVINGS}",
    "utilization_cost": f"select utilization_ratio from {SAVINGS}",
    "utilization_qty": f"select quantity_utilization_ratio from {MONTHLY}",
    "waste": f"select unused_cost from {SAVINGS}",
    "used_cost": f"select covered_effective_cost from {SAVINGS}",
    "ode_used": f"select covered_ode_cost from {SAVINGS}",
    "on_demand_cost": f"select on_demand_cost from {SAVINGS}",
    "eligible_ode": f"select covered_ode_cost + on_demand_cost from {SAVINGS}",
    "ode_total": f"select covered_ode_cost + on_demand_cost from {SAVINGS}",
    "committed_cost": f"select committed_cost from {SAVINGS}",
    "total_cost": f"select committed_cost + on_demand_cost from {SAVINGS}",
    "coverage_cost": f"select cost_coverage_ratio from {SAVINGS}",
    "coverage_hours": f"select hours_coverage_ratio from {SAVINGS}",
    "coverage_nu": f"select normalized_units_coverage_ratio from {SAVINGS}",
    "commitment_ratio": f"select commitment_ratio from {SAVINGS}",
    "gross_savings": f"select gross_savings_cost from {SAVINGS}",
    "net_savings": f"select net_savings_cost from {SAVINGS}",
    "esr": f"select effective_savings_ratio from {SAVINGS}",
    "esr_list": f"select list_savings_ratio from {SAVINGS}",
    "break_even_utilization": f"select break_even_utilization_ratio from {SAVINGS}",
    "min_hourly": f"select lowest_hourly_utilization_ratio from {MONTHLY}",
    "max_hourly": f"select highest_hourly_utilization_ratio from {MONTHLY}",
    "avg_hourly": f"select mean_hourly_utilization_ratio from {MONTHLY}",
    "fee": "select sum(purchased_cost) from dim_commitments",
    "purchase_billed": "select sum(purchased_cost) from dim_commitments",
    "burn_ratio": f"select burn_ratio from {DRAWN}",
    "projected_total": "select min_by(projected_cost, as_of_date) from fct_commitment_contracts",
    "projected_shortfall": f"select projected_unused_cost from {DRAWN}",
    "projected_end_utilization": f"select projected_utilization_ratio from {DRAWN}",
    "billed": "select sum(billed_cost) from fct_monthly_costs",
    "effective": "select sum(effective_cost) from fct_monthly_costs",
}
STEADY, STEADY_ACCOUNT = "상시 조직", "700000000003"
OWNER, USER = "구매 조직", "사용 조직"
OWNER_ACCOUNT, USER_ACCOUNT = "700000000001", "700000000002"
OF_A_COMMITMENT = {"used": "used_cost", "utilization": "utilization_ratio"}


@dataclass
class Tenant:
    """An organization, its accounts by provider, and what its bills say."""

    name: str
    accounts: list[tuple[str, str]]
    aws: list[Row] = field(default_factory=list)
    google: list[Row] = field(default_factory=list)


def tenants() -> Iterator[Tenant]:
    """Return everyone who is in the bills; Google's first, so that one company has them all."""
    for case in GOOGLE:
        accounts = [("gcp", case.billing_account), ("gcp", f"case-{case.number}")]
        yield Tenant(case.name, accounts, google=list(gcp_rows(case)))
    yield Tenant(OWNER, [("aws", OWNER_ACCOUNT)], list(shared_rows(OWNER_ACCOUNT, USER_ACCOUNT)))
    yield Tenant(USER, [("aws", USER_ACCOUNT)])
    yield Tenant(STEADY, [("aws", STEADY_ACCOUNT)], list(steady_rows(STEADY_ACCOUNT, days=3)))
    for case in ELIGIBILITY:
        accounts = {item: f"8{number:05d}777777" for number, item in enumerate(case.inputs)}
        for item, codes in case.inputs.items():
            row = eligibility_row(accounts[item], item, codes)
            yield Tenant(f"{case.name} {item}", [("aws", accounts[item])], [row])
    for case in CONTRACTS:
        yield Tenant(case.name, [("aws", case.account)], [drawing_row(case)])
    for case in BILLED:
        yield Tenant(case.name, [("aws", case.account)], list(aws_rows(case)))


@pytest.fixture(scope="module")
def loaded(
    install: Callable[..., Installation], tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """One refresh of all cases: AWS's as FOCUS exports, Google's as extracts."""
    installation = install()
    registry = installation.house.registry
    everyone = list(tenants())
    for number in range(0, len(everyone), ORGANIZATION_LIMIT):
        company = registry.companies.add(f"Company {number}").company_id
        bills = tmp_path_factory.mktemp("bills")
        of_company = everyone[number : number + ORGANIZATION_LIMIT]
        for tenant in of_company:
            registry.organizations.add(tenant.name, company=company)
            for provider, account in tenant.accounts:
                registry.accounts.add(provider, account, tenant.name, company=company)
        aws = [row for tenant in of_company for row in tenant.aws]
        columns = dict.fromkeys(name for row in aws for name in row)
        rows = [{name: row.get(name) for name in columns} for row in aws]
        put_focus(Folder(bills), "cases", "2026-09", rows, file_type="csv.gz")
        source = Source("aws", str(bills), "cases", "focus")
        registry.connections.add("aws", source, company=company)
        if google := [row for tenant in of_company for row in tenant.google]:
            extracts = Extracts(bills / "gcp")
            extracts.put("202609", {"a.jsonl": google})
            source = Source("gcp", extracts.location, extracts.export, "detailed")
            registry.connections.add("gcp", source, company=company)
        for case in [case for case in CONTRACTS if case.name in {one.name for one in of_company}]:
            registry.contracts.add(
                "EDP", contract_terms(case), organization=case.name, provider="aws",
                billing_account=case.account, company=company,
            )  # fmt: skip
    installation.refresh()
    return installation


@pytest.fixture
def lake(loaded: Installation) -> Iterator[duckdb.DuckDBPyConnection]:
    with loaded.lake() as connection:
        yield connection


def ask(lake: duckdb.DuckDBPyConnection, name: str, question: str) -> Any:
    """Answer a question about one organization; None when the marts know nothing."""
    found = lake.execute(
        f"{question} where organization_id = (select organization_id from dim_organizations"
        " where organization_name = $name)",
        {"name": name},
    ).fetchall()
    [(answer,)] = found or [(None,)]
    return answer


def differences(case: Case, found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Return the metrics that are not as expected, with both values."""
    tolerance = Decimal(case.content["tolerance_abs"])
    return {
        metric: (found[metric], value)
        for metric, value in expected.items()
        if (found[metric] is None) != (value is None)
        or (value is not None and abs(Decimal(found[metric]) - Decimal(value)) > tolerance)
    }


@pytest.mark.skipif(not CASES, reason="needs the folder `shared` beside the checkout")
@pytest.mark.parametrize("case", [*BILLED, *GOOGLE, *CONTRACTS], ids=lambda case: case.name)
def test_a_worked_case_has_its_exact_answers(lake: duckdb.DuckDBPyConnection, case: Case) -> None:
    expected = dict(case.content["expected"])
    found: dict[str, Any] = {}
    for word, column in OF_A_COMMITMENT.items():
        for commitment, value in expected.pop(word, {}).items() if case.name in APPLIED else ():
            metric = f"{word} {commitment}"
            expected[metric] = value
            one = f"(select * from {MONTHLY} where commitment_id like '%:{commitment}')"
            found[metric] = ask(lake, case.name, f"select {column} from {one} as one")
    expected.pop("covered_qty", None)
    found |= {
        metric: ask(lake, case.name, METRICS[metric]) for metric in expected if metric in METRICS
    }
    assert differences(case, found, expected) == {}


@pytest.mark.skipif(not CASES, reason="needs the folder `shared` beside the checkout")
@pytest.mark.parametrize(
    ("name", "programs"),
    [
        (f"{case.name} {item}", programs)
        for case in ELIGIBILITY
        for item, programs in case.content["expected"].items()
    ]
    or [("", [])],
)
def test_usage_is_open_to_the_programs_that_may_cover_it(
    lake: duckdb.DuckDBPyConnection, name: str, programs: list[str]
) -> None:
    found = ask(lake, name, "select open_to_programs from fct_commitment_coverage_daily")
    assert (found or "").split(", ") == (sorted(programs) or [""])


def test_a_shared_plan_is_one_total_under_both_policies(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    """Of 10 an hour the user uses 6, worth 9 on demand, the owner 3, and 1 is left."""
    found = {
        name: ask(
            lake,
            name,
            "select map_from_entries(list((direction, [benefit_follows_usage_cost,"
            " owner_keeps_savings_cost]))) from fct_commitment_benefit_flow_daily",
        )
        for name in (OWNER, USER)
    }
    assert found == {
        OWNER: {"own": [Decimal(4), Decimal(4)], "shared_out": [Decimal(0), Decimal(-3)]},
        USER: {"shared_in": [Decimal(6), Decimal(9)]},
    }
    assert ask(lake, OWNER, f"select utilization_ratio from {MONTHLY}") == 0.9
    assert ask(lake, USER, f"select utilization_ratio from {MONTHLY}") is None
    assert ask(lake, USER, f"select cost_coverage_ratio from {SAVINGS}") == 1


@pytest.mark.parametrize("mart", sorted(MARTS | REPORTS))
def test_no_mart_names_an_account_of_another_organization(
    lake: duckdb.DuckDBPyConnection, mart: str
) -> None:
    """Every value of every row, as text: cases share a company and a payer, not their accounts."""
    held = [[tenant.name, account] for tenant in tenants() for _, account in tenant.accounts]
    foreign = lake.execute(
        "with held as (select each[1] as holder, each[2] as account_id"
        " from (select unnest($held::varchar[][]) as each)),"
        f" rows as (select distinct organization_id, company_id, each::varchar as words"
        f" from {mart} as each)"
        " select organization_name, account_id, words from rows"
        " inner join dim_organizations using (organization_id, company_id)"
        " inner join held on holder <> organization_name and contains(words, account_id)",
        {"held": held},
    ).fetchall()
    assert foreign == []


def test_a_shared_commitment_is_told_apart_without_its_name(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    """The owner sees its id; the user one word for it, the same in every row."""
    ids = "select string_agg(distinct commitment_discount_id, ' ') from fct_focus_charges"
    assert OWNER_ACCOUNT in ask(lake, OWNER, ids)
    assert re.fullmatch("shared:[0-9a-f]{24}", ask(lake, USER, ids))
    usage = "from fct_commitment_usage_hourly"
    assert ask(lake, USER, f"select count(*) filter (where is_covered) {usage}") > 0
    assert ask(lake, USER, f"select max(commitment_id) {usage}") is None


def test_what_to_commit_to_is_told_from_the_bills_and_an_offer_file(
    loaded: Installation, tmp_path: Path
) -> None:
    offer = tmp_path / "index.csv"
    offer.write_text(
        "FormatVersion,v1.0\nDisclaimer,none\nPublication Date,2026-08-20T00:00:00Z\n"
        "Version,1\nOfferCode,AWSComputeSavingsPlan\n"
        "Product Family,LeaseContractLength,PurchaseOption,DiscountedServiceCode,"
        "DiscountedUsageType,DiscountedOperation,DiscountedRate,Currency\n"
        "ComputeSavingsPlans,1,No Upfront,AmazonEC2,BoxUsage,RunInstances,0.72,USD\n",
        "utf-8",
    )
    [company] = {
        each.company_id
        for company in loaded.house.registry.companies.list()
        for each in loaded.house.registry.organizations.list(company.company_id)
        if each.name == STEADY
    }
    loaded.run("prices", "load", str(offer))
    asked = ("recommend", "--organization", STEADY, "--company", company)
    told = json.loads(loaded.run(*asked, "--json"))["recommendations"]
    priced, unpriced = (
        [each for each in told if ("target" in each) == wanted] for wanted in (True, False)
    )
    assert [(each["pool"], each["target"]["monthly_net_savings"]) for each in priced] == [
        ("COMPUTE_SP", "204.4000000000")
    ]
    assert [each["unpriced_monthly_cost"] for each in unpriced] == ["730.0000000000"] * 2
    text = loaded.run(*asked, "--language", "ko")
    assert "USD 204.40" in text
    assert "시간당 USD 0.180만큼 구매하세요" in text
    assert "EC2_INSTANCE_SP: no price is known for USD 730.00 a month" in text
    weeks = list(run_all(loaded.house))
    steady = loaded.house.registry.organizations.get(STEADY, company=company).organization_id
    [week] = [each for each in weeks if each.organization_id == steady]
    assert [(each.kind, each.order["hourly_commitment"]) for each in week.actions] == [
        ("buy", "0.180")
    ]
    assert told_of(weeks)["organizations"].value == len(weeks)
    assert [fee for fees in fees_of_all(loaded.house) for fee in fees] == []
    offer.write_text(
        "FormatVersion,v1.0\nDisclaimer,none\nPublication Date,2026-08-21T00:00:00Z\n"
        "Version,1\nOfferCode,AmazonEC2\n"
        "SKU,OfferTermCode,TermType,LeaseContractLength,PurchaseOption,OfferingClass,Unit,"
        "PricePerUnit,Currency,Instance Type,usageType,operation\n"
        "S,T,Reserved,1yr,No Upfront,standard,Hrs,0.6,USD,m5.large,BoxUsage,RunInstances\n",
        "utf-8",
    )
    loaded.run("prices", "load", str(offer))
    told = json.loads(loaded.run(*asked, "--json", "--mix"))
    [machines] = [each for each in told["recommendations"] if each["pool"].startswith("EC2_RI")]
    assert machines["target"]["monthly_net_savings"] == "292.0000000000"
    assert machines["rate_source"] == "AWS Price List AmazonEC2, 2026-08-21"
    assert "Buy 1 x m5.large (USD 0.600 an hour) of 1-year EC2 RI standard" in machines["sentence"]
    assert [list(each["counts"].values()) for each in told["mixes"]] == [[1]]
