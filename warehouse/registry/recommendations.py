"""What was recommended to commit to, run by run: numbers, their base, and whence the prices."""

import hashlib
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select

from warehouse.registry.callers import require
from warehouse.registry.changing import changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.history import OPERATOR
from warehouse.registry.organizations import find_organization
from warehouse.registry.rights import Level
from warehouse.registry.savings_tables import commitment_recommendations

TABLE: Final = commitment_recommendations
MENU: Final = "recommendations"


@dataclass(frozen=True)
class Recommended:
    """One way to commit. Those of one pool are alternatives; only the chosen ones add up."""

    known_until: datetime
    """End of the usage that the figures are of."""
    provider: str
    billing_currency: str
    pool: str
    is_chosen: bool
    program: str
    region_id: str | None
    instance_family: str | None
    term_months: int
    payment_option: str
    purchase_account_id: str
    rate_source: str
    """Where the prices come from, and of which day."""
    figures: Mapping[str, Any]
    """`days` of usage they are of, `target`, `tranche`, `shown` and `unpriced_cost`; money as text,
    of a month of 730 hours."""
    reason_en: str
    reason_ko: str


@dataclass(frozen=True)
class Kept(Recommended):
    """One of a run."""

    recommendation_id: str
    company_id: str
    organization_id: str
    run_date: date


@dataclass(frozen=True)
class Recommendations:
    """A run of a day replaces what the same day's said before, whole."""

    database: Database

    def latest(self, organization: str, *, company: str | None = None) -> tuple[Kept, ...]:
        """Return an organization's last run, by pool, term and payment."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            found = find_organization(tx, owner, organization)
            require(tx, owner.company_id, MENU, Level.VIEW, found.organization_id)
            its = TABLE.c.organization_id == found.organization_id
            last = select(func.max(TABLE.c.run_date)).where(its).scalar_subquery()
            order = (TABLE.c.provider, TABLE.c.billing_currency, TABLE.c.pool, TABLE.c.term_months)
            query = select(TABLE).where(its, TABLE.c.run_date == last)
            rows = tx.execute(query.order_by(*order, TABLE.c.payment_option)).mappings().all()
        return tuple(Kept(**row) for row in rows)

    def keep(
        self,
        organization: str,
        run_date: date,
        recommended: Sequence[Recommended],
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> tuple[Kept, ...]:
        """Keep the run of a day; the ids of the same offers stay when it is run again."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            found = find_organization(tx, owner, organization)
            author.require(MENU, Level.EDIT, found.organization_id)
            tx.execute(
                delete(TABLE).where(
                    TABLE.c.organization_id == found.organization_id, TABLE.c.run_date == run_date
                )
            )
            kept = tuple(
                Kept(
                    **vars(each),
                    recommendation_id=_id(found.organization_id, run_date, each),
                    company_id=owner.company_id,
                    organization_id=found.organization_id,
                    run_date=run_date,
                )
                for each in recommended
            )
            if kept:
                tx.execute(insert(TABLE), [asdict(each) for each in kept])
            author.record(
                "recommendations_kept",
                organization_id=found.organization_id,
                after={"run_date": run_date.isoformat(), "count": len(kept)},
            )
        return kept


def _id(organization_id: str, run_date: date, each: Recommended) -> str:
    words = (
        organization_id, run_date.isoformat(), each.provider, each.billing_currency, each.pool,
        str(each.term_months), each.payment_option,
    )  # fmt: skip
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return f"rec-{b32encode(digest).decode().lower()[:10]}"
