"""The registry's nouns at the terminal: tables, JSON, refusals and exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from pipelines.cli import accounts, budgets, companies, connections, contracts, organizations, rates

X = "012345678901"
NOUNS = {
    "company": companies.app,
    "organization": organizations.app,
    "connection": connections.app,
    "account": accounts.app,
}


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    """The four nouns below one command, as `finhouse` has them."""
    whole = typer.Typer()
    further = {"rates": rates.app, "budget": budgets.app, "contract": contracts.app}
    for name, noun in {**NOUNS, **further}.items():
        whole.add_typer(noun, name=name)
    return whole


@pytest.fixture
def run(app: typer.Typer) -> Callable[..., Result]:
    """Run a command; `answer` is what a person types."""

    def command(*words: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, words, input=answer)

    return command


@pytest.fixture
def told(run: Callable[..., Result]) -> Callable[..., Any]:
    """Run a command that must succeed and return its JSON."""

    def command(*words: str) -> Any:
        result = run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return command


@pytest.fixture
def house(told: Callable[..., Any], tmp_path: Path) -> None:
    """One company, two organizations, one account, one connection."""
    told("company", "add", "한빛", "--plan", "standard")
    told("organization", "add", "Retail")
    told("organization", "add", "Stores")
    told("account", "add", X, "--organization", "Retail", "--name", "Web")
    where = ["--location", str(tmp_path / "bills"), "--export", "daily", "--dataset", "cur2"]
    told("connection", "add", "Main", *where, "--option", "region=eu-west-1")


@pytest.mark.usefixtures("house")
def test_each_noun_lists_what_there_is_as_a_table_and_as_json(
    run: Callable[..., Result], told: Callable[..., Any]
) -> None:
    names = {noun: [each["name"] for each in told(noun, "list")] for noun in NOUNS}
    assert names == {
        "company": ["한빛"],
        "organization": ["Retail", "Stores"],
        "connection": ["Main"],
        "account": ["Web"],
    }
    for noun, expected in names.items():
        table = run(noun, "list")
        assert table.exit_code == 0
        assert all(name in table.stdout for name in expected)


@pytest.mark.usefixtures("house")
def test_each_noun_is_shown_and_renamed(told: Callable[..., Any]) -> None:
    for noun, name in (("organization", "Retail"), ("connection", "Main"), ("account", "Web")):
        told(noun, "rename", name, "새 이름")
        shown = told(noun, "show", "새 이름")
        assert (shown[0] if noun == "account" else shown)["name"] == "새 이름"
    assert told("company", "rename", "한빛", "New")["name"] == "New"
    assert told("company", "show")["plan"] == "standard"


@pytest.mark.usefixtures("house")
def test_an_organization_shows_its_accounts(told: Callable[..., Any]) -> None:
    assert told("organization", "show", "Retail")["accounts"] == [X]


@pytest.mark.usefixtures("house")
def test_a_moved_account_is_shown_with_both_holders(told: Callable[..., Any]) -> None:
    told("account", "move", "Web", "--to", "Stores", "--effective", "2026-10-01")
    periods = [
        (each["organization_name"], each["valid_from"], each["valid_to"])
        for each in told("account", "show", X)
    ]
    assert periods == [("Retail", "1970-01-01", "2026-10-01"), ("Stores", "2026-10-01", None)]


@pytest.mark.usefixtures("house")
def test_a_refusal_is_one_clear_message_on_stderr_and_exit_code_1(
    run: Callable[..., Result],
) -> None:
    result = run("account", "add", X, "--organization", "Stores", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"ACCOUNT_CLAIMED: The account {X} of aws belongs to 'Retail'.")
    assert len(result.stderr.splitlines()) == 1


def test_what_is_wrong_with_the_words_themselves_is_exit_code_2(
    run: Callable[..., Result],
) -> None:
    for words in (
        ["connection", "add", "Main"],
        ["account", "move", X, "--to", "Stores", "--effective", "01.10.2026"],
        ["connection", "change", "Main", "--option", "region"],
    ):
        assert run(*words).exit_code == 2


@pytest.mark.usefixtures("house")
def test_a_secret_given_by_mistake_is_refused_and_not_repeated(
    run: Callable[..., Result],
) -> None:
    result = run("connection", "change", "Main", "--secret", "AKIAIOSFODNN7EXAMPLE")
    assert result.exit_code == 1
    assert "keeps no secrets" in result.stderr
    assert "AKIA" not in result.output


@pytest.mark.usefixtures("house")
def test_removal_asks_first_and_no_changes_nothing(
    run: Callable[..., Result], told: Callable[..., Any]
) -> None:
    declined = run("organization", "remove", "Stores", answer="n\n")
    assert declined.exit_code == 1
    assert "Remove the organization Stores?" in declined.stderr
    assert len(told("organization", "list")) == 2
    assert run("organization", "remove", "Stores", answer="y\n").exit_code == 0
    assert len(told("organization", "list")) == 1


@pytest.mark.usefixtures("house")
def test_with_yes_everything_can_be_taken_down_in_order(told: Callable[..., Any]) -> None:
    company = told("company", "show")["company_id"]
    told("account", "remove", "Web", "--yes", "--reason", "closed")
    for noun, name in (
        ("organization", "Retail"),
        ("organization", "Stores"),
        ("connection", "Main"),
        ("company", "한빛"),
    ):
        told(noun, "remove", name, "--yes")
    assert told("company", "list") == []
    events = told("company", "history", company)
    assert len(events) == 10
    assert [event["reason"] for event in events if event["event_type"] == "account_removed"] == [
        "closed"
    ]


@pytest.mark.usefixtures("house")
def test_history_of_company_and_organization_are_told(told: Callable[..., Any]) -> None:
    told("company", "plan", "premium", "--reason", "signed")
    newest = told("company", "history")[0]
    assert (newest["event_type"], newest["reason"]) == ("company_plan_changed", "signed")
    assert (newest["before"], newest["after"]) == ({"plan": "standard"}, {"plan": "premium"})
    of_retail = [event["event_type"] for event in told("organization", "history", "Retail")]
    assert of_retail == ["account_added", "organization_added"]


@pytest.mark.usefixtures("house")
def test_a_disconnected_connection_can_be_reconnected(told: Callable[..., Any]) -> None:
    assert told("connection", "disconnect", "Main")["disconnected_at"] is not None
    assert told("connection", "reconnect", "Main")["disconnected_at"] is None


@pytest.mark.usefixtures("house")
def test_check_says_what_is_missing_and_ends_with_1(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    result = run("connection", "check", "Main", "--json")
    assert result.exit_code == 1
    finding = next(each for each in json.loads(result.stdout) if not each["ok"])
    assert str(tmp_path / "bills") in finding["message"]
    assert finding["advice"]


@pytest.mark.usefixtures("house")
def test_check_of_a_provider_nobody_wrote_yet_is_a_refusal(run: Callable[..., Result]) -> None:
    where = ["--location", "bucket", "--export", "e", "--dataset", "focus", "--provider", "oci"]
    assert run("connection", "add", "Other", *where).exit_code == 0
    result = run("connection", "check", "Other")
    assert result.exit_code == 1
    assert "oci" in result.stderr


def test_names_are_not_read_as_markup(run: Callable[..., Result]) -> None:
    run("company", "add", "[red]Acme[/red] :smile:")
    assert "[red]Acme[/red] :smile:" in run("company", "list").stdout
    assert "'[red]x[/red]'" in run("company", "show", "[red]x[/red]").stderr


@pytest.mark.usefixtures("house")
def test_a_second_company_must_be_named(
    run: Callable[..., Result], told: Callable[..., Any]
) -> None:
    told("company", "add", "Bolt")
    result = run("organization", "list")
    assert result.exit_code == 1
    assert result.stderr.startswith("AMBIGUOUS: There is more than one company.")
    assert told("organization", "list", "--company", "Bolt") == []


@pytest.mark.usefixtures("house")
def test_rates_are_tried_imported_listed_and_locked(
    run: Callable[..., Result], told: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "환율.csv"
    file.write_text("month,from,to,rate\n2026-09,USD,KRW,1350.50\n", "utf-8")
    tried = told("rates", "import", str(file), "--dry-run")
    assert (tried["is_dry_run"], tried["added_count"]) == (True, 1)
    assert told("rates", "list") == []
    assert told("rates", "import", str(file))["added_months"] == ["2026-09"]
    assert told("rates", "import", str(file))["unchanged_count"] == 1
    listed = told("rates", "list", "--currency", "usd")
    assert [(each["rate"], each["source"]) for each in listed] == [("1350.50", "환율.csv")]

    file.write_text("month,from,to,rate\n2026-09,USD,KRW,1360\n", "utf-8")
    refused = run("rates", "import", str(file))
    assert refused.exit_code == 1
    assert "USD to KRW in 2026-09 is 1350.50, the file says 1360" in refused.stderr
    assert told("rates", "import", str(file), "--replace")["replaced"][0]["before"] == "1350.50"


@pytest.mark.usefixtures("house")
def test_a_reporting_currency_is_set_and_taken_away(
    run: Callable[..., Result], told: Callable[..., Any]
) -> None:
    assert "no reporting currency" in run("rates", "show", "2026-09").stderr
    assert told("company", "currency", "krw")["reporting_currency"] == "KRW"
    assert told("rates", "show", "2026-09") == []
    assert told("company", "currency", "none")["reporting_currency"] is None
    assert run("company", "currency", "₩").exit_code == 1


@pytest.mark.usefixtures("house")
def test_a_contract_is_added_listed_and_removed(told: Callable[..., Any]) -> None:
    where = ["--organization", "Retail", "--provider", "azure", "--currency", "USD"]
    term = ["--amount", "100000", "--from", "2026-01-01", "--to", "2026-12-31"]
    added = told("contract", "add", "MACC", *where, *term)
    assert (added["commitment_cost"], added["last_date"]) == ("100000", "2026-12-31")
    assert [each["name"] for each in told("contract", "list")] == ["MACC"]
    assert told("contract", "remove", "MACC", "--yes")["removed"] == added["contract_id"]
    assert told("contract", "list") == []


@pytest.mark.usefixtures("house")
def test_a_budget_is_added_changed_listed_and_removed(told: Callable[..., Any]) -> None:
    amount = ["--amount", "5000", "--currency", "USD", "--threshold", "forecast:100%"]
    added = told("budget", "add", "팀", "--organization", "Retail", *amount, "--tag", "team=결제")
    assert (added["tag_value"], added["thresholds"]) == ("결제", ["forecast:100"])
    assert told("budget", "set", "팀", "--amount", "6000")["thresholds"] == ["forecast:100"]
    assert [each["budget_cost"] for each in told("budget", "list")] == ["6000"]
    assert told("budget", "remove", "팀", "--yes")["removed"] == added["budget_id"]
    assert told("budget", "list") == []


@pytest.mark.usefixtures("house")
def test_a_threshold_is_set_shown_and_given_back(told: Callable[..., Any]) -> None:
    def threshold(*words: str) -> object:
        return told("organization", "threshold", "Retail", *words)["utilization_threshold"]

    assert [threshold(), threshold("70%"), threshold(), threshold("--default")] == [
        None, "0.7", "0.7", None,
    ]  # fmt: skip
