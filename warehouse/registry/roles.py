"""Custom roles: a level for each menu, in one organization or as a template of the company."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from warehouse.registry.access_tables import invitations, member_groups, member_roles, roles
from warehouse.registry.callers import standing_of
from warehouse.registry.changing import Company, changing, find_company, one_of_its_name
from warehouse.registry.database import Database
from warehouse.registry.errors import InUseError, InvalidError
from warehouse.registry.history import OPERATOR, Author
from warehouse.registry.organizations import find_organization
from warehouse.registry.rights import BUILT_IN, OWNER, Level, Rights
from warehouse.registry.tables import organizations
from warehouse.registry.templates import GivenRole, find_role, insert_role
from warehouse.registry.words import clean_name, name_key


@dataclass(frozen=True)
class Role:
    """One custom role. Without an organization it is a template, and groups may carry it."""

    role_id: str
    company_id: str
    organization_id: str | None
    organization_name: str | None
    name: str
    menus: Mapping[str, str]
    created_at: datetime


@dataclass(frozen=True)
class Roles:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None) -> tuple[Role, ...]:
        """Return the custom roles of the organizations whose members may be seen, and templates."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            standing = standing_of(tx, owner.company_id)
            found = select_roles(tx, roles.c.company_id == owner.company_id)
        return tuple(
            role
            for role in found
            if role.organization_id is None
            or standing.may("members", Level.VIEW, role.organization_id)
        )

    def add(
        self,
        name: str,
        menus: Mapping[str, str],
        *,
        organization: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Role:
        """Add a role to an organization, or a template. Raises NameTakenError."""
        clean, rights = clean_role_name(name), Rights.of(menus)
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            place = _place(author, owner, organization, rights)
            with one_of_its_name("role", clean):
                role_id = insert_role(author, place, clean, rights, "role_added")
            return select_roles(author.transaction, roles.c.role_id == role_id)[0]

    def change(
        self,
        role: str,
        *,
        menus: Mapping[str, str] | None = None,
        name: str | None = None,
        organization: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Role:
        """Change a role's menus, for everybody who has it, or its name."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            place, old = _find(author, owner, role, organization)
            rights = old.rights if menus is None else Rights.of(menus)
            _require_giving(author, rights, place)
            clean = old.name if name is None else clean_role_name(name)
            is_it = roles.c.role_id == old.word
            with one_of_its_name("role", clean):
                author.transaction.execute(
                    update(roles)
                    .where(is_it)
                    .values(name=clean, name_key=name_key(clean), menus=rights.words)
                )
            author.record(
                "role_changed",
                organization_id=place,
                before=_told(old.word, old.name, old.rights),
                after=_told(old.word, clean, rights),
            )
            return select_roles(author.transaction, is_it)[0]

    def remove(
        self,
        role: str,
        *,
        organization: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> None:
        """Remove a role that nobody has. Raises InUseError."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            place, old = _find(author, owner, role, organization)
            _refuse_while_used(author.transaction, old)
            author.transaction.execute(delete(roles).where(roles.c.role_id == old.word))
            author.record(
                "role_removed", organization_id=place, before=_told(old.word, old.name, old.rights)
            )


def clean_role_name(name: str) -> str:
    """Return a role's name, or refuse one that would pass for a built-in role."""
    clean = clean_name(name, "role")
    if name_key(clean) in (OWNER, *BUILT_IN):
        raise InvalidError(f"{name!r} is a role that is always there.", "Choose another name.")
    return clean


def select_roles(tx: Connection, condition: Any) -> tuple[Role, ...]:
    """Return the roles that meet the condition, templates first."""
    columns = [column for column in roles.c if column.name != "name_key"]
    query = (
        select(*columns, organizations.c.name.label("organization_name"))
        .join(
            organizations, roles.c.organization_id == organizations.c.organization_id, isouter=True
        )
        .where(condition)
    )
    found = [Role(**row) for row in tx.execute(query).mappings()]
    return tuple(sorted(found, key=lambda role: (role.organization_name or "", role.name)))


def _place(author: Author, owner: Company, organization: str | None, rights: Rights) -> str | None:
    place = (
        None
        if organization is None
        else find_organization(author.transaction, owner, organization).organization_id
    )
    _require_giving(author, rights, place)
    return place


def _require_giving(author: Author, rights: Rights, organization_id: str | None) -> None:
    if organization_id is None:
        author.require_owner()
    else:
        author.require_giving(rights, organization_id)


def _find(
    author: Author, owner: Company, role: str, organization: str | None
) -> tuple[str | None, GivenRole]:
    place = _place(author, owner, organization, Rights())
    found = find_role(author.transaction, owner.company_id, role, place)
    if found.word in BUILT_IN:
        raise InvalidError(f"The role {found.word!r} is always the same.", "Add one of your own.")
    _require_giving(author, found.rights, place)
    return place, found


def _told(role_id: str, name: str, rights: Rights) -> dict[str, object]:
    return {"role_id": role_id, "name": name, "menus": rights.words}


def _refuse_while_used(tx: Connection, role: GivenRole) -> None:
    for table, noun in (
        (member_roles, "a member"),
        (member_groups, "a group"),
        (invitations, "an open invitation"),
    ):
        if tx.execute(select(table.c.role_id).where(table.c.role_id == role.word)).first():
            raise InUseError(
                f"The role {role.name!r} is that of {noun}.", "Give them another role first."
            )
