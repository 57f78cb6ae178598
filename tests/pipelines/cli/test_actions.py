"""Actions at the terminal: what is bought is named, and who may not decides nothing."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.main import app
from pipelines.house import House
from tests.published import house_in, publish
from warehouse.registry.action_rows import Action, Draft

ACCOUNT = "111111111111"
KIM, LEE = "kim@acme.kr", "lee@acme.kr"
Run = Callable[..., Result]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Acme with an owner, Kim, and Lee, who decides for Stores; nothing is unpaid."""
    with house_in(tmp_path) as house:
        registry = house.registry
        registry.companies.add("Acme")
        registry.members.add(KIM)
        for name in ("Retail", "Stores"):
            registry.organizations.add(name)
        registry.accounts.add("aws", ACCOUNT, "Retail")
        registry.roles.add("Buyer", {"recommendations": "edit"}, organization="Stores")
        registry.members.add(LEE, organization="Stores", role="Buyer")
        publish(house, {})
        yield house


@pytest.fixture
def action(house: House) -> Action:
    order = {
        "program": "COMPUTE_SP", "term_months": "12", "payment_option": "No Upfront",
        "hourly_commitment": "1.250", "upfront": "0.00", "currency": "USD",
    }  # fmt: skip
    draft = Draft(
        "buy",
        "aws",
        ACCOUNT,
        "COMPUTE_SP USD",
        order,
        "USD",
        Decimal(10950),
        Decimal(912),
        "30 days",
    )
    [made] = house.registry.actions.propose("Retail", [draft])
    return made


@pytest.fixture
def run() -> Run:
    def command(*words: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, ["actions", *words], input=answer)

    return command


def test_what_is_approved_is_named_with_its_cost_its_term_and_that_it_stays(
    run: Run, action: Action
) -> None:
    said = run("approve", action.action_id, "--as", KIM, answer="n\n")
    assert said.exit_code == 1
    for words in ("USD 1.250 an hour", "USD 10,950.00 over 12 months", "cannot be cancelled"):
        assert words in said.stderr
    assert run("approve", action.action_id, "--as", KIM, "--yes").exit_code == 0
    found = json.loads(run("list", "--waiting", "--as", KIM, "--json").stdout)
    assert [(each["action_id"], each["state"]) for each in found] == [
        (action.action_id, "approved")
    ]


def test_a_member_of_another_organization_finds_nothing_to_decide(run: Run, action: Action) -> None:
    assert json.loads(run("list", "--as", LEE, "--json").stdout) == []
    for words in (["show"], ["approve", "--yes"], ["reject"]):
        said = run(*words[:1], action.action_id, *words[1:], "--as", LEE)
        assert said.stderr.startswith("NOT_FOUND")
    assert run("execute", action.action_id, "--yes", "--as", KIM).stderr.startswith("NOT_ALLOWED")


def test_a_read_only_installation_says_how_it_is_done_by_hand_and_keeps_that_it_was(
    run: Run, action: Action
) -> None:
    run("approve", action.action_id, "--as", KIM, "--yes")
    said = run("execute", action.action_id, "--dry-run", "--operator")
    assert said.stderr.startswith("NO_PURCHASES")
    assert "hourly_commitment=1.250" in said.stderr
    done = run("execute", action.action_id, "--by-hand", "arn:x", "--yes", "--operator", "--json")
    assert json.loads(done.stdout)["result_id"] == "arn:x"


def test_a_company_unpaid_for_thirty_days_executes_nothing(
    run: Run, house: House, action: Action
) -> None:
    today = datetime.now(UTC).date()
    publish(
        house,
        {
            "dim_subscriptions": [
                {
                    "company_id": action.company_id,
                    "subscription_status": "autosavings_stopped",
                    "autosavings_stops_date": today - timedelta(days=1),
                    "as_of_date": date(2026, 9, 1),
                    "is_autosavings_stopped": True,
                }
            ]
        },
    )
    run("approve", action.action_id, "--as", KIM, "--yes")
    for words in (["--dry-run"], ["--yes"], ["--by-hand", "arn:x", "--yes"]):
        said = run("execute", action.action_id, *words, "--operator")
        assert "unpaid for 30 days" in said.stderr
    assert house.registry.actions.get(action.action_id).attempted_at is None
