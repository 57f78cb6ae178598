"""Companies: who pays, on which plan."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from warehouse.registry import deliveries, tables
from warehouse.registry.callers import (
    only_operator,
    require_owner,
)
from warehouse.registry.changing import (
    FIELDS,
    TABLE,
    Company,
    changing,
    find_company,
    one_of_its_name,
    where_visible,
)
from warehouse.registry.database import Database
from warehouse.registry.errors import (
    InUseError,
    InvalidError,
)
from warehouse.registry.history import OPERATOR, Author, Event, read_history
from warehouse.registry.reporting import Pair, find_quote, given_rates
from warehouse.registry.rights import Standing
from warehouse.registry.words import clean_currency, clean_name, name_key, new_id


@dataclass(frozen=True)
class Companies:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, *, removed: bool = False) -> tuple[Company, ...]:
        """Return the living companies by name, or all that ever were."""
        query = select(*FIELDS).order_by(TABLE.c.name_key, TABLE.c.company_id)
        if not removed:
            query = query.where(TABLE.c.removed_at.is_(None))
        with self.database.read() as tx:
            query = where_visible(tx, query)
            return tuple(Company(**row) for row in tx.execute(query).mappings())

    def get(self, company: str | None = None) -> Company:
        """Find a living company by id or name. None means the only one there is."""
        with self.database.read() as tx:
            return find_company(tx, company)

    def add(
        self, name: str, *, plan: str = "trial", actor: str = OPERATOR, reason: str = ""
    ) -> Company:
        """Add a company. Raises NameTakenError when a living one has the name."""
        clean, now = clean_name(name, "company"), self.database.now()
        company = Company(new_id("co"), clean, clean_plan(plan), now, None)
        with self.database.write() as tx:
            only_operator(tx, "add a company")
            with one_of_its_name("company", clean):
                tx.execute(
                    insert(TABLE).values(
                        company_id=company.company_id,
                        name=clean,
                        name_key=name_key(clean),
                        plan=company.plan,
                        created_at=now,
                    )
                )
            author = Author(tx, company.company_id, actor, reason, now, Standing(is_owner=True))
            author.record("company_added", after={"name": clean, "plan": plan})
        return company

    def rename(
        self, company: str | None, name: str, *, actor: str = OPERATOR, reason: str = ""
    ) -> Company:
        """Give a company another name. Raises NameTakenError."""
        clean = clean_name(name, "company")
        with changing(self.database, company, actor, reason) as (author, old):
            with one_of_its_name("company", clean):
                _set(author, name=clean, name_key=name_key(clean))
            author.record("company_renamed", before={"name": old.name}, after={"name": clean})
            return find_company(author.transaction, old.company_id)

    def change_plan(
        self, company: str | None, plan: str, *, actor: str = OPERATOR, reason: str = ""
    ) -> Company:
        """Put a company on another plan."""
        with changing(self.database, company, actor, reason) as (author, old):
            _set(author, plan=clean_plan(plan))
            author.record("company_plan_changed", before={"plan": old.plan}, after={"plan": plan})
            return find_company(author.transaction, old.company_id)

    def change_reporting_currency(
        self,
        company: str | None,
        currency: str | None,
        *,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Company:
        """Tell a company's costs in one currency too, or with None only as they are billed.

        The next refresh computes every month again. Raises InvalidError that names the rates
        missing for bills that are there: a refresh that fails half-way would leave months in
        two currencies beside each other.
        """
        clean = None if currency is None else clean_currency(currency)
        with changing(self.database, company, actor, reason) as (author, old):
            tx = author.transaction
            if clean is not None:
                _refuse_without_rates(tx, old, clean)
            _set(author, reporting_currency=clean)
            author.record(
                "company_reporting_currency_changed",
                before={"reporting_currency": old.reporting_currency},
                after={"reporting_currency": clean},
            )
            if clean != old.reporting_currency:
                again = deliveries.loadable(tx, old.company_id)
                deliveries.load_again(tx, again, "reporting currency changed", author.at)
            return find_company(tx, old.company_id)

    def remove(self, company: str, *, actor: str = OPERATOR, reason: str = "") -> None:
        """Remove a company that has nothing left. Its name is free, its history stays."""
        with changing(self.database, company, actor, reason) as (author, old):
            _refuse_while_used(author.transaction, old)
            _set(author, removed_at=author.at)
            author.record("company_removed", before={"name": old.name, "plan": old.plan})

    def history(self, company: str | None = None) -> tuple[Event, ...]:
        """Return every change of the company, newest first. A removed one goes by its id."""
        with self.database.read() as tx:
            found = find_company(tx, company, removed=True)
            require_owner(tx, found.company_id, "read the company's history")
        return read_history(self.database, found.company_id)


def clean_plan(plan: str) -> str:
    """Return the plan, or refuse a word that is none."""
    if plan not in tables.PLANS:
        raise InvalidError(f"{plan!r} is not a plan.", f"Plans: {', '.join(tables.PLANS)}.")
    return plan


def _set(author: Author, **values: object) -> None:
    change = update(TABLE).where(TABLE.c.company_id == author.company_id)
    author.transaction.execute(change.values(**values))


def _refuse_without_rates(tx: Connection, company: Company, currency: str) -> None:
    given = given_rates(tx, company.company_id)
    needed = deliveries.billed_currencies(tx, company.company_id)
    pairs = [Pair(month, billed, currency) for month, billed in sorted(needed)]
    missing = [str(pair) for pair in pairs if find_quote(given, pair) is None]
    if missing:
        raise InvalidError(
            f"The company {company.name!r} has bills without a rate: {'; '.join(missing)}.",
            "Import the rates first: `finhouse rates import FILE`.",
        )


def _refuse_while_used(tx: Connection, company: Company) -> None:
    organizations, connections = tables.organizations, tables.connections
    living = select(organizations.c.name).where(
        organizations.c.company_id == company.company_id, organizations.c.removed_at.is_(None)
    )
    connected = select(connections.c.name).where(
        connections.c.company_id == company.company_id, connections.c.disconnected_at.is_(None)
    )
    for noun, verb, query in (
        ("organization", "organization remove", living),
        ("connection", "connection disconnect", connected),
    ):
        name = tx.execute(query.limit(1)).scalar()
        if name is not None:
            raise InUseError(
                f"The company {company.name!r} still has the {noun} {name!r}.",
                f"Take it away first: `finhouse {verb}`.",
            )
