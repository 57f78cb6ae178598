"""Legal holds: while one stands, no bytes of its subject may go. Access still ends."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from warehouse.registry.access_tables import legal_holds
from warehouse.registry.callers import caller_of, require_owner
from warehouse.registry.changing import changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError, NotFoundError, OnHoldError
from warehouse.registry.history import OPERATOR
from warehouse.registry.organizations import find_organization
from warehouse.registry.people import find_member
from warehouse.registry.words import clean_text, new_id


@dataclass(frozen=True)
class Hold:
    """A hold on a company, or on one organization or member of it."""

    hold_id: str
    company_id: str
    organization_id: str | None
    member_id: str | None
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_at: datetime | None


@dataclass(frozen=True)
class Holds:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None, *, lifted: bool = False) -> tuple[Hold, ...]:
        """Return the holds that stand, or all that ever were, newest first."""
        with self.database.read() as tx:
            owner = find_company(tx, company, removed=True)
            require_owner(tx, owner.company_id, "look at legal holds")
            found = _select(tx, legal_holds.c.company_id == owner.company_id)
        return tuple(hold for hold in found if lifted or hold.lifted_at is None)

    def add(
        self,
        reason: str,
        *,
        organization: str | None = None,
        member: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
    ) -> Hold:
        """Place a hold on an organization, a member, or the whole company. It needs a reason.

        Also on what ended and is not yet gone: a company and a member then go by their ids.
        """
        if organization is not None and member is not None:
            raise InvalidError("A hold is on one thing.", "Place two, one for each.")
        if not clean_text(reason, "reason", 1000):
            raise InvalidError("A hold needs a reason.", "Say which case or law asks for it.")
        with changing(self.database, company, actor, reason, removed=True) as (author, owner):
            tx = author.transaction
            place = (
                organization
                and find_organization(tx, owner, organization, removed=True).organization_id
            )
            held = member and find_member(tx, owner, member, removed=True).member_id
            hold = Hold(
                new_id("hld"), owner.company_id, place, held, reason, author.actor, author.at, None
            )
            tx.execute(insert(legal_holds).values(**vars(hold)))
            told = {"hold_id": hold.hold_id, "member_id": held}
            about = [held] if held else []
            author.record("hold_placed", organization_id=place, after=told, about=about)
            return hold

    def lift(
        self, hold: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> Hold:
        """Lift a hold. One that the operator placed, an owner may not lift."""
        with changing(self.database, company, actor, reason, removed=True) as (author, owner):
            tx, is_it = author.transaction, legal_holds.c.hold_id == hold
            found = _select(tx, is_it & (legal_holds.c.company_id == owner.company_id))
            if not found or found[0].lifted_at:
                raise NotFoundError(
                    f"No hold {hold!r} stands here.", "`finhouse hold list` shows them."
                )
            if found[0].placed_by == OPERATOR and not caller_of(tx).is_operator:
                raise OnHoldError(
                    "The operator of the installation placed this hold.",
                    "Only he lifts it: ask whoever runs the installation.",
                )
            tx.execute(update(legal_holds).where(is_it).values(lifted_at=author.at))
            held = found[0].member_id
            author.record(
                "hold_lifted",
                organization_id=found[0].organization_id,
                before={"hold_id": hold, "member_id": held},
                about=[held] if held else [],
            )
            return replace(found[0], lifted_at=author.at)


def _select(tx: Connection, condition: Any) -> tuple[Hold, ...]:
    query = select(legal_holds).where(condition).order_by(legal_holds.c.placed_at.desc())
    return tuple(Hold(**row) for row in tx.execute(query).mappings())
