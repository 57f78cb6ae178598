"""`savings_fee_monthly`: what a month of managed commitments saved, and what that costs."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from sqlalchemy import delete, insert, select

from warehouse.registry.callers import require
from warehouse.registry.changing import changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.history import OPERATOR
from warehouse.registry.organizations import find_organization
from warehouse.registry.rights import Level
from warehouse.registry.savings_tables import savings_fee_monthly

TABLE: Final = savings_fee_monthly
MENU: Final = "billing"


@dataclass(frozen=True)
class Fee:
    """A month of one provider and currency. Money is exact; the fee is not rounded."""

    company_id: str
    organization_id: str
    provider: str
    billing_currency: str
    billing_period: str
    cost_without_managed: Decimal
    cost_with_managed: Decimal
    resale_gain: Decimal
    true_up: Decimal
    realized_savings: Decimal
    loss_carry_in: Decimal
    loss_carry_out: Decimal
    fee_ratio: Decimal
    fee: Decimal
    is_final: bool
    """The bills of the month are closed: it is not computed again."""


MONEY: Final = tuple(each.name for each in fields(Fee) if each.type is Decimal)


@dataclass(frozen=True)
class Fees:
    """Computed by the house; a final month stays as it is."""

    database: Database

    def list(self, organization: str, *, company: str | None = None) -> tuple[Fee, ...]:
        """Return an organization's months, oldest first."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            found = find_organization(tx, owner, organization)
            require(tx, owner.company_id, MENU, Level.VIEW, found.organization_id)
            order = (TABLE.c.billing_period, TABLE.c.provider, TABLE.c.billing_currency)
            query = select(TABLE).where(TABLE.c.organization_id == found.organization_id)
            rows = tx.execute(query.order_by(*order)).mappings().all()
        return tuple(
            Fee(**dict(row) | {name: Decimal(row[name]) for name in MONEY}) for row in rows
        )

    def keep(self, fee: Fee) -> bool:
        """Keep a month, unless it is final already; tell whether it was."""
        self.database.refuse_members("compute fees")
        its = (
            (TABLE.c.organization_id == fee.organization_id)
            & (TABLE.c.provider == fee.provider)
            & (TABLE.c.billing_currency == fee.billing_currency)
            & (TABLE.c.billing_period == fee.billing_period)
        )
        with changing(self.database, fee.company_id, OPERATOR, "") as (author, _):
            tx = author.transaction
            if tx.execute(select(TABLE.c.is_final).where(its)).scalar():
                return False
            tx.execute(delete(TABLE).where(its))
            texts = {name: f"{getattr(fee, name):f}" for name in MONEY}
            tx.execute(insert(TABLE).values(**vars(fee) | texts))
            if fee.is_final:
                author.record(
                    "savings_fee_final",
                    organization_id=fee.organization_id,
                    after={"billing_period": fee.billing_period, "fee": texts["fee"]},
                )
        return True
