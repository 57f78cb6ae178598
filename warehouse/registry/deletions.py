"""Requests to delete an organization: access ends at once, the bytes go by the retention rules."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from warehouse.registry.access_tables import deletion_requests, legal_holds
from warehouse.registry.assignments import PERIODS, close_period
from warehouse.registry.callers import require_owner
from warehouse.registry.changing import changing, find_company
from warehouse.registry.claims import periods_of
from warehouse.registry.database import Database
from warehouse.registry.history import OPERATOR
from warehouse.registry.organizations import close_organization, find_organization
from warehouse.registry.suppression import suppress


@dataclass(frozen=True)
class DeletionRequest:
    """One organization that is to be deleted. While a hold stands its bytes stay."""

    organization_id: str
    company_id: str
    requested_by: str
    requested_at: datetime
    reason: str
    is_on_hold: bool


@dataclass(frozen=True)
class Deletions:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None) -> tuple[DeletionRequest, ...]:
        """Return the company's requests, newest first, and whether a hold stands against each."""
        table = deletion_requests
        with self.database.read() as tx:
            owner = find_company(tx, company, removed=True)
            require_owner(tx, owner.company_id, "look at deletion requests")
            standing = select(legal_holds.c.organization_id).where(
                legal_holds.c.company_id == owner.company_id,
                legal_holds.c.lifted_at.is_(None),
                legal_holds.c.member_id.is_(None),
            )
            held = set(tx.execute(standing).scalars())
            query = select(table).where(table.c.company_id == owner.company_id)
            rows = tx.execute(query.order_by(table.c.requested_at.desc())).mappings().all()
        return tuple(
            DeletionRequest(**row, is_on_hold=bool(held & {None, row["organization_id"]}))
            for row in rows
        )

    def request(
        self,
        organization: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> None:
        """Ask for an organization to be deleted. There is no way back.

        In the same transaction nobody may see it any more, its rows are suppressed, its accounts
        are free for others from today on, and its place among the ten is free.
        """
        with changing(self.database, company, actor, reason) as (author, owner):
            tx, today = author.transaction, author.at.date()
            found = find_organization(tx, owner, organization)
            its = PERIODS.c.organization_id == found.organization_id
            held = periods_of(tx, owner, its)
            suppress(author, found.organization_id, held)
            for account in held:
                if account.is_held_on(today):
                    close_period(tx, account, max(today, account.valid_from))
            close_organization(author, found)
            tx.execute(
                insert(deletion_requests).values(
                    organization_id=found.organization_id,
                    company_id=owner.company_id,
                    requested_by=author.actor,
                    requested_at=author.at,
                    reason=author.reason,
                )
            )
            author.record(
                "organization_deletion_requested",
                organization_id=found.organization_id,
                before={"name": found.name},
            )
