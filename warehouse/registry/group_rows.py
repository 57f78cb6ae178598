"""A group as it stands, and who may change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from warehouse.registry.access_tables import (
    group_members,
    group_organizations,
    member_groups,
    members,
)
from warehouse.registry.changing import Company
from warehouse.registry.errors import NotFoundError
from warehouse.registry.history import Author
from warehouse.registry.holdings import IS_LIVING
from warehouse.registry.organizations import find_organization
from warehouse.registry.rights import Rights
from warehouse.registry.tables import organizations
from warehouse.registry.templates import given_role
from warehouse.registry.words import name_key


@dataclass(frozen=True)
class Group:
    """A role, the living organizations it reaches and the members who have it there."""

    group_id: str
    company_id: str
    name: str
    role: str
    rights: Rights
    organization_ids: tuple[str, ...]
    organizations: tuple[str, ...]
    member_ids: tuple[str, ...]
    members: tuple[str, ...]
    created_at: datetime


def select_groups(tx: Connection, condition: Any) -> tuple[Group, ...]:
    """Return the groups that meet the condition, by name."""
    query = select(member_groups).where(condition).order_by(member_groups.c.name_key)
    rows = tx.execute(query).mappings().all()
    ids = [row["group_id"] for row in rows]
    place, person = group_organizations.c, group_members.c
    islands = _of_each(
        tx,
        select(place.group_id, place.organization_id, organizations.c.name)
        .join(organizations, organizations.c.organization_id == place.organization_id)
        .where(place.group_id.in_(ids) & IS_LIVING)
        .order_by(organizations.c.name_key),
    )
    people = _of_each(
        tx,
        select(person.group_id, person.member_id, members.c.email)
        .join(members, members.c.member_id == person.member_id)
        .where(person.group_id.in_(ids))
        .order_by(members.c.email_key),
    )
    return tuple(
        Group(
            row["group_id"],
            row["company_id"],
            row["name"],
            given.name,
            given.rights,
            *islands.get(row["group_id"], ((), ())),
            *people.get(row["group_id"], ((), ())),
            created_at=row["created_at"],
        )
        for row in rows
        for given in (given_role(tx, row),)
    )


def find_group(author: Author, company: Company, group: str) -> Group:
    """Find a group of the company by id or name."""
    columns = member_groups.c
    is_it = (columns.group_id == group) | (columns.name_key == name_key(group))
    for found in select_groups(
        author.transaction, (columns.company_id == company.company_id) & is_it
    ):
        return found
    raise not_found(group)


def not_found(group: str) -> NotFoundError:
    """Say that a group is not there, and where to look."""
    return NotFoundError(
        f"There is no group {group!r} here.", "`finhouse group list` shows what there is."
    )


def require_giving_all(author: Author, rights: Rights, organization_ids: Sequence[str]) -> None:
    """Refuse an author who may not give the group's role everywhere the group reaches."""
    if not organization_ids:
        author.require_owner()
    for each in organization_ids:
        author.require_giving(rights, each)


def places(author: Author, company: Company, names: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the organizations named."""
    found = (find_organization(author.transaction, company, each) for each in names)
    return tuple(dict.fromkeys(each.organization_id for each in found))


def put(tx: Connection, table: Table, group_id: str, column: str, ids: Sequence[str]) -> None:
    """Write what belongs to a group."""
    if ids:
        tx.execute(insert(table), [{"group_id": group_id, column: each} for each in ids])


def recorded(author: Author, event_type: str, old: Group | None, group_id: str) -> Group:
    """Write the history of a group's change, in every organization it reaches or reached."""
    new = select_groups(author.transaction, member_groups.c.group_id == group_id)[0]
    record(author, event_type, old, new)
    return new


def record(author: Author, event_type: str, old: Group | None, new: Group | None) -> None:
    """Write one row for each organization concerned, about everybody concerned."""
    both = [group for group in (old, new) if group]
    reached = dict.fromkeys(each for group in both for each in group.organization_ids)
    for organization_id in reached or (None,):
        author.record(
            event_type,
            organization_id=organization_id,
            before=_told(old) if old else None,
            after=_told(new) if new else None,
            about=[each for group in both for each in group.member_ids],
        )


def _told(group: Group) -> dict[str, object]:
    return {
        "group_id": group.group_id,
        "name": group.name,
        "role": group.role,
        "organization_ids": list(group.organization_ids),
        "member_ids": list(group.member_ids),
    }


def _of_each(tx: Connection, query: Any) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for group_id, each_id, name in tx.execute(query):
        ids, names = found.get(group_id, ((), ()))
        found[group_id] = ((*ids, each_id), (*names, name))
    return found
