"""Roles a grant may carry, and the templates a new organization starts with."""

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, insert, select

from warehouse.registry.access_tables import roles
from warehouse.registry.errors import InvalidError, NotFoundError
from warehouse.registry.history import Author
from warehouse.registry.rights import BUILT_IN, OWNER, Rights
from warehouse.registry.words import name_key, new_id


@dataclass(frozen=True)
class GivenRole:
    """A role as a grant carries it: a built-in word, or the id of one of the company's own."""

    word: str
    name: str
    rights: Rights

    @property
    def columns(self) -> dict[str, str | None]:
        """How a grant's row names it."""
        built_in = self.word in BUILT_IN
        return {
            "built_in_role": self.word if built_in else None,
            "role_id": None if built_in else self.word,
        }


def find_role(tx: Connection, company_id: str, role: str, organization_id: str | None) -> GivenRole:
    """Find a built-in role, or one by id or name: of the organization, or a template for None."""
    word = name_key(role)
    if word == OWNER:
        raise InvalidError(
            "An owner is one of the whole company, not of an organization.",
            "Use `finhouse member hand-over`, with --stay to have more than one.",
        )
    if word in BUILT_IN:
        return GivenRole(word, word, BUILT_IN[word])
    place = roles.c.organization_id
    query = select(roles.c.role_id, roles.c.name, roles.c.menus).where(
        roles.c.company_id == company_id,
        place.is_(None) if organization_id is None else place == organization_id,
        (roles.c.role_id == role) | (roles.c.name_key == word),
    )
    row = tx.execute(query).first()
    if row is None:
        where = "among the company's templates" if organization_id is None else "there"
        raise NotFoundError(
            f"There is no role {role!r} {where}.", "`finhouse role list` shows what there is."
        )
    return GivenRole(row.role_id, row.name, Rights.of(row.menus))


def given_role(tx: Connection, row: RowMapping) -> GivenRole:
    """Return the role that a grant's row carries."""
    if row["built_in_role"]:
        return GivenRole(row["built_in_role"], row["built_in_role"], BUILT_IN[row["built_in_role"]])
    query = select(roles.c.name, roles.c.menus).where(roles.c.role_id == row["role_id"])
    found = tx.execute(query).one()
    return GivenRole(row["role_id"], found.name, Rights.of(found.menus))


def insert_role(
    author: Author, organization_id: str | None, name: str, rights: Rights, event_type: str
) -> str:
    """Write a role and its history; return its id. The name is not checked here."""
    role_id = new_id("rol")
    author.transaction.execute(
        insert(roles).values(
            role_id=role_id,
            company_id=author.company_id,
            organization_id=organization_id,
            name=name,
            name_key=name_key(name),
            menus=rights.words,
            created_at=author.at,
        )
    )
    author.record(
        event_type,
        organization_id=organization_id,
        after={"role_id": role_id, "name": name, "menus": rights.words},
    )
    return role_id


def copy_templates(author: Author, organization_id: str) -> None:
    """Give a new organization its own copy of each template: later changes there stay there."""
    query = select(roles.c.name, roles.c.menus).where(
        roles.c.company_id == author.company_id, roles.c.organization_id.is_(None)
    )
    for name, menus in author.transaction.execute(query.order_by(roles.c.name_key)).all():
        insert_role(author, organization_id, name, Rights.of(menus), "role_copied")
