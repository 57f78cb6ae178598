"""Who gives a command: the operator until there are members, then whoever says who he is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.identity import hoisted
from pipelines.cli.main import app
from pipelines.settings import settings
from tests.published import cost, house_in, organization, publish
from warehouse.registry import open_registry

KIM, LEE = "kim@example.com", "lee@example.com"

Run = Callable[..., Result]
Told = Callable[..., Any]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command, with settings of its own."""

    def command(*words: str, answer: str | None = None, **environment: str) -> Result:
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(f"FINHOUSE_{name}", value)
            settings.cache_clear()
            result = CliRunner().invoke(app, words, input=answer)
        settings.cache_clear()
        return result

    return command


@pytest.fixture
def told(run: Run) -> Told:
    """Run a command that must succeed and return its JSON."""

    def command(*words: str, **environment: str) -> Any:
        result = run(*words, "--json", **environment)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return command


@pytest.fixture
def members() -> None:
    """Acme with an owner, Kim, and an admin of Retail, Lee."""
    registry = open_registry(settings().registry)
    registry.companies.add("Acme")
    for name in ("Retail", "Stores"):
        registry.organizations.add(name)
    registry.members.add(KIM)
    registry.members.add(LEE, organization="Retail", role="admin")


def refused(result: Result, code: str) -> None:
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(code)


@pytest.mark.usefixtures("members")
def test_once_there_are_members_nobody_is_the_operator_by_accident(run: Run, told: Told) -> None:
    for words in (["company", "list"], ["refresh"], ["status"], ["costs"], ["sql", "select 1"]):
        refused(run(*words), "NOT_SIGNED_IN")
    assert told("whoami", "--operator") == {"acts_as": "operator", "may": "everything"}
    assert told("company", "list", OPERATOR="1")[0]["name"] == "Acme"
    assert told("whoami", "--as", KIM, OPERATOR="1")["email"] == KIM


@pytest.mark.usefixtures("members")
def test_a_member_may_do_what_his_rights_say_wherever_he_says_who_he_is(
    run: Run, told: Told
) -> None:
    assert [o["name"] for o in told("--as", LEE, "organization", "list")] == ["Retail"]
    assert [o["name"] for o in told("organization", "list", f"--as={KIM}")] == ["Retail", "Stores"]
    refused(run("organization", "add", "Lab", "--as", LEE), "NOT_ALLOWED")
    refused(run("organization", "show", "Stores", "--as", LEE), "NOT_FOUND")
    refused(run("company", "list", "--as", "x@example.com"), "NOT_SIGNED_IN")
    for words in (["refresh"], ["status"], ["sample"], ["ui"]):
        refused(run(*words, "--as", KIM), "NOT_ALLOWED")


@pytest.mark.usefixtures("members")
def test_a_key_is_shown_once_and_acts_as_its_member(run: Run, told: Told) -> None:
    key = told("key", "add", "report", "--as", LEE)["key"]
    assert key not in run("key", "list", "--as", LEE, "--json").stdout
    assert told("whoami", API_KEY=key)["email"] == LEE
    refused(run("organization", "add", "Lab", API_KEY=key), "NOT_ALLOWED")
    refused(run("whoami", "--as", KIM, API_KEY=key), "NOT_SIGNED_IN")
    told("key", "disable", "report", "--as", LEE)
    refused(run("whoami", API_KEY=key), "NOT_SIGNED_IN")


@pytest.mark.usefixtures("members")
def test_an_invitation_is_accepted_by_who_has_the_token(run: Run, told: Told) -> None:
    add = ("invitation", "add", "new@example.com", "--organization", "Retail", "--external")
    token = told(*add, "--as", LEE)["token"]
    accepted = run("invitation", "accept", "--name", "새 사람", "--json", answer=f"{token}\n")
    assert accepted.exit_code == 0
    assert token not in accepted.output
    mine = told("whoami", "--as", "new@example.com")
    assert (mine["name"], {grant["level"] for grant in mine["grants"]}) == ("새 사람", {"view"})


@pytest.mark.usefixtures("members")
def test_roles_and_groups_are_made_and_listed(run: Run, told: Told) -> None:
    told("role", "add", "Finance", "--menu", "costs=view", "--menu", "billing=view", "--as", KIM)
    group = ("group", "add", "Money", "--role", "Finance", "--organization", "Stores")
    told(*group, "--as", KIM)
    told("group", "join", "Money", LEE, "--as", KIM)
    names = [role["name"] for role in told("role", "list", "--as", KIM)]
    assert names == ["owner", "admin", "member", "Finance"]
    assert told("group", "list", "--as", LEE)[0]["members"] == [LEE]
    found = {g["menu"]: g["source"] for g in told("member", "show", LEE, "--as", KIM)["grants"]}
    assert (found["billing"], found["members"]) == ("group", "direct")
    assert run("role", "add", "X", "--menu", "costs", "--as", KIM).exit_code == 2
    for noun in ("member", "role", "group", "invitation", "key", "contact", "hold"):
        assert run(noun, "list", "--as", KIM).exit_code == 0


@pytest.mark.usefixtures("members")
def test_a_file_is_imported_whole_or_every_bad_line_is_named(
    run: Run, told: Told, tmp_path: Path
) -> None:
    rows = ["kind,name,email,organization,role,account_id", "organization,Lab,,,,"]
    rows += ["member,,new@example.com,Lab,admin,", 'account,"Web, shop",,Lab,,012345678901']
    file = tmp_path / "people.csv"
    file.write_text("\n".join([*rows, "member,,nobody,Lab,,", "account,,,Lab,,12"]), "utf-8-sig")
    result = run("import", str(file), "--as", KIM)
    assert result.exit_code == 1
    assert "line 5: INVALID: 'nobody'" in result.stderr
    assert "line 6: INVALID: '12'" in result.stderr
    assert len(told("organization", "list", "--as", KIM)) == 2
    file.write_text("\n".join(rows), "utf-8")
    assert len(told("import", str(file), "--dry-run", "--as", KIM)) == 4
    assert len(told("organization", "list", "--as", KIM)) == 2
    assert len(told("import", str(file), "--as", KIM)) == 4
    assert told("import", str(file), "--as", KIM) == []


@pytest.mark.usefixtures("members")
def test_a_yaml_keeps_leading_zeros_and_names_lines(run: Run, told: Told, tmp_path: Path) -> None:
    file = tmp_path / "accounts.yaml"
    text = "accounts:\n  - account_id: 012345678901\n    organization: Retail\n"
    file.write_text(text, "utf-8")
    told("import", str(file), "--as", KIM)
    assert told("account", "list", "--as", KIM)[0]["account_id"] == "012345678901"
    for extra, line in (
        ("  - account_id: 9\n    organization: Retail\n", 4),
        ("teams: []\n", 4),
        ("members:\n- [a]\n", 5),
        ("x: [", 4),
    ):
        file.write_text(text + extra, "utf-8")
        assert f"line {line}: " in run("import", str(file), "--as", KIM).stderr


@pytest.mark.usefixtures("members")
def test_an_organization_is_deleted_and_told(told: Told) -> None:
    told("hold", "add", "--reason", "case", "--as", KIM)
    told("organization", "delete", "Stores", "--yes", "--reason", "sold", "--as", KIM)
    (request,) = told("organization", "deletions", "--as", KIM)
    assert (request["reason"], request["is_on_hold"]) == ("sold", True)
    told("organization", "add", "Stores", "--as", KIM)


def test_who_acts_may_be_said_anywhere_but_after_two_dashes() -> None:
    assert hoisted(["costs", "--as", "a", "--json"]) == ["--as", "a", "costs", "--json"]
    assert hoisted(["sql", "--", "--as", "a"]) == ["sql", "--", "--as", "a"]
    assert hoisted(["costs", "--as"]) == ["--as", "costs"]


@pytest.mark.slow
def test_costs_sql_and_extracts_show_a_member_his_organizations_and_nothing_else(
    tmp_path: Path, run: Run, told: Told
) -> None:
    with house_in(tmp_path) as house:
        registry = house.registry
        company = registry.companies.add("Acme").company_id
        retail, stores = (
            registry.organizations.add(name).organization_id for name in ("Retail", "Stores")
        )
        registry.members.add(KIM)
        registry.members.add(LEE, organization="Retail", role="member")
        registry.members.add("idle@example.com", organization="Retail", role="member")
        registry.members.revoke("idle@example.com", "Retail")
        rows = [
            cost(amount, company_id=company, organization_id=each)
            for each, amount in ((retail, "1"), (stores, "20"), ("unassigned", "300"))
        ]
        names = [
            organization(name, company_id=company, organization_id=each)
            for each, name in ((retail, "Retail"), (stores, "Stores"), ("unassigned", "U"))
        ]
        publish(
            house,
            {
                "fct_monthly_costs": rows,
                "dim_organizations": names,
                "dim_member_grants": [{"organization_id": retail, "company_id": company}],
            },
        )

        def total(email: str) -> list[float]:
            question = "select effective_cost from marts.fct_monthly_costs order by all"
            return [float(row["effective_cost"]) for row in told("sql", question, "--as", email)]

        assert (total(KIM), total(LEE), total("idle@example.com")) == ([1, 20, 300], [1], [])
        spent = told("costs", "--by", "organization", "--as", LEE)["costs"]
        assert [line["organization_name"] for line in spent] == ["Retail"]
        refused(run("costs", "--organization", "Stores", "--as", LEE), "NOT_FOUND")
        refused(run("costs", "--organization", "unassigned", "--as", LEE), "NOT_ALLOWED")
        assert run("costs", "--as", "idle@example.com").exit_code == 1
        month = ("extract", "run", "monthly-costs", "--period", "2026-09", "--organization")
        refused(run(*month, "Stores", "--as", LEE), "NOT_FOUND")
        assert run(*month, "Retail", "--as", LEE).exit_code == 0
        inventory = ("extract", "run", "commitment-inventory", "--organization")
        refused(run(*inventory, "Retail", "--as", LEE), "NOT_ALLOWED")
        refused(run(*inventory, "Stores", "--as", LEE), "NOT_FOUND")
        refused(run("extract", "run", "invoices", "--as", LEE), "NOT_ALLOWED")
        assert list(house.settings.layout.spill.rglob("portion-*")) == []
