"""Cloud accounts: each in exactly one organization at a time, worldwide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, update

from warehouse.registry.assignments import (
    PERIODS,
    Account,
    close_period,
    is_account,
    open_period,
    periods,
    set_management,
)
from warehouse.registry.callers import standing_of
from warehouse.registry.changing import Company, changing, find_company
from warehouse.registry.claims import (
    free_from,
    held_account,
    identify,
    periods_of,
    refuse_before_its_start,
)
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError
from warehouse.registry.history import OPERATOR, Author
from warehouse.registry.organizations import Organization, find_organization
from warehouse.registry.rights import Level
from warehouse.registry.words import clean_account_id, clean_name, name_key

EDIT = ("settings", Level.EDIT)


@dataclass(frozen=True)
class Accounts:
    """Every change is one transaction with its history rows."""

    database: Database

    def list(
        self, *, company: str | None = None, organization: str | None = None
    ) -> tuple[Account, ...]:
        """Return the periods that last or begin later: who holds what from now on."""
        today = self.database.now().date()
        with self.database.read() as tx:
            owner = find_company(tx, company)
            held = (each for each in _visible(tx, owner) if each.is_held_on(today))
            if organization is None:
                return tuple(held)
            wanted = find_organization(tx, owner, organization).organization_id
            return tuple(account for account in held if account.organization_id == wanted)

    def periods(
        self, account: str, *, provider: str | None = None, company: str | None = None
    ) -> tuple[Account, ...]:
        """Return all periods in which the company's organizations held the account."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            return _visible(tx, owner, is_account(*identify(tx, owner, account, provider)))

    def add(
        self,
        provider: str,
        account_id: str,
        organization: str,
        *,
        name: str | None = None,
        linked: Sequence[str] = (),
        valid_from: date | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> tuple[Account, ...]:
        """Register an account, with its linked accounts if it manages some: all or none.

        A new account counts from the beginning of time, one held before from today.
        Raises AccountClaimedError when somebody holds one of them; nothing is written then.
        """
        first = clean_account_id(provider, account_id)
        others = {clean_account_id(provider, each) for each in linked} - {first}
        label = clean_name(name or first, "account")
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            target = find_organization(author.transaction, owner, organization)
            author.require(*EDIT, target.organization_id)
            # Sorted: two that register the same accounts wait for each other, never in a ring.
            for each in sorted({first, *others}):
                start = free_from(author, owner, (provider, each), valid_from)
                its_name, management = (label, None) if each == first else (each, first)
                open_period(
                    author.transaction, (provider, each), target.organization_id, start, its_name
                )
                set_management(author.transaction, (provider, each), management)
                _record(author, "account_added", target, (provider, each), start, name=its_name)
            mine = periods_of(author.transaction, owner, PERIODS.c.valid_to.is_(None))
            added = [account for account in mine if account.account_id in {first, *others}]
            return tuple(sorted(added, key=lambda account: account.account_id != first))

    def move(
        self,
        account: str,
        organization: str,
        *,
        effective: date | None = None,
        provider: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Account:
        """Give an account's usage from that UTC day on (default: today) to another organization.

        Usage before the day stays where it is, also when bills for it arrive later.
        """
        day = effective or self.database.now().date()
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            target = find_organization(author.transaction, owner, organization)
            author.require(*EDIT, target.organization_id)
            old = held_account(author, owner, account, provider)
            author.require(*EDIT, old.organization_id)
            if old.organization_id == target.organization_id:
                raise InvalidError(
                    f"The account {old.account_id} already is in {target.name!r}.", "Nothing to do."
                )
            refuse_before_its_start(old, day)
            close_period(author.transaction, old, day)
            key = (old.provider, old.account_id)
            open_period(author.transaction, key, target.organization_id, day, old.name)
            source = find_organization(author.transaction, owner, old.organization_id)
            for concerned in (source, target):
                author.record(
                    "account_moved",
                    organization_id=concerned.organization_id,
                    before=_told(key, source, old.valid_from),
                    after=_told(key, target, day),
                )
            return periods(author.transaction, is_account(*key))[-1]

    def remove(
        self,
        account: str,
        *,
        effective: date | None = None,
        provider: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> None:
        """Take an account out from that UTC day on (default: today): its usage is unassigned."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            old = held_account(author, owner, account, provider)
            author.require(*EDIT, old.organization_id)
            day = effective or max(author.at.date(), old.valid_from)
            refuse_before_its_start(old, day)
            close_period(author.transaction, old, day)
            holder = find_organization(author.transaction, owner, old.organization_id)
            _record(author, "account_removed", holder, (old.provider, old.account_id), day)

    def rename(
        self,
        account: str,
        name: str,
        *,
        provider: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Account:
        """Give an account another name, in this company's eyes only."""
        clean = clean_name(name, "account")
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            old = held_account(author, owner, account, provider)
            author.require(*EDIT, old.organization_id)
            key = (old.provider, old.account_id)
            own = {
                period.organization_id
                for period in periods_of(author.transaction, owner, is_account(*key))
            }
            change = update(PERIODS).where(
                PERIODS.c.provider == old.provider,
                PERIODS.c.account_id == old.account_id,
                PERIODS.c.organization_id.in_(own),
            )
            author.transaction.execute(change.values(account_name=clean, name_key=name_key(clean)))
            author.record(
                "account_renamed",
                organization_id=old.organization_id,
                before={"provider": old.provider, "account_id": old.account_id, "name": old.name},
                after={"provider": old.provider, "account_id": old.account_id, "name": clean},
            )
            return periods(author.transaction, is_account(*key))[-1]


def _visible(tx: Connection, company: Company, *conditions: object) -> tuple[Account, ...]:
    """Return the periods in those of the company's organizations whose settings may be seen."""
    standing = standing_of(tx, company.company_id)
    return tuple(
        account
        for account in periods_of(tx, company, *conditions)
        if standing.may("settings", Level.VIEW, account.organization_id)
    )


def _told(key: tuple[str, str], organization: Organization, valid_from: date) -> dict[str, str]:
    return {
        "provider": key[0],
        "account_id": key[1],
        "organization_id": organization.organization_id,
        "organization_name": organization.name,
        "valid_from": valid_from.isoformat(),
    }


def _record(
    author: Author,
    event_type: str,
    organization: Organization,
    key: tuple[str, str],
    day: date,
    **more: str,
) -> None:
    after = {"provider": key[0], "account_id": key[1], "effective": day.isoformat(), **more}
    author.record(event_type, organization_id=organization.organization_id, after=after)
