"""Invitations: a token, shown once, that lets one person in with one role."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from warehouse.registry.access_tables import invitations
from warehouse.registry.callers import standing_of
from warehouse.registry.changing import changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.emails import clean_email, email_key
from warehouse.registry.errors import EmailTakenError, NotFoundError
from warehouse.registry.history import OPERATOR, Author
from warehouse.registry.joining import admit, give_role, may_be_added
from warehouse.registry.organizations import find_organization
from warehouse.registry.people import Member
from warehouse.registry.rights import Level, Standing
from warehouse.registry.tables import companies, organizations
from warehouse.registry.templates import find_role, given_role
from warehouse.registry.tokens import is_secret, new_token, refused, split_token
from warehouse.registry.words import new_id

LASTS: Final = timedelta(days=14)


@dataclass(frozen=True)
class Invitation:
    """One person asked in. `expires_at` is its end when nobody comes."""

    invitation_id: str
    company_id: str
    organization_id: str
    organization_name: str
    email: str
    role: str | None
    is_external: bool
    invited_by: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Invitations:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None) -> tuple[Invitation, ...]:
        """Return the invitations to organizations whose members may be seen, newest first."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            standing = standing_of(tx, owner.company_id)
            found = _select(tx, invitations.c.company_id == owner.company_id)
        return tuple(
            each for each in found if standing.may("members", Level.VIEW, each.organization_id)
        )

    def add(
        self,
        email: str,
        organization: str,
        role: str,
        *,
        is_external: bool = False,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> tuple[Invitation, str]:
        """Invite somebody; return the invitation and the token that opens it, shown only now."""
        clean, invitation_id = clean_email(email), new_id("inv")
        token, kept = new_token(invitation_id)
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            place = find_organization(tx, owner, organization).organization_id
            given = find_role(tx, owner.company_id, role, place)
            author.require_giving(given.rights, place)
            may_be_added(author, clean, invited=True, as_owner=False)
            _refuse_second(author, email_key(clean))
            tx.execute(
                insert(invitations).values(
                    invitation_id=invitation_id,
                    company_id=owner.company_id,
                    organization_id=place,
                    email=clean,
                    email_key=email_key(clean),
                    is_external=is_external,
                    secret_hash=kept,
                    invited_by=author.actor,
                    created_at=author.at,
                    expires_at=author.at + LASTS,
                    **given.columns,
                )
            )
            _record(author, "member_invited", place, invitation_id, role=given.name)
            return _select(tx, invitations.c.invitation_id == invitation_id)[0], token

    def accept(self, token: str, name: str = "") -> Member:
        """Come in with a token: it alone is the right to. Raises NotSignedInError."""
        invitation_id, secret = split_token(token)
        with self.database.write() as tx:
            row = tx.execute(_openable(invitation_id, self.database.now())).mappings().first()
            if not is_secret(secret, row["secret_hash"] if row else None) or row is None:
                raise refused()
            member_id, at = new_id("mem"), self.database.now()
            # What the token was given for is given: the right was asked of who invited.
            given_right = Standing(is_owner=True)
            author = Author(
                tx, row["company_id"], member_id, "invitation accepted", at, given_right
            )
            may_be_added(author, row["email"], invited=True, as_owner=False)
            given = given_role(tx, row)
            _close(tx, invitation_id, accepted_at=at)
            member = admit(
                author,
                row["email"],
                name,
                is_owner=False,
                is_external=row["is_external"],
                member_id=member_id,
            )
            give_role(author, member_id, row["organization_id"], given)
            return member

    def revoke(
        self,
        invitation: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> None:
        """Take back an invitation nobody accepted yet, by id or e-mail."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx, is_it = author.transaction, invitations.c.invitation_id == invitation
            if "@" in invitation:
                is_it = invitations.c.email_key == email_key(invitation)
            here = (invitations.c.company_id == owner.company_id) & _is_open() & is_it
            row = tx.execute(select(invitations).where(here)).mappings().first()
            if row is None:
                raise NotFoundError(
                    f"There is no open invitation {invitation!r} here.",
                    "`finhouse invitation list` shows them.",
                )
            author.require_giving(given_role(tx, row).rights, row["organization_id"])
            _close(tx, row["invitation_id"], revoked_at=author.at)
            place, word = row["organization_id"], row["invitation_id"]
            _record(author, "invitation_revoked", place, word)


def _is_open() -> Any:
    return invitations.c.accepted_at.is_(None) & invitations.c.revoked_at.is_(None)


def _openable(invitation_id: str, at: datetime) -> Any:
    """Lock the company with the invitation: everybody else who changes it waits."""
    return (
        select(invitations)
        .join(companies, companies.c.company_id == invitations.c.company_id)
        .join(organizations, organizations.c.organization_id == invitations.c.organization_id)
        .where(
            invitations.c.invitation_id == invitation_id,
            _is_open(),
            invitations.c.expires_at > at,
            companies.c.removed_at.is_(None),
            organizations.c.removed_at.is_(None),
        )
        .with_for_update()
    )


def _close(tx: Connection, invitation_id: str, **values: datetime) -> None:
    """End an invitation; its role may then be removed like any other."""
    is_it = invitations.c.invitation_id == invitation_id
    tx.execute(update(invitations).where(is_it).values(role_id=None, **values))


def _refuse_second(author: Author, key: str) -> None:
    here = (invitations.c.company_id == author.company_id) & (invitations.c.email_key == key)
    row = author.transaction.execute(
        select(invitations.c.invitation_id, invitations.c.expires_at).where(here & _is_open())
    ).first()
    if row is None:
        return
    if row.expires_at > author.at:
        raise EmailTakenError(
            "An invitation to that e-mail is open.",
            "Take it back first: `finhouse invitation revoke EMAIL`.",
        )
    _close(author.transaction, row.invitation_id, revoked_at=author.at)


def _record(
    author: Author, event_type: str, organization_id: str, invitation_id: str, **more: str
) -> None:
    after = {"invitation_id": invitation_id, **more}
    author.record(event_type, organization_id=organization_id, after=after)


def _select(tx: Connection, condition: Any) -> tuple[Invitation, ...]:
    query = (
        select(invitations, organizations.c.name.label("organization_name"))
        .join(organizations, organizations.c.organization_id == invitations.c.organization_id)
        .where(condition)
        .order_by(invitations.c.created_at.desc(), invitations.c.invitation_id)
    )
    hidden = ("email_key", "secret_hash", "built_in_role", "role_id")
    return tuple(
        Invitation(
            **{key: value for key, value in row.items() if key not in hidden},
            role=given_role(tx, row).name if row["built_in_role"] or row["role_id"] else None,
        )
        for row in tx.execute(query).mappings()
    )
