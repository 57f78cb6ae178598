"""What a management account brings along: never what somebody else holds."""

from datetime import date

import pytest

from tests.warehouse.registry.conftest import Clock
from warehouse.registry import Registry
from warehouse.registry.linked_accounts import (
    CLAIMED,
    HELD,
    REGISTERED,
    REMOVED,
    UNREADABLE,
    LinkedAccount,
    SeenAccount,
    link_accounts,
)

PAYER, LINKED, OTHER = "000000000001", "000000000002", "000000000003"


def seen(*accounts: str, first_used: date | None = None) -> list[SeenAccount]:
    return [SeenAccount(each, f"결제 {each[-1]}", PAYER, first_used) for each in accounts]


def link(registry: Registry, *accounts: SeenAccount) -> dict[str, LinkedAccount]:
    found = link_accounts(registry, "aws", accounts, "Retail", company="Acme", reason="seen")
    return {each.account_id: each for each in found}


@pytest.fixture
def registry(registry: Registry) -> Registry:
    """Two companies; Acme has two organizations."""
    for company in ("Acme", "Bolt"):
        registry.companies.add(company)
    for company, organization in (("Acme", "Retail"), ("Acme", "Stores"), ("Bolt", "Bolt")):
        registry.organizations.add(organization, company=company)
    return registry


def test_new_accounts_join_with_all_their_usage_and_their_history(registry: Registry) -> None:
    linked = link(registry, *seen(PAYER, LINKED, first_used=date(2026, 9, 3)))
    assert {each.status for each in linked.values()} == {REGISTERED}
    held = {each.account_id: each for each in registry.accounts.list(company="Acme")}
    assert held[LINKED].valid_from == date(1970, 1, 1)
    assert (held[PAYER].management_account_id, held[LINKED].management_account_id) == (None, PAYER)
    event = registry.companies.history("Acme")[0]
    assert (event.event_type, event.reason) == ("account_added", "seen")


@pytest.mark.fault("F101", "Its history as it was, and no new rows")
def test_an_account_that_its_payer_names_no_more_stays_as_it_was(
    registry: Registry, clock: Clock
) -> None:
    link(registry, *seen(PAYER, LINKED))
    before = registry.accounts.list(company="Acme")
    clock.pass_days(3)
    link(registry, *seen(PAYER))
    assert registry.accounts.list(company="Acme") == before


def test_what_is_held_moved_or_was_removed_stays_as_it_is(registry: Registry, clock: Clock) -> None:
    link(registry, *seen(PAYER, LINKED, OTHER))
    clock.pass_days(3)
    registry.accounts.move(LINKED, "Stores", company="Acme")
    registry.accounts.remove(OTHER, company="Acme")
    before = registry.companies.history("Acme")
    again = link(registry, *seen(PAYER, LINKED, OTHER))
    assert [again[each].status for each in (PAYER, LINKED, OTHER)] == [HELD, HELD, REMOVED]
    assert again[LINKED].organization_name == "Stores"
    assert registry.companies.history("Acme") == before


def test_an_account_of_another_company_is_never_taken_and_its_holder_not_told(
    registry: Registry,
) -> None:
    registry.accounts.add("aws", LINKED, "Bolt", company="Bolt", name="secret")
    linked = link(registry, *seen(PAYER, LINKED))
    assert linked[LINKED] == LinkedAccount("aws", LINKED, "결제 2", CLAIMED)
    assert linked[PAYER].status == REGISTERED
    [held] = registry.accounts.list(company="Bolt")
    assert held.account_id == LINKED


@pytest.mark.parametrize(
    ("first_used", "start"),
    [
        (date(2026, 9, 1), date(2026, 9, 15)),
        (date(2026, 9, 20), date(2026, 9, 20)),
        (None, date(2026, 9, 25)),
    ],
)
def test_what_another_company_gave_up_counts_from_its_first_use_after_that(
    registry: Registry, clock: Clock, first_used: date | None, start: date
) -> None:
    registry.accounts.add("aws", LINKED, "Bolt", company="Bolt", valid_from=date(2026, 1, 1))
    registry.accounts.remove(LINKED, company="Bolt")
    clock.pass_days(10)
    linked = link(registry, *seen(LINKED, first_used=first_used))
    assert (linked[LINKED].status, linked[LINKED].valid_from) == (REGISTERED, start)


def test_names_and_ids_from_a_bill_are_not_trusted(registry: Registry) -> None:
    odd = SeenAccount(LINKED, "a\u202eb", PAYER)
    linked = link(registry, odd, SeenAccount("'; drop table", "x", PAYER))
    assert linked[LINKED].name == LINKED
    assert linked["'; drop table"].status == UNREADABLE
