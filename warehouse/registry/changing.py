"""A company, how it is found, and the one way to change something in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.exc import IntegrityError

from warehouse.registry import tables
from warehouse.registry.access_tables import members
from warehouse.registry.callers import caller_of, own_member_id, standing_of
from warehouse.registry.database import Database
from warehouse.registry.errors import AmbiguousError, NameTakenError, NotFoundError
from warehouse.registry.history import Author
from warehouse.registry.holdings import is_active
from warehouse.registry.words import name_key

TABLE = tables.companies
FIELDS = tuple(column for column in TABLE.c if column.name != "name_key")


@dataclass(frozen=True)
class Company:
    """One customer. A removed one is kept: its history and charges name it."""

    company_id: str
    name: str
    plan: str
    created_at: datetime
    removed_at: datetime | None
    reporting_currency: str | None = None
    """None: costs are told in the currencies they are billed in, and no other."""


@contextmanager
def changing(
    database: Database,
    company: str | None,
    actor: str,
    reason: str,
    *,
    by_owner: bool = True,
    removed: bool = False,
) -> Iterator[tuple[Author, Company]]:
    """Open the transaction of one change in a company, alone in that company.

    It takes an owner, unless `by_owner` is false and the change asks for another right itself;
    one that forgets to ask is refused. A company that is gone may be changed when `removed` says
    so: by its id, and by the operator alone, since it has no members. A member acts in his own
    name, whatever `actor` says.
    The lock on the company's row makes what is read here true until the commit: how many
    organizations there are, whether one is still living. SQLite has one writer anyway.
    """
    with database.write() as tx:
        found = find_company(tx, company, removed=removed, lock=True)
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
    query = where_visible(tx, query)
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


def where_visible(tx: Connection, query: Select[tuple[Any, ...]]) -> Select[tuple[Any, ...]]:
    """Cut companies to those the caller is a member of: of others he learns nothing."""
    caller = caller_of(tx)
    if caller.is_operator:
        return query
    mine = select(members.c.company_id).where(
        members.c.member_id.in_(caller.member_ids) & is_active()
    )
    return query.where(TABLE.c.company_id.in_(mine))
