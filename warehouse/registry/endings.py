"""How a company ends: its trial runs out, it withdraws, it asks for what is left to go early."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, delete, insert, select, update

from warehouse.registry.access_tables import members
from warehouse.registry.assignments import close_period
from warehouse.registry.changing import Company, changing, find_company
from warehouse.registry.claims import periods_of
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError, WindowClosedError
from warehouse.registry.extract_tables import extract_schedules
from warehouse.registry.history import OPERATOR, Author
from warehouse.registry.organizations import FIELDS, Organization, close_organization
from warehouse.registry.people import forget_member
from warehouse.registry.retention_tables import company_requests
from warehouse.registry.tables import companies, connections, organizations
from warehouse.retention.dates import local_date, window_end
from warehouse.retention.policy import Policy


@dataclass(frozen=True)
class CompanyRequest:
    """One thing that was asked of or happened to a company. The first telling counts."""

    company_id: str
    kind: str
    requested_by: str
    requested_at: datetime
    reason: str


@dataclass(frozen=True)
class Endings:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None) -> tuple[CompanyRequest, ...]:
        """Return what was asked for, oldest first; of every company when none is named."""
        query = select(company_requests).order_by(company_requests.c.requested_at)
        with self.database.read() as tx:
            if company is not None:
                found = find_company(tx, company, removed=True)
                query = query.where(company_requests.c.company_id == found.company_id)
            return tuple(CompanyRequest(**row) for row in tx.execute(query).mappings())

    def withdraw(
        self, company: str | None, *, actor: str = OPERATOR, reason: str = ""
    ) -> CompanyRequest:
        """Let a company go: in the same transaction nobody reads its data or acts in it any more.

        Its connections stop, its accounts are free for others. What goes when is the policy's.
        """
        with changing(self.database, company, actor, reason) as (author, owner):
            asked = _ask(author, owner, "withdrawal")
            _close(author, owner)
            author.record("company_withdrawn", before={"plan": owner.plan})
            return asked

    def end_trial(
        self, company: str | None, *, actor: str = OPERATOR, reason: str = ""
    ) -> CompanyRequest:
        """Tell that a trial ran out: its connections stop, so that what goes is not fetched again.

        A paid plan that follows cancels what it started.
        """
        with changing(self.database, company, actor, reason) as (author, owner):
            if owner.plan != "trial":
                raise InvalidError(f"{owner.name!r} is on the plan {owner.plan}, no trial.")
            asked = _ask(author, owner, "trial_end")
            _end(author, owner, connections, "disconnected_at")
            author.record("trial_ended")
            return asked

    def refuse_after_window(self, company_id: str, policy: Policy) -> None:
        """Raise WindowClosedError when a company withdrew too long ago to ask for anything."""
        with self.database.read() as tx:
            owner = find_company(tx, company_id, removed=True)
            _refuse_after_window(tx, owner, self.database.now(), policy)

    def ask_early_deletion(
        self, company: str, policy: Policy, *, actor: str = OPERATOR, reason: str = ""
    ) -> CompanyRequest:
        """Ask that a withdrawn company's data goes now. Raises WindowClosedError."""
        with self.database.write() as tx:
            owner = find_company(tx, company, removed=True)
            author = Author(tx, owner.company_id, actor, reason, self.database.now())
            _refuse_after_window(tx, owner, author.at, policy)
            asked = _ask(author, owner, "early_deletion")
            author.record("early_deletion_requested")
            return asked


def _refuse_after_window(tx: Connection, owner: Company, now: datetime, policy: Policy) -> None:
    asked = company_requests.c
    is_it = (asked.company_id == owner.company_id) & (asked.kind == "withdrawal")
    left: datetime | None = tx.execute(select(asked.requested_at).where(is_it)).scalar()
    if left is None:
        raise InvalidError(
            f"{owner.name!r} has not withdrawn.", "First: `finhouse company withdraw`."
        )
    if local_date(now, policy) > window_end(policy, local_date(left, policy)):
        raise WindowClosedError(
            f"{owner.company_id} withdrew more than"
            f" {policy.terms.request_window_months} months ago.",
            "`finhouse retention plan` lists what still exists and when it goes.",
        )


def _ask(author: Author, owner: Company, kind: str) -> CompanyRequest:
    is_it = (company_requests.c.company_id == owner.company_id) & (company_requests.c.kind == kind)
    known = author.transaction.execute(select(company_requests).where(is_it)).mappings().first()
    if known is not None:
        return CompanyRequest(**known)
    asked = CompanyRequest(owner.company_id, kind, author.actor, author.at, author.reason)
    author.transaction.execute(insert(company_requests).values(**vars(asked)))
    return asked


def _close(author: Author, owner: Company) -> None:
    tx, today = author.transaction, author.at.date()
    for account in periods_of(tx, owner):
        if account.is_held_on(today):
            close_period(tx, account, max(today, account.valid_from))
    of_company = organizations.c.company_id == owner.company_id
    living = select(*FIELDS).where(of_company & organizations.c.removed_at.is_(None))
    for row in tx.execute(living).mappings().all():
        close_organization(author, Organization(**row))
    its = (members.c.company_id == owner.company_id) & members.c.removed_at.is_(None)
    for member_id in tx.execute(select(members.c.member_id).where(its)).scalars().all():
        forget_member(tx, member_id)
    tx.execute(update(members).where(its).values(removed_at=author.at, is_owner=False))
    its_deliveries = extract_schedules.c.company_id == owner.company_id
    tx.execute(delete(extract_schedules).where(its_deliveries))
    _end(author, owner, connections, "disconnected_at")
    _end(author, owner, companies, "removed_at")


def _end(author: Author, owner: Company, table: Table, column: str) -> None:
    lives = (table.c.company_id == owner.company_id) & table.c[column].is_(None)
    author.transaction.execute(update(table).where(lives).values({column: author.at}))
