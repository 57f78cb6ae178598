"""The accounts that a management account brings along, as they become known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from warehouse.registry.assignments import (
    PERIODS,
    Account,
    last_period,
    open_period,
    periods,
    set_management,
)
from warehouse.registry.assignments import lock_account as lock
from warehouse.registry.changing import changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError
from warehouse.registry.history import OPERATOR, Author
from warehouse.registry.organizations import Organization, find_organization
from warehouse.registry.tables import BEGINNING
from warehouse.registry.words import clean_account_id, clean_name

REGISTERED: Final = "registered"
HELD: Final = "held"
REMOVED: Final = "removed before"
CLAIMED: Final = "belongs to somebody else"
UNREADABLE: Final = "no account id"


@dataclass(frozen=True)
class SeenAccount:
    """An account that Organizations or a bill names."""

    account_id: str
    name: str
    management_account_id: str
    first_used: date | None = None
    """UTC day of its first charge, where one is known."""


@dataclass(frozen=True)
class LinkedAccount:
    """What became of an account that was seen."""

    provider: str
    account_id: str
    name: str
    status: str
    organization_name: str | None = None
    """Only the company's own: another's is never told."""
    valid_from: date | None = None


def link_accounts(
    database: Database,
    provider: str,
    seen: Iterable[SeenAccount],
    organization: str,
    *,
    company: str,
    actor: str = OPERATOR,
    reason: str = "",
) -> tuple[LinkedAccount, ...]:
    """Register with an organization what nobody holds, in one transaction.

    What another company holds is never taken, and what this one once gave up does not come back
    by itself. An account that nobody ever held counts with all its usage; one that another company
    gave up, from its first use here on.
    """
    accounts = {each.account_id: each for each in seen}
    settled = _settled(database, provider, accounts, company)
    if len(settled) == len(accounts):
        return settled
    with changing(database, company, actor, reason) as (author, owner):
        target = find_organization(author.transaction, owner, organization)
        return tuple(
            # Sorted: two that register the same accounts wait for each other, never in a ring.
            _link(author, provider, accounts[each], target)
            for each in sorted(accounts)
        )


def _settled(
    database: Database, provider: str, accounts: Mapping[str, SeenAccount], company: str
) -> tuple[LinkedAccount, ...]:
    """Tell the accounts about which nothing is to be done, without keeping anybody waiting."""
    with database.read() as tx:
        owner = find_company(tx, company).company_id
        of_these = (PERIODS.c.provider == provider, PERIODS.c.account_id.in_([*accounts]))
        last = {each.account_id: each for each in periods(tx, *of_these)}
    return tuple(
        _told(provider, seen, last[each], owner)
        for each, seen in sorted(accounts.items())
        if each in last and _is_settled(last[each], owner)
    )


def _is_settled(last: Account, company_id: str) -> bool:
    """What the company ever held is its own affair; what another holds is that one's."""
    return last.company_id == company_id or last.valid_to is None


def _link(author: Author, provider: str, seen: SeenAccount, target: Organization) -> LinkedAccount:
    try:
        account_id = clean_account_id(provider, seen.account_id)
    except InvalidError:
        return LinkedAccount(provider, seen.account_id, seen.name, UNREADABLE)
    key = (provider, account_id)
    lock(author.transaction, *key, author.at)
    last = last_period(author.transaction, *key)
    if last and _is_settled(last, author.company_id):
        return _told(provider, seen, last, author.company_id)
    start = BEGINNING
    if last and last.valid_to:
        start = max(last.valid_to, seen.first_used or author.at.date())
    name = _name(seen)
    open_period(author.transaction, key, target.organization_id, start, name)
    manager = seen.management_account_id
    set_management(author.transaction, key, manager if manager != account_id else None)
    author.record(
        "account_added",
        organization_id=target.organization_id,
        after={
            "provider": provider,
            "account_id": account_id,
            "effective": start.isoformat(),
            "name": name,
            "management_account_id": manager,
        },
    )
    return LinkedAccount(provider, account_id, name, REGISTERED, target.name, start)


def _told(provider: str, seen: SeenAccount, last: Account, company_id: str) -> LinkedAccount:
    """Say why an account that was held before is left alone."""
    if last.company_id != company_id:
        return LinkedAccount(provider, seen.account_id, seen.name, CLAIMED)
    status = HELD if last.valid_to is None else REMOVED
    return LinkedAccount(
        provider, last.account_id, last.name, status, last.organization_name, last.valid_from
    )


def _name(seen: SeenAccount) -> str:
    """A name on a bill may be no name for us; then the id stands for it."""
    try:
        return clean_name(seen.name, "account")
    except InvalidError:
        return seen.account_id
