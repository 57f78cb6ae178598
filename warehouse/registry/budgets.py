"""Budgets: what an organization means to spend, of all or of a part, and when it is to be told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from warehouse.registry.budget_tables import RECURRENCES, budgets
from warehouse.registry.callers import standing_of
from warehouse.registry.changing import changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError, NotFoundError
from warehouse.registry.history import OPERATOR
from warehouse.registry.organizations import find_organization
from warehouse.registry.rights import Level
from warehouse.registry.words import (
    clean_amount,
    clean_currency,
    clean_month,
    clean_name,
    clean_text,
    name_key,
    new_id,
)

TABLE: Final = budgets
MENU: Final = "budgets"
THRESHOLD: Final = re.compile(r"(?:(actual|forecast)[: ]+)?([0-9]{1,4}(?:\.[0-9]{1,2})?)\s*%?")
THRESHOLDS: Final = ("actual:80", "actual:100", "forecast:100")
"""When nothing else was asked for: near the budget, at it, and on the way beyond it."""


@dataclass(frozen=True)
class Part:
    """What of an organization's costs counts: each given word narrows it; none is all."""

    sub_account_id: str | None = None
    service_name: str | None = None
    tag: str | None = None
    """`key=value`, as the provider writes them."""


@dataclass(frozen=True)
class Budget:
    """One budget. A removed one is kept: its history names it."""

    budget_id: str
    company_id: str
    organization_id: str
    name: str
    recurrence: str
    """What it is renewed by: month or year."""
    budget_cost: Decimal
    billing_currency: str
    sub_account_id: str | None
    service_name: str | None
    tag_key: str | None
    tag_value: str | None
    thresholds: tuple[str, ...]
    """`actual:80`: percent of the budget that were spent; `forecast:100`: that are expected."""
    first_period: str
    created_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True)
class Budgets:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None) -> tuple[Budget, ...]:
        """Return the budgets that the caller may see, by name; removed ones are left out."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            standing = standing_of(tx, owner.company_id)
            return tuple(
                budget
                for budget in _living(tx, owner.company_id)
                if standing.may(MENU, Level.VIEW, budget.organization_id)
            )

    def add(
        self,
        name: str,
        amount: str,
        currency: str,
        *,
        organization: str,
        recurrence: str = "month",
        part: Part | None = None,
        thresholds: Sequence[str] = THRESHOLDS,
        first_period: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Budget:
        """Add a budget of an organization, from this month on or from the one given."""
        if recurrence not in RECURRENCES:
            raise InvalidError(f"{recurrence!r} is no recurrence.", "Write month or year.")
        clean, narrowed = clean_name(name, "budget"), _narrowed(part or Part())
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            holder = find_organization(author.transaction, owner, organization)
            author.require(MENU, Level.EDIT, holder.organization_id)
            budget = Budget(
                new_id("bud"), owner.company_id, holder.organization_id, clean, recurrence,
                clean_amount(amount), clean_currency(currency), **narrowed,
                thresholds=_thresholds(thresholds),
                first_period=clean_month(first_period or f"{author.at:%Y-%m}"),
                created_at=author.at, removed_at=None,
            )  # fmt: skip
            author.transaction.execute(insert(TABLE).values(**_row(budget)))
            author.record(
                "budget_added", organization_id=holder.organization_id, after=_told(budget)
            )
            return budget

    def set(
        self,
        budget: str,
        *,
        amount: str | None = None,
        thresholds: Sequence[str] | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Budget:
        """Change a budget's amount or thresholds, for all of its periods from the next refresh."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            old = _find(author.transaction, owner.company_id, budget)
            author.require(MENU, Level.EDIT, old.organization_id)
            new = replace(
                old,
                budget_cost=old.budget_cost if amount is None else clean_amount(amount),
                thresholds=old.thresholds if thresholds is None else _thresholds(thresholds),
            )
            is_it = TABLE.c.budget_id == old.budget_id
            author.transaction.execute(update(TABLE).where(is_it).values(**_row(new)))
            author.record(
                "budget_changed",
                organization_id=old.organization_id,
                before=_told(old),
                after=_told(new),
            )
            return new

    def remove(
        self, budget: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> Budget:
        """Take a budget away, from the next refresh on."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            old = _find(author.transaction, owner.company_id, budget)
            author.require(MENU, Level.EDIT, old.organization_id)
            is_it = TABLE.c.budget_id == old.budget_id
            author.transaction.execute(update(TABLE).where(is_it).values(removed_at=author.at))
            author.record("budget_removed", organization_id=old.organization_id, before=_told(old))
            return replace(old, removed_at=author.at)


def _living(tx: Connection, company_id: str) -> tuple[Budget, ...]:
    query = select(TABLE).where(TABLE.c.company_id == company_id, TABLE.c.removed_at.is_(None))
    rows = tx.execute(query.order_by(TABLE.c.name, TABLE.c.budget_id)).mappings()
    return tuple(
        Budget(
            **dict(row)
            | {
                "budget_cost": Decimal(row["budget_cost"]),
                "thresholds": tuple(row["thresholds"]),
            }
        )
        for row in rows
    )


def _find(tx: Connection, company_id: str, budget: str) -> Budget:
    """Find a budget by id or name. One that the caller may not see does not exist for him."""
    standing = standing_of(tx, company_id)
    found = [
        each
        for each in _living(tx, company_id)
        if (budget == each.budget_id or name_key(budget) == name_key(each.name))
        and standing.may(MENU, Level.VIEW, each.organization_id)
    ]
    if len(found) != 1:
        how_many = f"{len(found)} budgets are called" if found else "There is no budget"
        raise NotFoundError(f"{how_many} {budget!r}.", "`finhouse budget list` shows their ids.")
    return found[0]


def _row(budget: Budget) -> dict[str, Any]:
    as_stored = {"budget_cost": f"{budget.budget_cost:f}", "thresholds": list(budget.thresholds)}
    return asdict(budget) | as_stored


def _told(budget: Budget) -> Mapping[str, Any]:
    shown = ("budget_id", "name", "budget_cost", "billing_currency", "thresholds")
    return {name: _row(budget)[name] for name in shown}


def _narrowed(part: Part) -> dict[str, str | None]:
    tag_key, is_pair, tag_value = (part.tag or "").partition("=")
    if part.tag is not None and not (tag_key and is_pair and tag_value):
        raise InvalidError(f"{part.tag!r} is no tag.", "Write key=value, for example team=결제.")
    words = {
        "sub_account_id": part.sub_account_id,
        "service_name": part.service_name,
        "tag_key": tag_key,
        "tag_value": tag_value,
    }
    return {name: clean_text(word or "", name, 300) or None for name, word in words.items()}


def _thresholds(texts: Sequence[str]) -> tuple[str, ...]:
    """Return thresholds as they are stored, each once, lowest first."""
    found = [(text, THRESHOLD.fullmatch(text.strip())) for text in texts]
    wrong = [text for text, match in found if not match or not Decimal(match[2])]
    if wrong or not found:
        raise InvalidError(
            f"{wrong[0]!r} is no threshold." if wrong else "A budget needs a threshold.",
            "Write a percentage of the budget, such as 80% or forecast:100%.",
        )
    pairs = {(match[1] or "actual", Decimal(match[2]).normalize()) for _, match in found if match}
    return tuple(f"{basis}:{percent:f}" for basis, percent in sorted(pairs))
