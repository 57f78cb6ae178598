"""Organizations: at most ten islands in a company."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, insert, select, update

from warehouse.registry import tables
from warehouse.registry.callers import require, standing_of
from warehouse.registry.changing import Company, changing, find_company, one_of_its_name
from warehouse.registry.closing import end_all_roles
from warehouse.registry.database import Database
from warehouse.registry.errors import InUseError, NotFoundError, OrganizationLimitError
from warehouse.registry.history import OPERATOR, Author, Event, read_history
from warehouse.registry.rights import Level
from warehouse.registry.templates import copy_templates
from warehouse.registry.words import clean_name, name_key, new_id

TABLE = tables.organizations
FIELDS = (
    TABLE.c.organization_id,
    TABLE.c.company_id,
    TABLE.c.name,
    TABLE.c.created_at,
    TABLE.c.removed_at,
)


@dataclass(frozen=True)
class Organization:
    """One island of costs and accounts."""

    organization_id: str
    company_id: str
    name: str
    created_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True)
class Organizations:
    """Every change is one transaction with its history row."""

    database: Database

    def list(
        self, company: str | None = None, *, removed: bool = False
    ) -> tuple[Organization, ...]:
        """Return the company's living organizations by name, or all that ever were."""
        with self.database.read() as tx:
            found = find_company(tx, company, removed=removed)
            query = select(*FIELDS).where(TABLE.c.company_id == found.company_id)
            if not removed:
                query = query.where(TABLE.c.removed_at.is_(None))
            ordered = query.order_by(TABLE.c.name_key, TABLE.c.organization_id)
            standing = standing_of(tx, found.company_id)
            return tuple(
                Organization(**row)
                for row in tx.execute(ordered).mappings()
                if standing.sees(row["organization_id"])
            )

    def get(self, organization: str, *, company: str | None = None) -> Organization:
        """Find a living organization of the company by id or name."""
        with self.database.read() as tx:
            return find_organization(tx, find_company(tx, company), organization)

    def add(
        self, name: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> Organization:
        """Add an organization. Raises OrganizationLimitError for the eleventh."""
        clean, organization_id = clean_name(name, "organization"), new_id("org")
        with changing(self.database, company, actor, reason) as (author, owner):
            slot = _free_slot(author.transaction, owner)
            with one_of_its_name("organization", clean):
                author.transaction.execute(
                    insert(TABLE).values(
                        organization_id=organization_id,
                        company_id=owner.company_id,
                        name=clean,
                        name_key=name_key(clean),
                        slot=slot,
                        created_at=author.at,
                    )
                )
            author.record(
                "organization_added", organization_id=organization_id, after={"name": clean}
            )
            copy_templates(author, organization_id)
            return find_organization(author.transaction, owner, organization_id)

    def rename(
        self,
        organization: str,
        name: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Organization:
        """Give an organization another name. Raises NameTakenError."""
        clean = clean_name(name, "organization")
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            old = find_organization(author.transaction, owner, organization)
            author.require("settings", Level.EDIT, old.organization_id)
            with one_of_its_name("organization", clean):
                _set(author, old, name=clean, name_key=name_key(clean))
            author.record(
                "organization_renamed",
                organization_id=old.organization_id,
                before={"name": old.name},
                after={"name": clean},
            )
            return find_organization(author.transaction, owner, old.organization_id)

    def remove(
        self,
        organization: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> None:
        """Remove an organization without accounts. Its place and name are free at once."""
        with changing(self.database, company, actor, reason) as (author, owner):
            old = find_organization(author.transaction, owner, organization)
            _refuse_while_used(author, old)
            close_organization(author, old)
            author.record(
                "organization_removed",
                organization_id=old.organization_id,
                before={"name": old.name},
            )

    def history(self, organization: str, *, company: str | None = None) -> tuple[Event, ...]:
        """Return the organization's changes, newest first. A removed one goes by its id."""
        with self.database.read() as tx:
            owner = find_company(tx, company, removed=True)
            found = find_organization(tx, owner, organization, removed=True)
            require(tx, owner.company_id, "security", Level.VIEW, found.organization_id)
        return read_history(self.database, found.company_id, found.organization_id)


def find_organization(
    tx: Connection, company: Company, organization: str, *, removed: bool = False
) -> Organization:
    """Find an organization of the company by id or exact name."""
    is_living = TABLE.c.removed_at.is_(None)
    query: Select[tuple[str, str, str, datetime, datetime]] = select(*FIELDS).where(
        TABLE.c.company_id == company.company_id,
        (TABLE.c.organization_id == organization)
        | ((TABLE.c.name_key == name_key(organization)) & is_living),
    )
    row = tx.execute(query if removed else query.where(is_living)).mappings().first()
    if row is None or not standing_of(tx, company.company_id).sees(row["organization_id"]):
        raise NotFoundError(
            f"The company {company.name!r} has no organization {organization!r}.",
            "`finhouse organization list` shows ids and names.",
        )
    return Organization(**row)


def organizations_of(database: Database, company_id: str) -> frozenset[str]:
    """Return the ids of all organizations that a company ever had."""
    query = select(TABLE.c.organization_id).where(TABLE.c.company_id == company_id)
    with database.read() as tx:
        return frozenset(tx.execute(query).scalars())


def close_organization(author: Author, organization: Organization) -> None:
    """Give back an organization's place and name. Nobody's role reaches it from here on."""
    end_all_roles(author, organization.organization_id)
    _set(author, organization, removed_at=author.at, slot=None)


def _free_slot(tx: Connection, company: Company) -> int:
    taken = set(
        tx.execute(
            select(TABLE.c.slot).where(
                TABLE.c.company_id == company.company_id, TABLE.c.removed_at.is_(None)
            )
        ).scalars()
    )
    for slot in range(1, tables.ORGANIZATION_LIMIT + 1):
        if slot not in taken:
            return slot
    raise OrganizationLimitError(
        f"The company {company.name!r} has {tables.ORGANIZATION_LIMIT} organizations, "
        "the most a company may have.",
        "Removing one frees its place at once: move its accounts away with "
        "`finhouse account move`, then `finhouse organization remove`.",
    )


def _set(author: Author, organization: Organization, **values: object) -> None:
    is_it = TABLE.c.organization_id == organization.organization_id
    author.transaction.execute(update(TABLE).where(is_it).values(**values))


def _refuse_while_used(author: Author, organization: Organization) -> None:
    periods = tables.cloud_account_assignments
    held = (
        select(periods.c.account_id)
        .where(
            periods.c.organization_id == organization.organization_id,
            periods.c.valid_to.is_(None) | (periods.c.valid_to > author.at.date()),
        )
        .distinct()
        .order_by(periods.c.account_id)
    )
    accounts = author.transaction.execute(held).scalars().all()
    if accounts:
        shown = ", ".join(accounts[:5]) + (" ..." if len(accounts) > 5 else "")  # noqa: PLR2004
        raise InUseError(
            f"The organization {organization.name!r} still has {len(accounts)} cloud "
            f"account(s): {shown}.",
            "Move them with `finhouse account move`, or take them out with "
            "`finhouse account remove`.",
        )
