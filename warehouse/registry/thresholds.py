"""Below which utilization of its commitments an organization wants to be told."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, select

from warehouse.registry.callers import require
from warehouse.registry.changing import changing, find_company
from warehouse.registry.commitment_tables import utilization_thresholds
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError
from warehouse.registry.history import OPERATOR
from warehouse.registry.organizations import Organization, find_organization
from warehouse.registry.rights import Level

TABLE: Final = utilization_thresholds
MENU: Final = "commitments"
RATIO: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*(%?)")


@dataclass(frozen=True)
class Thresholds:
    """Every change is one transaction with its history row."""

    database: Database

    def get(self, organization: str, *, company: str | None = None) -> Decimal | None:
        """Return an organization's threshold, from 0 to 1; None when the house's own applies."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            found = find_organization(tx, owner, organization)
            require(tx, owner.company_id, MENU, Level.VIEW, found.organization_id)
            query = select(TABLE.c.utilization_ratio)
            text = tx.execute(query.where(_is(found))).scalar()
        return Decimal(text) if text else None

    def set(
        self,
        organization: str,
        threshold: str | None,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Decimal | None:
        """Set an organization's threshold as a share or in percent; None: the house's own again."""
        ratio = _ratio(threshold) if threshold is not None else None
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            found = find_organization(tx, owner, organization)
            author.require(MENU, Level.EDIT, found.organization_id)
            old = tx.execute(select(TABLE.c.utilization_ratio).where(_is(found))).scalar()
            tx.execute(delete(TABLE).where(_is(found)))
            if ratio is not None:
                tx.execute(
                    insert(TABLE).values(
                        organization_id=found.organization_id,
                        company_id=owner.company_id,
                        utilization_ratio=f"{ratio:f}",
                        set_at=author.at,
                    )
                )
            author.record(
                "utilization_threshold_set",
                organization_id=found.organization_id,
                before={"utilization_ratio": old},
                after={"utilization_ratio": None if ratio is None else f"{ratio:f}"},
            )
            return ratio


def _is(organization: Organization) -> ColumnElement[bool]:
    return TABLE.c.organization_id == organization.organization_id


def _ratio(text: str) -> Decimal:
    found = RATIO.fullmatch(text.strip())
    ratio = Decimal(found[1]) / (100 if found[2] else 1) if found else Decimal()
    if not 0 < ratio <= 1:
        raise InvalidError(
            f"{text!r} is no share of a commitment.", "Write 50% or 0.5: above 0, at most all."
        )
    return ratio
