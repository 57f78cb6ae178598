"""Draw-down contracts: so much spend promised by a day, as in Azure's MACC or an AWS EDP."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from warehouse.registry.callers import standing_of
from warehouse.registry.changing import changing, find_company
from warehouse.registry.commitment_tables import commitment_contracts
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError, NotFoundError
from warehouse.registry.history import OPERATOR
from warehouse.registry.organizations import find_organization
from warehouse.registry.rights import Level
from warehouse.registry.words import (
    clean_amount,
    clean_currency,
    clean_name,
    clean_provider,
    clean_text,
    name_key,
    new_id,
)

TABLE: Final = commitment_contracts


@dataclass(frozen=True)
class Terms:
    """What was promised: so much, in a currency, from the first day through the last one."""

    amount: str
    currency: str
    start_date: date
    last_date: date


@dataclass(frozen=True)
class Contract:
    """One contract. A removed one is kept: its history names it."""

    contract_id: str
    company_id: str
    organization_id: str
    name: str
    provider: str
    billing_account_id: str | None
    """None: whatever the company's bills of the provider hold."""
    billing_currency: str
    commitment_cost: Decimal
    start_date: date
    last_date: date
    created_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True)
class Contracts:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None) -> tuple[Contract, ...]:
        """Return the contracts that the caller may see, by name; removed ones are left out."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            standing = standing_of(tx, owner.company_id)
            return tuple(
                contract
                for contract in _select(tx, TABLE.c.company_id == owner.company_id)
                if standing.may("commitments", Level.VIEW, contract.organization_id)
            )

    def add(
        self,
        name: str,
        terms: Terms,
        *,
        organization: str,
        provider: str,
        billing_account: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Contract:
        """Register a contract that an organization holds.

        It takes an owner: what a contract adds up are all accounts of the bill, and their total
        is shown to the organization.
        """
        if terms.last_date < terms.start_date:
            raise InvalidError("The contract ends before it begins.", "Give its last day in --to.")
        clean, amount = clean_name(name, "contract"), clean_amount(terms.amount)
        with changing(self.database, company, actor, reason) as (author, owner):
            holder = find_organization(author.transaction, owner, organization)
            contract = Contract(
                new_id("ctr"), owner.company_id, holder.organization_id, clean,
                clean_provider(provider),
                clean_text(billing_account or "", "billing account", 200) or None,
                clean_currency(terms.currency), amount,
                terms.start_date, terms.last_date, author.at, None,
            )  # fmt: skip
            written = vars(contract) | {"commitment_cost": f"{amount:f}"}
            author.transaction.execute(insert(TABLE).values(**written))
            author.record(
                "contract_added",
                organization_id=holder.organization_id,
                after={"contract_id": contract.contract_id, "name": clean},
            )
            return contract

    def remove(
        self, contract: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> Contract:
        """Take a contract out of the inventory, from the next refresh on."""
        with changing(self.database, company, actor, reason) as (author, owner):
            tx = author.transaction
            found = [
                each
                for each in _select(tx, TABLE.c.company_id == owner.company_id)
                if contract == each.contract_id or name_key(contract) == name_key(each.name)
            ]
            if len(found) != 1:
                how_many = f"{len(found)} contracts are called" if found else "There is no contract"
                raise NotFoundError(
                    f"{how_many} {contract!r}.", "`finhouse contract list` shows their ids."
                )
            is_it = TABLE.c.contract_id == found[0].contract_id
            tx.execute(update(TABLE).where(is_it).values(removed_at=author.at))
            author.record(
                "contract_removed",
                organization_id=found[0].organization_id,
                before={"contract_id": found[0].contract_id, "name": found[0].name},
            )
            return replace(found[0], removed_at=author.at)


def _select(tx: Connection, condition: Any) -> tuple[Contract, ...]:
    query = select(TABLE).where(condition, TABLE.c.removed_at.is_(None))
    rows = tx.execute(query.order_by(TABLE.c.name, TABLE.c.contract_id)).mappings()
    return tuple(
        Contract(**dict(row) | {"commitment_cost": Decimal(row["commitment_cost"])}) for row in rows
    )
