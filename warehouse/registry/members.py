"""Members: who belongs to a company, and with which role in which organization."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from warehouse.registry.access_tables import member_roles, members
from warehouse.registry.callers import Caller, own_member_id, require_owner
from warehouse.registry.changing import changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.emails import email_key
from warehouse.registry.errors import InvalidError, NotFoundError, NotSignedInError
from warehouse.registry.history import OPERATOR, Author, Event, read_history
from warehouse.registry.holdings import is_active
from warehouse.registry.joining import admit, give_role, may_be_added
from warehouse.registry.organizations import find_organization
from warehouse.registry.people import Grant, Member, find_member, grants, visible_members
from warehouse.registry.rights import MEMBER, Level
from warehouse.registry.templates import find_role, given_role
from warehouse.registry.words import clean_name


@dataclass(frozen=True)
class Members:
    """Every change is one transaction with its history row."""

    database: Database

    def exist(self) -> bool:
        """Tell whether the installation has any member, whoever asks."""
        with self.database.read() as tx:
            return tx.execute(select(members.c.member_id).limit(1)).first() is not None

    def caller(self, email: str) -> Caller:
        """Return who a person is in his companies. Raises NotSignedInError for a stranger."""
        its = (members.c.email_key == email_key(email)) & is_active()
        with self.database.read() as tx:
            ids = tx.execute(select(members.c.member_id).where(its)).scalars().all()
        if not ids:
            raise NotSignedInError(
                f"Nobody active goes by {email!r} here.", "Check the e-mail, or ask an owner."
            )
        return Caller(email, frozenset(ids))

    def list(
        self, company: str | None = None, *, organization: str | None = None
    ) -> tuple[Member, ...]:
        """Return the members the caller may see, those of one organization only when named."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            shown, held = visible_members(tx, owner)
            if organization is None:
                return shown
            wanted = find_organization(tx, owner, organization).organization_id
        return tuple(each for each in shown if wanted in held.get(each.member_id, {}))

    def get(
        self, member: str | None = None, *, company: str | None = None
    ) -> tuple[Member, tuple[Grant, ...]]:
        """Return a member, None for oneself, and the effective rights that may be seen of him."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            wanted = find_member(tx, owner, member or _oneself(tx, owner.company_id))
            shown, held = visible_members(tx, owner)
        if wanted.member_id not in {each.member_id for each in shown}:
            raise NotFoundError(
                f"The company {owner.name!r} has no member {member!r}.",
                "`finhouse member list` shows who there is.",
            )
        return wanted, grants(wanted.member_id, held.get(wanted.member_id, {}))

    def history(
        self, member: str | None = None, *, company: str | None = None
    ) -> tuple[Event, ...]:
        """Return what a member did and what was done to him: one's own, an owner anybody's."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            found = find_member(tx, owner, member or _oneself(tx, owner.company_id))
            if found.member_id != own_member_id(tx, owner.company_id):
                require_owner(tx, owner.company_id, "read somebody else's history")
        return read_history(self.database, found.company_id, member_id=found.member_id)

    def add(
        self,
        email: str,
        name: str = "",
        *,
        organization: str | None = None,
        role: str = MEMBER,
        is_external: bool = False,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Member:
        """Add a member with a role in an organization, or without one as an owner of the company.

        Raises EmailTakenError, and InvitationError for somebody who was removed before.
        """
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            may_be_added(author, email, invited=False, as_owner=organization is None)
            if organization is None:
                author.require_owner()
                return admit(author, email, name, is_owner=True, is_external=is_external)
            place = find_organization(tx, owner, organization).organization_id
            given = find_role(tx, owner.company_id, role, place)
            author.require_giving(given.rights, place)
            member = admit(author, email, name, is_owner=False, is_external=is_external)
            give_role(author, member.member_id, place, given)
            return member

    def grant(
        self,
        member: str,
        organization: str,
        role: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Member:
        """Give a member a role in an organization, instead of the one he has there, if any."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            place = find_organization(tx, owner, organization).organization_id
            given = find_role(tx, owner.company_id, role, place)
            author.require_giving(given.rights, place)
            found = find_member(tx, owner, member)
            if found.is_owner:
                raise InvalidError(f"{found.email} is an owner.", "Owners hold every right.")
            give_role(author, found.member_id, place, given)
            return found

    def revoke(
        self,
        member: str,
        organization: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> None:
        """Take a member's own role in an organization away. What a group gives him stays."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            place = find_organization(tx, owner, organization).organization_id
            found = find_member(tx, owner, member)
            is_it = (member_roles.c.member_id == found.member_id) & (
                member_roles.c.organization_id == place
            )
            row = tx.execute(select(member_roles).where(is_it)).mappings().first()
            if row is None:
                author.require("members", Level.EDIT, place)
                raise NotFoundError(
                    f"{found.email} has no role of his own there.",
                    "`finhouse member show` tells by which way his rights come.",
                )
            old = given_role(tx, row)
            if author.actor != found.member_id:
                author.require_giving(old.rights, place)
            else:
                author.require_own(found.member_id)
            tx.execute(delete(member_roles).where(is_it))
            author.record(
                "role_revoked",
                organization_id=place,
                before={"member_id": found.member_id, "role": old.name},
                about=[found.member_id],
            )

    def rename(
        self,
        member: str,
        name: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Member:
        """Give oneself another name, as the person's own business."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            found = find_member(author.transaction, owner, member)
            author.require_own(found.member_id)
            set_member(author, found, "member_renamed", name=clean_name(name, "member"))
            return find_member(author.transaction, owner, found.member_id)

    def consent(
        self,
        member: str | None = None,
        *,
        given: bool,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Member:
        """Keep that a person agreed to marketing, or took it back. Nobody does it for another."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            found = find_member(tx, owner, member or _oneself(tx, owner.company_id))
            author.require_own(found.member_id)
            event = "marketing_consent_given" if given else "marketing_consent_withdrawn"
            set_member(author, found, event, marketing_consent_at=author.at if given else None)
            return find_member(tx, owner, found.member_id)


def set_member(author: Author, member: Member, event_type: str, **values: object) -> None:
    """Change a member's row; the history names him by his id alone."""
    is_it = members.c.member_id == member.member_id
    author.transaction.execute(update(members).where(is_it).values(**values))
    author.record(event_type, after={"member_id": member.member_id}, about=[member.member_id])


def _oneself(tx: Connection, company_id: str) -> str:
    own = own_member_id(tx, company_id)
    if own is None:
        raise InvalidError("Nobody is meant.", "Say which member, by e-mail or id.")
    return own
