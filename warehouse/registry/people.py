"""A member of a company, and how to find and see one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, select, true

from warehouse.registry.access_tables import api_keys, group_members, member_roles, members
from warehouse.registry.alert_tables import alert_subscriptions
from warehouse.registry.callers import own_member_id, standing_of
from warehouse.registry.changing import Company
from warehouse.registry.emails import email_key
from warehouse.registry.errors import InvalidError, NotFoundError, OwnerNeededError
from warehouse.registry.history import Author
from warehouse.registry.holdings import Holdings, is_active, read_holdings
from warehouse.registry.rights import MENUS, Holding, Level

FIELDS = tuple(column for column in members.c if column.name != "email_key")


@dataclass(frozen=True)
class Member:
    """One person in one company. Signing up again makes another subject, linked to nothing."""

    member_id: str
    company_id: str
    email: str
    name: str
    is_owner: bool
    is_external: bool
    marketing_consent_at: datetime | None
    created_at: datetime
    deactivated_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True)
class Grant:
    """One menu of one organization that a member may view or edit, and by which way."""

    organization_id: str
    member_id: str
    menu: str
    level: str
    source: str


def find_member(tx: Connection, company: Company, member: str, *, removed: bool = False) -> Member:
    """Find a member of the company by id or by e-mail in any spelling.

    Removed ones are gone, unless asked for, by their ids.
    """
    here, living = members.c.company_id == company.company_id, members.c.removed_at.is_(None)
    try:
        is_it = (members.c.email_key == email_key(member)) & living
    except InvalidError:
        by_id = members.c.member_id == member
        is_it = by_id & (true() if removed else living)
    row = tx.execute(select(*FIELDS).where(here & is_it)).mappings().first()
    if row is None:
        raise NotFoundError(
            f"The company {company.name!r} has no member {member!r}.",
            "`finhouse member list` shows who there is.",
        )
    return Member(**row)


def visible_members(tx: Connection, company: Company) -> tuple[tuple[Member, ...], Holdings]:
    """Return the members the caller may see, and what each holds where he may see it.

    Everybody sees himself; who may view an organization's members sees what they hold there.
    """
    here = (members.c.company_id == company.company_id) & members.c.removed_at.is_(None)
    query: Select[Any] = select(*FIELDS).where(here).order_by(members.c.email_key)
    everybody = [Member(**row) for row in tx.execute(query).mappings()]
    held = read_holdings(tx, here, deactivated_too=True)
    standing, own = standing_of(tx, company.company_id), own_member_id(tx, company.company_id)
    seen = {
        member_id: {
            organization_id: holding
            for organization_id, holding in of_member.items()
            if member_id == own or standing.may("members", Level.VIEW, organization_id)
        }
        for member_id, of_member in held.items()
    }
    shown = (
        each
        for each in everybody
        if standing.is_owner or each.member_id == own or seen.get(each.member_id)
    )
    return tuple(shown), seen


def grants(member_id: str, held: Mapping[str, Holding]) -> tuple[Grant, ...]:
    """Return the effective rights of one member, menu by menu."""
    return tuple(
        Grant(organization_id, member_id, menu, holding.rights.on(menu).name.lower(), source)
        for organization_id, holding in sorted(held.items())
        for menu in MENUS
        if holding.rights.on(menu)
        for source in (holding.source(menu),)
    )


def has_owner(tx: Connection, company_id: str) -> bool:
    """Tell whether the company has an owner who can act."""
    its = (members.c.company_id == company_id) & members.c.is_owner & is_active()
    return tx.execute(select(members.c.member_id).where(its).limit(1)).first() is not None


def keep_an_owner(author: Author) -> None:
    """Refuse a change that leaves the company without an owner who can act."""
    if not has_owner(author.transaction, author.company_id):
        raise OwnerNeededError(
            "The company would be left without an owner.",
            "Hand ownership over first: `finhouse member hand-over EMAIL`.",
        )


def forget_member(tx: Connection, member_id: str) -> None:
    """Take away whatever lets a member in or tells him something: roles, groups, keys, alerts."""
    for table in (member_roles, group_members, api_keys, alert_subscriptions):
        tx.execute(delete(table).where(table.c.member_id == member_id))
