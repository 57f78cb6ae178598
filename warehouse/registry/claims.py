"""Which account is meant, whose it is, and from when it is free."""

from datetime import date

from sqlalchemy import Connection

from warehouse.registry.assignments import (
    ORGANIZATIONS,
    PERIODS,
    Account,
    last_period,
    lock_account,
    periods,
)
from warehouse.registry.callers import standing_of
from warehouse.registry.changing import Company
from warehouse.registry.errors import (
    AccountClaimedError,
    AmbiguousError,
    InvalidError,
    NotFoundError,
)
from warehouse.registry.history import Author
from warehouse.registry.tables import BEGINNING
from warehouse.registry.words import name_key


def periods_of(tx: Connection, company: Company, *conditions: object) -> tuple[Account, ...]:
    """Return the periods in which the company's organizations held accounts."""
    return periods(tx, ORGANIZATIONS.c.company_id == company.company_id, *conditions)


def identify(
    tx: Connection, company: Company, account: str, provider: str | None
) -> tuple[str, str]:
    """Find which account is meant: by id before name, within what the company ever held."""
    word = name_key(account)
    by_id = PERIODS.c.account_id.in_((account.strip(), word))
    standing = standing_of(tx, company.company_id)
    for condition in (by_id, PERIODS.c.name_key == word):
        found = {
            (each.provider, each.account_id)
            for each in periods_of(tx, company, condition)
            if standing.sees(each.organization_id)
        }
        fitting = {each for each in found if provider in (None, each[0])}
        if len(fitting) > 1:
            raise AmbiguousError(
                f"{account!r} is the name of {len(fitting)} accounts.",
                "Give the account id, and --provider if that is not enough.",
            )
        if fitting:
            return fitting.pop()
    raise _not_held(account, company)


def _not_held(account: str, company: Company) -> NotFoundError:
    return NotFoundError(
        f"The company {company.name!r} holds no account {account!r}.",
        "`finhouse account list` shows what it holds; `finhouse account add` registers one.",
    )


def held_account(author: Author, company: Company, account: str, provider: str | None) -> Account:
    """Return the account's open period, locked. It must be the company's own."""
    key = identify(author.transaction, company, account, provider)
    lock_account(author.transaction, *key, author.at)
    last = last_period(author.transaction, *key)
    if last is None or last.valid_to is not None or last.company_id != company.company_id:
        raise _not_held(account, company)
    return last


def free_from(author: Author, company: Company, key: tuple[str, str], wanted: date | None) -> date:
    """Lock the account and return the day it is free from.

    The refusal names the holder only when it is the company's own.
    """
    lock_account(author.transaction, *key, author.at)
    last = last_period(author.transaction, *key)
    start = wanted or (author.at.date() if last else BEGINNING)
    if start < BEGINNING:
        raise InvalidError(f"{start} is before there were clouds.", f"Give {BEGINNING} or later.")
    if last is None or not last.is_held_on(start):
        return start
    if last.company_id != company.company_id or not author.standing.sees(last.organization_id):
        raise AccountClaimedError(
            f"The account {key[1]} of {key[0]} belongs to another organization on {start}.",
            "Whoever holds it must remove it first. If it is yours, ask support to look into it.",
        )
    if last.valid_to is None:
        raise AccountClaimedError(
            f"The account {key[1]} of {key[0]} belongs to {last.organization_name!r}.",
            "To give it to another organization use `finhouse account move`.",
        )
    raise AccountClaimedError(
        f"The account {key[1]} of {key[0]} belongs to {last.organization_name!r} on {start}.",
        f"It is free from {last.valid_to} on.",
    )


def refuse_before_its_start(account: Account, day: date) -> None:
    """Refuse to end a period before it began: that would take usage from its past holder."""
    if day < account.valid_from:
        raise InvalidError(
            f"The account {account.account_id} came to {account.organization_name!r} on "
            f"{account.valid_from}, after {day}.",
            f"Give {account.valid_from} or later: what is before stays where it is.",
        )
