"""`finhouse costs`: nothing is hidden, nothing is added across currencies."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli.costs import costs
from pipelines.house import House
from tests.published import cost, house_in, organization, publish

app = typer.Typer()
app.command()(costs)


@pytest.fixture(scope="module", autouse=True)
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A company with two organizations and unassigned costs, and one with equal names."""
    with house_in(tmp_path_factory.mktemp("house")) as house:
        first = house.registry.companies.add("한빛").company_id
        second = house.registry.companies.add("Dot").company_id
        pay = house.registry.organizations.add("결제", company=first).organization_id
        ads = house.registry.organizations.add("Ads", company=first).organization_id
        other = house.registry.organizations.add("결제", company=second).organization_id
        a, b = ({"company_id": first, "organization_id": each} for each in (pay, ads))
        nobody = {"company_id": first, "organization_id": "unassigned"}
        c = {"company_id": second, "organization_id": other}
        before = {"previous_month_effective_cost": Decimal(1000)}
        rows = [
            cost("1234.567", **a, **before, billed_cost=Decimal(-10)),
            cost("1.1", **a, **before, sub_account_id="000000000002"),
            cost("5000", **a, billing_currency="KRW", previous_month_effective_cost=Decimal(0)),
            cost("1000", **a, billing_period="2026-08"),
            cost("7", **b, service_name="[red]\x1b[31mnot red", sub_account_id="000000000003"),
            cost("3", **nobody),
            cost("900", **c),
        ]
        names = [
            organization("결제", **a),
            organization("Ads", **b),
            organization("Unassigned", **nobody),
            organization("결제", **c, company_name="Dot"),
        ]
        publish(house, {"fct_monthly_costs": rows, "dim_organizations": names})
        yield house


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def asked(*words: str) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_costs_are_added_up_by_month_organization_and_service() -> None:
    first = asked("--company", "한빛", "--period", "2026-09")["costs"][1]
    assert {name: first[name] for name in first if not name.endswith("_id")} == {
        "billing_period": "2026-09",
        "company_name": "한빛",
        "organization_name": "결제",
        "provider_name": "AWS",
        "service_name": "Amazon EC2",
        "billing_currency": "KRW",
        "effective_cost": "5000",
        "billed_cost": "5000",
        "previous_month_effective_cost": "0",
        "effective_cost_change": "5000",
    }


def test_a_change_adds_up_and_is_unknown_when_any_month_before_is() -> None:
    lines = asked("--company", "한빛", "--period", "2026-09", "--by", "month,organization")["costs"]
    usd = {
        each["organization_name"]: each["effective_cost_change"]
        for each in lines
        if each["billing_currency"] == "USD"
    }
    assert usd == {"결제": "-764.333", "Ads": None, "Unassigned": None}


@pytest.mark.fault("F65", "One total for each currency")
def test_totals_are_per_month_and_currency_and_never_across() -> None:
    totals = asked("--company", "한빛")["totals"]
    assert [
        (each["billing_period"], each["billing_currency"], each["effective_cost"])
        for each in totals
    ] == [
        ("2026-09", "KRW", "5000"),
        ("2026-09", "USD", "1245.667"),
        ("2026-08", "USD", "1000"),
    ]


def test_a_company_never_sees_its_neighbour_of_the_same_name() -> None:
    lines = asked("--company", "Dot")["costs"]
    assert [(each["company_name"], each["effective_cost"]) for each in lines] == [("Dot", "900")]
    lines = asked("--company", "한빛", "--organization", "결제")["costs"]
    assert {each["company_name"] for each in lines} == {"한빛"}


def test_organizations_of_one_name_are_not_added_up() -> None:
    lines = asked("--period", "2026-09", "--by", "organization")["costs"]
    same = [line for line in lines if line["organization_name"] == "결제"]
    assert len({line["organization_id"] for line in same}) == 2


def test_without_a_month_in_the_grouping_there_is_no_month_before() -> None:
    lines = asked("--company", "한빛", "--by", "organization")["costs"]
    assert {each["previous_month_effective_cost"] for each in lines} == {None}


def test_the_table_shows_unassigned_separators_and_the_change() -> None:
    out = run("--company", "한빛", "--period", "2026-09").stdout
    assert "Unassigned" in out
    assert "1,235.67" in out
    assert "-764.33" in out
    assert "+5,000" in out
    assert "Company" not in out


def test_the_company_is_shown_when_there_are_two() -> None:
    assert "Company" in run("--period", "2026-09").stdout


def test_what_is_left_out_is_said_and_still_counted() -> None:
    out = run("--company", "한빛", "--period", "2026-09", "--limit", "1").stdout
    assert "1 of 4 lines. All: --limit 0." in out
    assert "1,245.67" in out
    assert asked("--company", "한빛", "--limit", "1")["line_count"] == 5


def test_a_name_from_a_bill_can_neither_style_nor_steer_the_terminal() -> None:
    out = run("--company", "한빛", "--organization", "Ads").stdout
    assert "[red]\\x1b[31mnot red" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--by", "colour"), "--by takes some of month, organization"),
        (("--by", ""), "--by takes some of"),
        (("--period", "2026-10"), "no costs in 2026-10. Months there are: 2026-08, 2026-09."),
        (("--company", "Nobody"), "no company 'Nobody'"),
        (("--company", "한빛", "--organization", "x' or '1'='1"), "has no organization"),
    ],
)
def test_a_refusal_says_what_to_ask_instead(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert said in result.stderr
