"""Which organization holds an account on which days: the rows, and what may follow on what."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from warehouse.registry import tables
from warehouse.registry.words import name_key

ACCOUNTS = tables.cloud_accounts
PERIODS = tables.cloud_account_assignments
ORGANIZATIONS = tables.organizations


@dataclass(frozen=True, order=True)
class Account:
    """One period in which one organization holds one cloud account."""

    provider: str
    account_id: str
    valid_from: date
    valid_to: date | None
    """First day that no longer counts; None while it lasts."""
    name: str
    organization_id: str
    organization_name: str
    company_id: str
    management_account_id: str | None

    def is_held_on(self, day: date) -> bool:
        """Tell whether the account's usage of that day, or of a later one, is the holder's."""
        return self.valid_to is None or self.valid_to > day


def periods(tx: Connection, *conditions: object) -> tuple[Account, ...]:
    """Return the periods that meet the conditions, oldest first."""
    query = (
        select(
            PERIODS.c.provider,
            PERIODS.c.account_id,
            PERIODS.c.valid_from,
            PERIODS.c.valid_to,
            PERIODS.c.account_name.label("name"),
            PERIODS.c.organization_id,
            ORGANIZATIONS.c.name.label("organization_name"),
            ORGANIZATIONS.c.company_id,
            ACCOUNTS.c.management_account_id,
        )
        .join(ORGANIZATIONS, PERIODS.c.organization_id == ORGANIZATIONS.c.organization_id)
        .join(
            ACCOUNTS,
            (PERIODS.c.provider == ACCOUNTS.c.provider)
            & (PERIODS.c.account_id == ACCOUNTS.c.account_id),
        )
        .order_by(PERIODS.c.provider, PERIODS.c.account_id, PERIODS.c.valid_from)
    )
    for condition in conditions:
        query = query.where(condition)  # type: ignore[arg-type]  # any column expression
    return tuple(Account(**row) for row in tx.execute(query).mappings())


def is_account(provider: str, account_id: str) -> object:
    """Return the condition that picks one account's periods."""
    return (PERIODS.c.provider == provider) & (PERIODS.c.account_id == account_id)


def lock_account(tx: Connection, provider: str, account_id: str, now: datetime) -> None:
    """Make this transaction the only one to touch the account, in the whole world.

    A new account's row is made first, so that there is something to lock.
    """
    dialect_insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    row = {"provider": provider, "account_id": account_id, "created_at": now}
    tx.execute(dialect_insert(ACCOUNTS).values(row).on_conflict_do_nothing())
    is_it = (ACCOUNTS.c.provider == provider) & (ACCOUNTS.c.account_id == account_id)
    tx.execute(select(ACCOUNTS.c.account_id).where(is_it).with_for_update())


def set_management(tx: Connection, key: tuple[str, str], management_account_id: str | None) -> None:
    """Remember with which management account this one was registered."""
    is_it = (ACCOUNTS.c.provider == key[0]) & (ACCOUNTS.c.account_id == key[1])
    tx.execute(update(ACCOUNTS).where(is_it).values(management_account_id=management_account_id))


def last_period(tx: Connection, provider: str, account_id: str) -> Account | None:
    """Return the account's newest period, whose ever it is."""
    found = periods(tx, is_account(provider, account_id))
    return found[-1] if found else None


def open_period(
    tx: Connection, key: tuple[str, str], organization_id: str, valid_from: date, name: str
) -> None:
    """Begin a period after the last one. The database refuses one that overlaps it."""
    provider, account_id = key
    last = last_period(tx, provider, account_id)
    tx.execute(
        insert(PERIODS).values(
            provider=provider,
            account_id=account_id,
            valid_from=valid_from,
            previous_valid_to=last and last.valid_to,
            organization_id=organization_id,
            account_name=name,
            name_key=name_key(name),
        )
    )


def close_period(tx: Connection, account: Account, day: date) -> None:
    """End a period before that day. One that would be left without a day never was."""
    is_it = (
        is_account(account.provider, account.account_id),
        PERIODS.c.valid_from == account.valid_from,
    )
    if day == account.valid_from:
        tx.execute(delete(PERIODS).where(*is_it))  # type: ignore[arg-type]  # as in periods()
    else:
        tx.execute(update(PERIODS).where(*is_it).values(valid_to=day))  # type: ignore[arg-type]
