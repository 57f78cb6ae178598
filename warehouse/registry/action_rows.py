"""The rows of `commitment_actions`, and how they are found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

from sqlalchemy import Connection, select

from warehouse.registry.callers import standing_of
from warehouse.registry.changing import Company
from warehouse.registry.errors import NotFoundError
from warehouse.registry.rights import Level
from warehouse.registry.savings_tables import commitment_actions
from warehouse.registry.words import new_id

TABLE: Final = commitment_actions
MONEY: Final = ("committed_cost", "expected_monthly_savings")


@dataclass(frozen=True)
class Draft:
    """What is proposed."""

    kind: str
    provider: str
    account_id: str
    subject: str
    """The pool bought in, or the commitment acted on."""
    order: Mapping[str, str]
    """What is asked of the cloud, word for word."""
    billing_currency: str
    committed_cost: Decimal
    """What is promised over the whole term, or given up for good; 0 where nothing is."""
    expected_monthly_savings: Decimal
    """Of a month of 730 hours, net."""
    base: str
    """What the savings are of."""
    recommendation_id: str | None = None
    commitment_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Action(Draft):
    """One action, and how far it has come."""

    action_id: str
    company_id: str
    organization_id: str
    state: str = "proposed"
    proposed_at: datetime
    proposed_by: str
    expires_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    attempted_at: datetime | None = None
    """When the cloud was asked. Without `ended_at`, what came of it is unknown."""
    ended_at: datetime | None = None
    result_id: str | None = None
    """What the cloud calls what was bought or changed."""
    idempotency_token: str = ""
    evidence: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(
        cls,
        draft: Draft,
        company_id: str,
        organization_id: str,
        actor: str,
        at: datetime,
        lifetime: timedelta,
    ) -> Self:
        """Return a new proposal."""
        given = {each.name: getattr(draft, each.name) for each in fields(Draft)}
        return cls(
            **given,
            action_id=new_id("act"),
            company_id=company_id,
            organization_id=organization_id,
            proposed_at=at,
            proposed_by=actor,
            expires_at=at + lifetime,
        )

    @property
    def is_open(self) -> bool:
        """Tell whether something may still come of it."""
        return self.state in {"proposed", "approved"}


def told(action: Action) -> dict[str, Any]:
    """Return what history keeps: what it is about, not whose words."""
    return {
        "action_id": action.action_id,
        "kind": action.kind,
        "provider": action.provider,
        "account_id": action.account_id,
        "subject": action.subject,
        "committed_cost": f"{action.committed_cost:f}",
        "billing_currency": action.billing_currency,
    }


def read_actions(tx: Connection, *conditions: Any) -> tuple[Action, ...]:
    """Return the actions that meet the conditions, newest first."""
    order = (TABLE.c.proposed_at.desc(), TABLE.c.action_id)
    rows = tx.execute(select(TABLE).where(*conditions).order_by(*order)).mappings()
    return tuple(Action(**dict(row) | {name: Decimal(row[name]) for name in MONEY}) for row in rows)


def find_action(tx: Connection, company: Company, action: str) -> Action:
    """Find an action of the company. One that the caller may not see is not there."""
    its = (TABLE.c.company_id == company.company_id) & (TABLE.c.action_id == action)
    standing = standing_of(tx, company.company_id)
    for found in read_actions(tx, its):
        if standing.may("recommendations", Level.VIEW, found.organization_id):
            return found
    raise NotFoundError(f"There is no action {action!r}.", "`finhouse actions list` shows them.")


def read_executed(tx: Connection, organization_id: str) -> tuple[Action, ...]:
    """Return what was done for an organization, oldest first: what its fee is of."""
    its = (TABLE.c.organization_id == organization_id) & (TABLE.c.state == "executed")
    return tuple(reversed(read_actions(tx, its)))
