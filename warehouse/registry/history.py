"""Who changed what, when and why. Written in the transaction of the change itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from warehouse.registry import tables
from warehouse.registry.database import Database
from warehouse.registry.words import clean_text

OPERATOR = "operator"


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

    def record(
        self,
        event_type: str,
        *,
        organization_id: str | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one history row. It is kept exactly when the change is."""
        self.transaction.execute(
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


def read_history(
    database: Database, company_id: str, organization_id: str | None = None
) -> tuple[Event, ...]:
    """Return the company's or one organization's changes, newest first."""
    table = tables.history
    query = select(table).where(table.c.company_id == company_id)
    if organization_id is not None:
        query = query.where(table.c.organization_id == organization_id)
    with database.read() as tx:
        rows = tx.execute(query.order_by(table.c.history_id.desc())).mappings()
        return tuple(Event(**row) for row in rows)
