"""Who changed what, when and why. Written in the transaction of the change itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from warehouse.registry import tables
from warehouse.registry.access_tables import history_subjects, members
from warehouse.registry.callers import OPERATOR, caller_of, not_allowed
from warehouse.registry.database import Database
from warehouse.registry.rights import Level, Rights, Standing
from warehouse.registry.words import clean_text

__all__ = ["OPERATOR", "Author", "Event", "read_history"]


@dataclass(frozen=True)
class Event:
    """One change. `before` and `after` hold the values that differ."""

    history_id: int
    occurred_at: datetime
    company_id: str
    organization_id: str | None
    actor: str
    event_type: str
    reason: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class Author:
    """Who changes something, when and why: the part that all rows of one change share."""

    transaction: Connection
    company_id: str
    actor: str
    reason: str
    at: datetime
    standing: Standing = field(default_factory=Standing)
    """What the author may do in the company."""
    asked: list[str] = field(default_factory=list)
    """The rights that were asked for: a change that asks for none is an owner's."""

    def require(self, menu: str, level: Level, organization_id: str) -> None:
        """Refuse an author whose rights in the organization do not reach so far."""
        self._require(
            f"{level.name.lower()} {menu} in this organization",
            is_allowed=self.standing.may(menu, level, organization_id),
        )

    def require_giving(self, role: Rights, organization_id: str) -> None:
        """Refuse an author who does not manage members there, or holds less than the role."""
        self._require(
            "give or take a role there that goes beyond his own",
            is_allowed=self.standing.may_give(role, organization_id),
        )

    def require_over(self, other: Standing) -> None:
        """Refuse an author who does not stand above all that the other holds."""
        self._require(
            "decide about a member who holds more, or holds something elsewhere",
            is_allowed=self.standing.is_over(other),
        )

    def require_owner(self) -> None:
        """Refuse everybody but the company's owners and the operator."""
        self._require("do that: it takes an owner", is_allowed=self.standing.is_owner)

    def require_own(self, member_id: str) -> None:
        """Refuse everybody but the member himself and the operator."""
        is_own = caller_of(self.transaction).is_operator or self.actor == member_id
        self._require("do that for somebody else", is_allowed=is_own)

    def _require(self, what: str, *, is_allowed: bool) -> None:
        self.asked.append(what)
        if not is_allowed:
            raise not_allowed(caller_of(self.transaction), what)

    def record(
        self,
        event_type: str,
        *,
        organization_id: str | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        about: Collection[str] = (),
    ) -> None:
        """Write one history row, and which members it is about. It is kept when the change is.

        E-mails do not belong into it: they go when a person goes, and history stays.
        """
        written = self.transaction.execute(
            insert(tables.history).values(
                occurred_at=self.at,
                company_id=self.company_id,
                organization_id=organization_id,
                actor=clean_text(self.actor, "actor", 200) or OPERATOR,
                event_type=event_type,
                reason=clean_text(self.reason, "reason", 1000),
                before=before,
                after=after,
            )
        )
        if about:
            history_id = (written.inserted_primary_key or (None,))[0]
            rows = [{"history_id": history_id, "member_id": each} for each in sorted(set(about))]
            self.transaction.execute(insert(history_subjects), rows)


def read_history(
    database: Database,
    company_id: str,
    organization_id: str | None = None,
    member_id: str | None = None,
) -> tuple[Event, ...]:
    """Return the changes of a company, of an organization, or by and about a member, newest first.

    A member who acted goes by his e-mail as long as the registry knows it.
    """
    table = tables.history
    shown = [column for column in table.c if column.name != "actor"]
    actor = func.coalesce(members.c.email, table.c.actor).label("actor")
    query = (
        select(*shown, actor)
        .join(members, members.c.member_id == table.c.actor, isouter=True)
        .where(table.c.company_id == company_id)
        .order_by(table.c.history_id.desc())
    )
    if organization_id is not None:
        query = query.where(table.c.organization_id == organization_id)
    if member_id is not None:
        of_subject = history_subjects.c.member_id == member_id
        about = select(history_subjects.c.history_id).where(of_subject)
        query = query.where((table.c.actor == member_id) | table.c.history_id.in_(about))
    with database.read() as tx:
        return tuple(Event(**row) for row in tx.execute(query).mappings())


def last_history_id(tx: Connection) -> int:
    """Return the number of the newest change; 0 before the first."""
    newest = tx.execute(select(func.max(tables.history.c.history_id))).scalar()
    return newest or 0


def read_since(tx: Connection, company_id: str, history_id: int) -> tuple[Event, ...]:
    """Return the company's changes after a number, oldest first, within their own transaction."""
    table = tables.history
    query = select(table).where(table.c.history_id > history_id, table.c.company_id == company_id)
    return tuple(Event(**row) for row in tx.execute(query.order_by(table.c.history_id)).mappings())
