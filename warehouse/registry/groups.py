"""Groups: one role in several organizations, for many members at once. Groups hold no groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, update

from warehouse.registry.access_tables import group_members, group_organizations, member_groups
from warehouse.registry.callers import own_member_id, standing_of
from warehouse.registry.changing import changing, find_company, one_of_its_name
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError
from warehouse.registry.group_rows import (
    Group,
    find_group,
    not_found,
    places,
    put,
    record,
    recorded,
    require_giving_all,
    select_groups,
)
from warehouse.registry.history import OPERATOR
from warehouse.registry.people import find_member
from warehouse.registry.rights import Level
from warehouse.registry.templates import find_role
from warehouse.registry.words import clean_name, name_key, new_id


@dataclass(frozen=True)
class Groups:
    """Every change is one transaction with its history rows."""

    database: Database

    def list(self, company: str | None = None) -> tuple[Group, ...]:
        """Return the groups one is in, and those of organizations whose members may be seen."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            standing, own = standing_of(tx, owner.company_id), own_member_id(tx, owner.company_id)
            found = select_groups(tx, member_groups.c.company_id == owner.company_id)
        return tuple(
            group
            for group in found
            if standing.is_owner
            or own in group.member_ids
            or any(standing.may("members", Level.VIEW, each) for each in group.organization_ids)
        )

    def get(self, group: str, *, company: str | None = None) -> Group:
        """Find a group by id or name among those the caller may see."""
        for each in self.list(company):
            if each.group_id == group or name_key(each.name) == name_key(group):
                return each
        raise not_found(group)

    def add(
        self,
        name: str,
        role: str,
        organizations: Sequence[str],
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Group:
        """Add a group. Its role is a built-in one or a template of the company."""
        clean, group_id = clean_name(name, "group"), new_id("grp")
        if not organizations:
            raise InvalidError("A group needs an organization.", "Name one or more.")
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            given = find_role(author.transaction, owner.company_id, role, None)
            reached = places(author, owner, organizations)
            require_giving_all(author, given.rights, reached)
            row = {
                "group_id": group_id,
                "company_id": owner.company_id,
                "name": clean,
                "name_key": name_key(clean),
                "created_at": author.at,
            }
            with one_of_its_name("group", clean):
                author.transaction.execute(insert(member_groups).values(**row, **given.columns))
            put(author.transaction, group_organizations, group_id, "organization_id", reached)
            return recorded(author, "group_added", None, group_id)

    def change(
        self,
        group: str,
        *,
        name: str | None = None,
        role: str | None = None,
        organizations: Sequence[str] = (),
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Group:
        """Give a group another name or role, or other organizations instead of those it has."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            old = find_group(author, owner, group)
            require_giving_all(author, old.rights, old.organization_ids)
            clean = clean_name(name, "group") if name else old.name
            values: dict[str, object] = {"name": clean, "name_key": name_key(clean)}
            rights, reached = old.rights, old.organization_ids
            if role is not None:
                given = find_role(tx, owner.company_id, role, None)
                rights, values = given.rights, values | given.columns
            if organizations:
                reached = places(author, owner, organizations)
            require_giving_all(author, rights, reached)
            with one_of_its_name("group", clean):
                is_it = member_groups.c.group_id == old.group_id
                tx.execute(update(member_groups).where(is_it).values(**values))
            its = group_organizations.c.group_id == old.group_id
            tx.execute(delete(group_organizations).where(its))
            put(tx, group_organizations, old.group_id, "organization_id", reached)
            return recorded(author, "group_changed", old, old.group_id)

    def join(
        self,
        group: str,
        member: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Group:
        """Put a member into a group."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            old = find_group(author, owner, group)
            require_giving_all(author, old.rights, old.organization_ids)
            found = find_member(author.transaction, owner, member)
            if found.member_id in old.member_ids:
                raise InvalidError(f"{found.email} already is in {old.name!r}.", "Nothing to do.")
            put(author.transaction, group_members, old.group_id, "member_id", [found.member_id])
            return recorded(author, "group_joined", old, old.group_id)

    def leave(
        self,
        group: str,
        member: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Group:
        """Take a member, or oneself, out of a group."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            old = find_group(author, owner, group)
            found = find_member(author.transaction, owner, member)
            if author.actor == found.member_id:
                author.require_own(found.member_id)
            else:
                require_giving_all(author, old.rights, old.organization_ids)
            if found.member_id not in old.member_ids:
                raise InvalidError(f"{found.email} is not in {old.name!r}.", "Nothing to do.")
            is_it = (group_members.c.group_id == old.group_id) & (
                group_members.c.member_id == found.member_id
            )
            author.transaction.execute(delete(group_members).where(is_it))
            return recorded(author, "group_left", old, old.group_id)

    def remove(
        self, group: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> None:
        """Remove a group: its members lose what only it gave them."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            old = find_group(author, owner, group)
            require_giving_all(author, old.rights, old.organization_ids)
            for table in (group_members, group_organizations, member_groups):
                its = table.c.group_id == old.group_id
                author.transaction.execute(delete(table).where(its))
            record(author, "group_removed", old, None)
