"""Read who holds which role where, and hand it to the rights function."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from warehouse.registry.access_tables import (
    group_members,
    group_organizations,
    member_groups,
    member_roles,
    members,
    roles,
)
from warehouse.registry.rights import BUILT_IN, NOTHING, Holding, Rights
from warehouse.registry.tables import organizations
from warehouse.scope import UNASSIGNED

Holdings = dict[str, dict[str, Holding]]
"""Member -> organization -> what he holds there."""

NO_ROLES: Final[frozenset[str]] = frozenset()
IS_LIVING: Final = organizations.c.removed_at.is_(None)


def is_active() -> ColumnElement[bool]:
    """Return the condition that picks members who may do anything at all."""
    return members.c.removed_at.is_(None) & members.c.deactivated_at.is_(None)


def read_holdings(
    tx: Connection, who: ColumnElement[bool], *, deactivated_too: bool = False
) -> Holdings:
    """Return what the members that meet the condition hold in living organizations.

    Owners hold everything in each of them and in what is unassigned.
    """
    who &= members.c.removed_at.is_(None) if deactivated_too else is_active()
    is_external = dict(_pairs(tx, select(members.c.member_id, members.c.is_external).where(who)))
    found: Holdings = defaultdict(dict)
    for member_id, organization_id in _owned(tx, who):
        found[member_id][organization_id] = Holding(is_owner=True)
    rights = _roles(tx, who)

    @cache
    def holding(external: bool, own: str | None, by_group: frozenset[str]) -> Holding:
        of_groups = NOTHING
        for role in by_group:
            of_groups |= rights[role]
        return Holding(
            is_external=external, direct=rights[own] if own else NOTHING, by_group=of_groups
        )

    for (member_id, organization_id), (own, by_group) in _granted(tx, who).items():
        if organization_id not in found[member_id]:
            held = holding(is_external[member_id], own, by_group)
            found[member_id][organization_id] = held
    return found


def _owned(tx: Connection, who: ColumnElement[bool]) -> Iterator[tuple[str, str]]:
    owners = select(members.c.member_id).where(who & members.c.is_owner)
    for (member_id,) in tx.execute(owners):
        yield member_id, UNASSIGNED
    company = organizations.c.company_id == members.c.company_id
    islands = select(members.c.member_id, organizations.c.organization_id).join(
        organizations, company
    )
    yield from _pairs(tx, islands.where(who & members.c.is_owner & IS_LIVING))


def _roles(tx: Connection, who: ColumnElement[bool]) -> dict[str, Rights]:
    companies = select(members.c.company_id).where(who)
    own = select(roles.c.role_id, roles.c.menus).where(roles.c.company_id.in_(companies))
    return {**BUILT_IN, **{role_id: Rights.of(menus) for role_id, menus in _pairs(tx, own)}}


def _granted(
    tx: Connection, who: ColumnElement[bool]
) -> dict[tuple[str, str], tuple[str | None, frozenset[str]]]:
    direct = _living(
        select(member_roles.c.member_id, member_roles.c.organization_id, role_word(member_roles)),
        member_roles.c.organization_id,
    ).join(members, members.c.member_id == member_roles.c.member_id)
    same_group = group_organizations.c.group_id == group_members.c.group_id
    by_group = _living(
        select(
            group_members.c.member_id,
            group_organizations.c.organization_id,
            role_word(member_groups),
        )
        .join_from(group_members, group_organizations, same_group)
        .join(member_groups, member_groups.c.group_id == group_members.c.group_id),
        group_organizations.c.organization_id,
    ).join(members, members.c.member_id == group_members.c.member_id)
    # All at once: a million rows one by one take twice as long.
    granted: dict[tuple[str, str], tuple[str | None, frozenset[str]]] = {
        (member_id, organization_id): (role, NO_ROLES)
        for member_id, organization_id, role in tx.execute(direct.where(who)).all()
    }
    for member_id, organization_id, role in tx.execute(by_group.where(who)).all():
        key = (member_id, organization_id)
        own, others = granted.get(key, (None, NO_ROLES))
        granted[key] = (own, others | {role})
    return granted


def role_word(table: Any) -> ColumnElement[str]:
    """Return a grant's role: the word of a built-in one, or the id of the company's own."""
    return func.coalesce(table.c.built_in_role, table.c.role_id)


def _living(query: Select[Any], organization_id: ColumnElement[str]) -> Select[Any]:
    return query.join(
        organizations, (organizations.c.organization_id == organization_id) & IS_LIVING
    )


def _pairs(tx: Connection, query: Select[Any]) -> Iterator[tuple[Any, Any]]:
    yield from tx.execute(query).tuples().all()
