"""Whatever is added, moved and removed: no account is in two organizations at one moment."""

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from warehouse.registry import Registry, RegistryError, open_registry, tables

FIRST = date(2026, 9, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(12)]
TODAY = DAYS[5]
HOLDERS = {"A": "Acme", "B": "Acme", "C": "Bolt"}
Step = tuple[str, str | None, str, date | None]
fresh_account = itertools.count(100_000_000_000)

days = st.sampled_from([None, *DAYS])
holders = st.sampled_from(sorted(HOLDERS))
companies = st.sampled_from(["Acme", "Bolt"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), holders, companies, days),
        st.tuples(st.just("move"), holders, companies, days),
        st.tuples(st.just("remove"), st.none(), companies, days),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Two companies with three organizations; each example takes an account of its own."""
    path: Path = tmp_path_factory.mktemp("law") / "registry.sqlite"
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
    registry = open_registry(f"sqlite:///{path}", lambda: noon)
    for company in ("Acme", "Bolt"):
        registry.companies.add(company)
    for organization, company in HOLDERS.items():
        registry.organizations.add(organization, company=company)
    return registry


def holders_by_day(registry: Registry, account: str) -> dict[date, list[str]]:
    """Ask the table itself who holds the account on each day."""
    periods, organizations = tables.cloud_account_assignments, tables.organizations
    query = (
        select(organizations.c.name, periods.c.valid_from, periods.c.valid_to)
        .join(organizations, organizations.c.organization_id == periods.c.organization_id)
        .where(periods.c.account_id == account)
    )
    with registry.read() as tx:
        rows = tx.execute(query).all()
    return {
        day: [name for name, start, end in rows if start <= day and (end is None or day < end)]
        for day in DAYS
    }


def act(registry: Registry, account: str, step: Step) -> bool:
    """Do one step; tell whether the registry let it happen."""
    verb, holder, company, day = step
    try:
        if verb == "add":
            registry.accounts.add("aws", account, str(holder), valid_from=day, company=company)
        elif verb == "move":
            registry.accounts.move(account, str(holder), effective=day, company=company)
        else:
            registry.accounts.remove(account, effective=day, company=company)
    except RegistryError:
        return False
    return True


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(steps=steps)
def test_an_account_is_in_one_organization_at_a_time_and_its_past_stays(
    registry: Registry, steps: list[Step]
) -> None:
    account = str(next(fresh_account))
    before = holders_by_day(registry, account)
    for verb, holder, company, day in steps:
        done = act(registry, account, (verb, holder, company, day))
        after = holders_by_day(registry, account)
        assert all(len(names) <= 1 for names in after.values())
        if not done:
            assert after == before
            continue
        changed = [each for each in DAYS if after[each] != before[each]]
        start = day or (TODAY if verb != "add" or any(before.values()) else FIRST)
        expected = [holder] if holder else []
        if verb == "remove" and day is None:
            # An account that is still to come is taken out before it came.
            start = min(start, *changed) if changed else start
        assert all(each >= start for each in changed)
        assert all(after[each] == expected for each in changed)
        if verb == "add":
            assert HOLDERS[str(holder)] == company
            assert all(before[each] == [] for each in changed)
        else:
            held = {name for each in changed for name in before[each]}
            assert {HOLDERS[name] for name in held} <= {company}
            assert after[DAYS[-1]] == expected
        before = after
