"""`finhouse sql --organization`: a published file, opened by whoever may, cut by his menus."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.doors import opened
from pipelines.cli.identity import SAID, Identity
from pipelines.cli.main import app
from pipelines.house import House
from pipelines.serving import serve
from pipelines.settings import settings
from tests.published import CONTRACTS, Row, cost, house_in, publish
from warehouse.registry.errors import RegistryError
from warehouse.scope import COMPANY_MARTS

OWNER, ANALYST, MEMBER, GUEST, NOBODY = (
    f"{each}@example.com" for each in ("owner", "analyst", "member", "guest", "nobody")
)
COMPANIES = ("Acme", "Bolt")
ALL_MENUS = {"costs": "view", "resources": "view", "commitments": "view"}


@dataclass(frozen=True)
class Twins:
    """Two companies that call everything the same, and the ids that tell them apart."""

    house: House
    ids: dict[str, str]
    """`Acme` and `Acme/Retail` -> id."""

    def publish(self, amounts: dict[str, int]) -> int:
        """Publish a row of every mart for everybody, costs by organization, and their files."""
        pairs = [
            {"company_id": self.ids[company], "organization_id": its}
            for company in COMPANIES
            for name, its in [*self.ids.items(), (f"{company}/unassigned", "unassigned")]
            if name.startswith(f"{company}/")
        ]
        owned = [{"company_id": self.ids[company]} for company in COMPANIES]
        costs: list[Row] = [
            cost(str(amounts.get(pair["organization_id"], 1)), **pair) for pair in pairs
        ]
        marts: dict[str, Any] = dict.fromkeys(CONTRACTS, pairs) | dict.fromkeys(
            COMPANY_MARTS, owned
        )
        snapshot_id = publish(self.house, marts | {"fct_monthly_costs": costs})
        assert serve(self.house)
        return snapshot_id


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    with house_in(tmp_path_factory.mktemp("house")) as house:
        registry, ids = house.registry, dict[str, str]()
        for company in COMPANIES:
            ids[company] = registry.companies.add(company, plan="standard").company_id
            for name in ("Retail", "Stores"):
                made = registry.organizations.add(name, company=company)
                ids[f"{company}/{name}"] = made.organization_id
        registry.roles.add("Analyst", ALL_MENUS, company="Acme", organization="Retail")
        registry.roles.add("Guest", {"settings": "view"}, company="Acme", organization="Retail")
        registry.members.add(OWNER, company="Acme")
        registry.members.add("bolts@example.com", company="Bolt")
        for email, role in ((ANALYST, "Analyst"), (MEMBER, "member"), (GUEST, "Guest")):
            registry.members.add(email, company="Acme", organization="Retail", role=role)
        registry.members.add(NOBODY, company="Bolt", organization="Retail", role="member")
        registry.members.revoke(NOBODY, "Retail", company="Bolt")
        twins = Twins(house, ids)
        twins.publish({})
        yield twins


def run(email: str, question: str, *words: str) -> Result:
    return CliRunner().invoke(app, ["sql", question, "--json", "--as", email, *words])


def organizations(result: Result) -> set[str]:
    assert result.exit_code == 0, result.output
    return {row["organization_id"] for row in json.loads(result.stdout)}


COSTS = "select organization_id from fct_monthly_costs"


@pytest.mark.parametrize("mart", ["fct_monthly_costs", "dim_resources", "fct_commitment_inventory"])
def test_an_analyst_finds_his_organization_in_every_menu(twins: Twins, mart: str) -> None:
    asked = f"select organization_id from marts.{mart}"
    found = organizations(run(ANALYST, asked, "--organization", "Retail"))
    assert found == {twins.ids["Acme/Retail"]}


def test_who_may_not_see_a_menu_finds_it_empty_in_the_file(twins: Twins) -> None:
    retail = twins.ids["Acme/Retail"]
    assert organizations(run(MEMBER, COSTS, "--organization", retail)) == {retail}
    asked = "select organization_id from fct_commitment_inventory"
    assert organizations(run(MEMBER, asked, "--organization", "Retail")) == set()


@pytest.mark.parametrize("email", [ANALYST, MEMBER, GUEST])
@pytest.mark.parametrize("closed", ["Acme/Stores", "Bolt/Retail"])
def test_an_organization_one_may_not_read_is_refused_as_one_that_is_not_there(
    twins: Twins, email: str, closed: str
) -> None:
    there, not_there = twins.ids[closed], "org-notthere00"
    refusals = {
        run(email, "select 1", "--organization", each).stderr.replace(each, "X")
        for each in (there, not_there)
    }
    assert len(refusals) == 1
    assert refusals.pop().startswith("NOT_FOUND")


@pytest.mark.parametrize(
    ("email", "words"),
    [
        (GUEST, ("--organization", "Retail")),
        (ANALYST, ("--organization", "unassigned")),
        (ANALYST, ("--company", "Acme")),
        (OWNER, ("--company", "Bolt")),
        (OWNER, ("--company", "Bolt", "--organization", "Retail")),
        (NOBODY, ("--organization", "Retail")),
        (NOBODY, ("--company", "Acme", "--organization", "Retail")),
    ],
)
def test_without_a_right_nothing_is_opened(
    twins: Twins, email: str, words: tuple[str, ...]
) -> None:
    result = run(email, "select 1", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(("NOT_ALLOWED", "NOT_FOUND"))


def test_an_owner_opens_his_companys_file_and_no_other_companys(twins: Twins) -> None:
    own = {"unassigned", twins.ids["Acme/Retail"], twins.ids["Acme/Stores"]}
    assert organizations(run(OWNER, COSTS, "--company", "Acme")) == own
    asked = "select company_id as organization_id from fct_invoices"
    assert organizations(run(OWNER, asked, "--company", "Acme")) == {twins.ids["Acme"]}


def test_a_right_that_ends_ends_an_open_session_at_its_next_question(twins: Twins) -> None:
    members = twins.house.registry.members
    token = SAID.set(Identity(ANALYST))
    try:
        with opened("Retail", None) as door:
            [answer] = door.ask("select 1", None)
            assert answer.names == ("1",)
            members.revoke(ANALYST, "Retail", company="Acme")
            with pytest.raises(RegistryError):
                list(door.ask("select 1", None))
    finally:
        SAID.reset(token)
        members.grant(ANALYST, "Retail", "Analyst", company="Acme")


@pytest.mark.slow
def test_twenty_readers_of_a_refresh_see_no_error_and_no_mixed_snapshot(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINHOUSE_OPERATOR", "1")
    settings.cache_clear()
    retail, company = twins.ids["Acme/Retail"], twins.ids["Acme"]
    told = {twins.publish({retail: 100}): 100}
    asked = (
        "select snapshot_id from _about; select sum(effective_cost)::int from fct_monthly_costs"
        " where organization_id = '" + retail + "'; select snapshot_id from _about"
    )

    def read(door: Callable[..., Any]) -> tuple[int, ...]:
        return tuple(row[0] for answer in door(asked, None) for row in answer.rows)

    with ThreadPoolExecutor(20) as readers, ExitStack() as sessions:
        doors = [
            sessions.enter_context(opened(None, company) if number % 2 else opened(retail, company))
            for number in range(20)
        ]
        before = [readers.submit(read, door.ask) for door in doors]
        told[twins.publish({retail: 200})] = 200
        after = [readers.submit(read, door.ask) for door in doors]
        old = {each.result() for each in (*before, *after)}
        with opened(retail, company) as door:
            new = read(door.ask)
    [(snapshot_id, first)] = [item for item in told.items() if item[1] == 100]
    assert old == {(snapshot_id, first, snapshot_id)}
    assert new == (max(told), 200, max(told))


def test_an_organization_without_a_file_says_what_to_do(twins: Twins) -> None:
    twins.house.registry.organizations.add("Young", company="Acme")
    result = run(OWNER, "select 1", "--organization", "Young")
    assert (result.exit_code, "finhouse refresh" in result.stderr) == (1, True)
