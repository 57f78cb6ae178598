"""Companies: who pays, on which plan."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from warehouse.registry import tables
from warehouse.registry.access_tables import members
from warehouse.registry.callers import (
    caller_of,
    only_operator,
    own_member_id,
    require_owner,
    standing_of,
)
from warehouse.registry.database import Database
from warehouse.registry.errors import (
    AmbiguousError,
    InUseError,
    InvalidError,
    NameTakenError,
    NotFoundError,
)
from warehouse.registry.history import OPERATOR, Author, Event, read_history
from warehouse.registry.holdings import is_active
from warehouse.registry.rights import Standing
from warehouse.registry.words import clean_name, name_key, new_id

TABLE = tables.companies
FIELDS = (TABLE.c.company_id, TABLE.c.name, TABLE.c.plan, TABLE.c.created_at, TABLE.c.removed_at)
_Fields = tuple[str, str, str, datetime, datetime]


@dataclass(frozen=True)
class Company:
    """One customer. A removed one is kept: its history and charges name it."""

    company_id: str
    name: str
    plan: str
    created_at: datetime
    removed_at: datetime | None


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
            query = _where_visible(tx, query)
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


@contextmanager
def changing(
    database: Database, company: str | None, actor: str, reason: str, *, by_owner: bool = True
) -> Iterator[tuple[Author, Company]]:
    """Open the transaction of one change in a company, alone in that company.

    It takes an owner, unless `by_owner` is false and the change asks for another right itself;
    one that forgets to ask is refused. A member acts in his own name, whatever `actor` says.
    The lock on the company's row makes what is read here true until the commit: how many
    organizations there are, whether one is still living. SQLite has one writer anyway.
    """
    with database.write() as tx:
        found = find_company(tx, company, lock=True)
        name = own_member_id(tx, found.company_id) or actor
        standing = standing_of(tx, found.company_id)
        author = Author(tx, found.company_id, name, reason, database.now(), standing)
        if by_owner:
            author.require_owner()
        yield author, found
        if not author.asked:
            author.require_owner()


@contextmanager
def one_of_its_name(noun: str, name: str) -> Iterator[None]:
    """Turn the database's refusal of a second living thing of a name into words."""
    try:
        yield
    except IntegrityError as error:
        if not violates(error, "name_key"):
            raise
        raise NameTakenError(
            f"The name {name!r} is taken by another {noun}.",
            "Names are equal whatever their case. Choose another, or rename that one first.",
        ) from error


def violates(error: IntegrityError, column: str) -> bool:
    """Tell whether a uniqueness over the column was violated.

    SQLite names the columns, PostgreSQL the constraint; its further lines repeat values.
    """
    return column in str(error.orig).splitlines()[0]


def find_company(
    tx: Connection, company: str | None, *, removed: bool = False, lock: bool = False
) -> Company:
    """Find a company by id or exact name; None stands for the only one there is."""
    query = select(*FIELDS)
    if company is not None:
        is_named = (TABLE.c.name_key == name_key(company)) & TABLE.c.removed_at.is_(None)
        query = query.where((TABLE.c.company_id == company) | is_named)
    if company is None or not removed:
        query = query.where(TABLE.c.removed_at.is_(None))
    query = _where_visible(tx, query)
    rows = tx.execute(query.with_for_update() if lock else query.limit(2)).mappings().all()
    if company is None and len(rows) > 1:
        raise AmbiguousError(
            "There is more than one company.",
            "Say which with --company: `finhouse company list` shows them.",
        )
    if not rows:
        raise NotFoundError(
            "There is no company yet." if company is None else f"There is no company {company!r}.",
            "Add one: `finhouse company add NAME`."
            if company is None
            else "`finhouse company list` shows ids and names.",
        )
    return Company(**rows[0])


def _where_visible(tx: Connection, query: Select[_Fields]) -> Select[_Fields]:
    """Cut companies to those the caller is a member of: of others he learns nothing."""
    caller = caller_of(tx)
    if caller.is_operator:
        return query
    mine = select(members.c.company_id).where(
        members.c.member_id.in_(caller.member_ids) & is_active()
    )
    return query.where(TABLE.c.company_id.in_(mine))


def clean_plan(plan: str) -> str:
    """Return the plan, or refuse a word that is none."""
    if plan not in tables.PLANS:
        raise InvalidError(f"{plan!r} is not a plan.", f"Plans: {', '.join(tables.PLANS)}.")
    return plan


def _set(author: Author, **values: object) -> None:
    change = update(TABLE).where(TABLE.c.company_id == author.company_id)
    author.transaction.execute(change.values(**values))


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
