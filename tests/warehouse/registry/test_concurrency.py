"""Processes that race for one place: one wins, the others get the clear error."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import func, select

from warehouse.registry import Registry, RegistryError, Source, open_registry, tables
from warehouse.registry.tables import BEGINNING

RACERS = 4
TIMEOUT = 120
X, Y = "222222222222", "111111111111"

Act = Callable[[Registry, int], None]
Run = Callable[[Act], Counter[str]]
line: Barrier


def claim(registry: Registry, racer: int) -> None:
    """Claim two accounts for an organization of the racer's own company, in either order."""
    first, second = (X, Y) if racer % 2 else (Y, X)
    registry.accounts.add("aws", first, "Shop", linked=[second], company=f"Company {racer}")


def add_organization(registry: Registry, racer: int) -> None:
    registry.organizations.add(f"Organization {racer}", company="Company 0")


def add_company(registry: Registry, racer: int) -> None:
    registry.companies.add("acme" if racer % 2 else "ACME")


def add_connection(registry: Registry, racer: int) -> None:
    source = Source("aws", "s3://bills/cur", "daily", "cur2")
    registry.connections.add("Main", source, company=f"Company {racer}")


def move_or_remove(registry: Registry, racer: int) -> None:
    if racer % 2:
        registry.organizations.remove("Target", company="Company 0")
    else:
        registry.accounts.move(X, "Target", company="Company 0")


def step_down(registry: Registry, racer: int) -> None:
    registry.membership.step_down(f"{racer}@example.com")


def accept(registry: Registry, racer: int) -> None:
    """Come in with the one token there is: the company's name carries it here."""
    registry.invitations.accept(registry.companies.get().name)


def stand_ready(barrier: Barrier) -> None:
    """Keep, in a racer's process, the line that all racers start from."""
    global line  # noqa: PLW0603 - a barrier reaches a process only while it starts
    line = barrier


def race(url: str, act: Act, racer: int) -> str:
    """Do one thing together with the others and tell how it ended."""
    try:
        line.wait(TIMEOUT)
        act(open_registry(url), racer)
    except RegistryError as error:
        return error.code
    return "won"


@pytest.fixture(scope="module")
def racers() -> Iterator[ProcessPoolExecutor]:
    """Processes of their own. Each waits at the line, so each runs exactly one race."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(RACERS)
    with ProcessPoolExecutor(RACERS, context, stand_ready, (barrier,)) as pool:
        yield pool


@pytest.fixture
def run(racers: ProcessPoolExecutor, url: str) -> Run:
    """Let every racer act on the registry at once; count how they ended."""

    def all_at_once(act: Act) -> Counter[str]:
        running = [racers.submit(race, url, act, racer) for racer in range(RACERS)]
        return Counter(each.result(TIMEOUT) for each in running)

    return all_at_once


@pytest.mark.slow
def test_opening_a_new_registry_at_once_migrates_it_once(url: str, run: Run) -> None:
    ended = run(add_organization)
    assert ended == {"NOT_FOUND": RACERS}
    assert open_registry(url).companies.list() == ()


@pytest.mark.slow
def test_one_of_many_gets_the_tenth_place(registry: Registry, run: Run) -> None:
    registry.companies.add("Company 0")
    for number in range(9):
        registry.organizations.add(f"There before {number}")
    assert run(add_organization) == {"won": 1, "ORGANIZATION_LIMIT": RACERS - 1}
    assert len(registry.organizations.list()) == 10
    assert len(registry.companies.history()) == 1 + 10


@pytest.mark.slow
@pytest.mark.parametrize("is_known", [False, True])
def test_one_of_many_companies_gets_the_accounts(
    registry: Registry, run: Run, is_known: bool
) -> None:
    for racer in range(RACERS):
        registry.companies.add(f"Company {racer}")
        registry.organizations.add("Shop", company=f"Company {racer}")
    if is_known:
        registry.accounts.add("aws", X, "Shop", linked=[Y], company="Company 0")
        for account in (X, Y):
            registry.accounts.remove(account, effective=BEGINNING, company="Company 0")
    assert run(claim) == {"won": 1, "ACCOUNT_CLAIMED": RACERS - 1}
    held = [len(registry.accounts.list(company=f"Company {racer}")) for racer in range(RACERS)]
    assert sorted(held) == [0, 0, 0, 2]
    with registry.read() as tx:
        told = tables.history.c.event_type == "account_added"
        assert tx.execute(select(func.count()).where(told)).scalar() == (4 if is_known else 2)


@pytest.mark.slow
def test_one_of_many_gets_the_name(registry: Registry, run: Run) -> None:
    assert run(add_company) == {"won": 1, "NAME_TAKEN": RACERS - 1}
    assert len(registry.companies.list()) == 1


@pytest.mark.slow
def test_one_of_many_companies_reads_the_export(registry: Registry, run: Run) -> None:
    for racer in range(RACERS):
        registry.companies.add(f"Company {racer}")
    assert run(add_connection) == {"won": 1, "SOURCE_TAKEN": RACERS - 1}
    assert len(registry.connections.living()) == 1


@pytest.mark.slow
def test_no_account_ends_up_in_an_organization_removed_meanwhile(
    registry: Registry, run: Run
) -> None:
    registry.companies.add("Company 0")
    registry.organizations.add("Source")
    registry.organizations.add("Target")
    registry.accounts.add("aws", X, "Source")
    ended = run(move_or_remove)
    holder = registry.accounts.list()[-1].organization_name
    living = {organization.name for organization in registry.organizations.list()}
    assert holder in living
    assert ended["won"] == 1
    assert set(ended) <= {"won", "IN_USE", "NOT_FOUND", "INVALID"}


@pytest.mark.slow
def test_of_owners_who_all_step_down_one_stays(registry: Registry, run: Run) -> None:
    registry.companies.add("Company 0")
    for racer in range(RACERS):
        registry.members.add(f"{racer}@example.com")
    assert run(step_down) == {"won": RACERS - 1, "OWNER_TRANSFER_REQUIRED": 1}
    assert [member.is_owner for member in registry.members.list()].count(True) == 1


@pytest.mark.slow
def test_an_invitation_lets_one_of_many_in(url: str, run: Run) -> None:
    # Opened as the racers do it, by the clock of today: an invitation has an end.
    registry = open_registry(url)
    registry.companies.add("Company 0")
    registry.organizations.add("Shop")
    registry.members.add("owner@example.com")
    _, token = registry.invitations.add("new@example.com", "Shop", "member")
    registry.companies.rename(None, token)
    assert run(accept) == {"won": 1, "NOT_SIGNED_IN": RACERS - 1}
    assert len(registry.members.list()) == 2
