"""How a person enters a company: rules that adding and inviting share."""

from sqlalchemy import delete, insert, select

from warehouse.registry.access_tables import member_roles, members
from warehouse.registry.emails import clean_email, email_key
from warehouse.registry.errors import EmailTakenError, InvitationError, OwnerNeededError
from warehouse.registry.history import Author
from warehouse.registry.people import FIELDS, Member, has_owner
from warehouse.registry.templates import GivenRole, given_role
from warehouse.registry.words import clean_name, new_id


def may_be_added(author: Author, email: str, *, invited: bool, as_owner: bool) -> None:
    """Refuse an e-mail that is taken, one that was removed and not invited, and a lack of owners.

    The company's row is locked, so the e-mail stays free until the commit.
    """
    tx = author.transaction
    its = (members.c.company_id == author.company_id) & (members.c.email_key == email_key(email))
    removed = tx.execute(select(members.c.removed_at).where(its)).scalars().all()
    if None in removed:
        raise EmailTakenError(
            f"{email!r} already is a member, in this or another spelling.",
            "Give the member a role: `finhouse member grant`; if deactivated: "
            "`finhouse member reactivate`.",
        )
    if removed and not invited:
        raise InvitationError(
            f"{email!r} was removed.", "Only an invitation lets him in: `finhouse invitation add`."
        )
    if not as_owner and not has_owner(tx, author.company_id):
        raise OwnerNeededError(
            "The company has no owner yet.", "Add one first: `finhouse member add EMAIL --owner`."
        )


def admit(
    author: Author,
    email: str,
    name: str,
    *,
    is_owner: bool,
    is_external: bool,
    member_id: str | None = None,
) -> Member:
    """Make a member, a new subject also when the e-mail was here before."""
    clean, member_id = clean_email(email), member_id or new_id("mem")
    author.transaction.execute(
        insert(members).values(
            member_id=member_id,
            company_id=author.company_id,
            email=clean,
            email_key=email_key(clean),
            name=clean_name(name or clean.partition("@")[0], "member"),
            is_owner=is_owner,
            is_external=is_external,
            created_at=author.at,
        )
    )
    author.record(
        "member_added",
        after={"member_id": member_id, "is_owner": is_owner, "is_external": is_external},
        about=[member_id],
    )
    is_it = members.c.member_id == member_id
    return Member(**author.transaction.execute(select(*FIELDS).where(is_it)).mappings().one())


def give_role(author: Author, member_id: str, organization_id: str, given: GivenRole) -> None:
    """Write a member's role in an organization over the one before, which must not be higher."""
    tx = author.transaction
    is_it = (member_roles.c.member_id == member_id) & (
        member_roles.c.organization_id == organization_id
    )
    row = tx.execute(select(member_roles).where(is_it)).mappings().first()
    old = given_role(tx, row) if row else None
    if old:
        author.require_giving(old.rights, organization_id)
        tx.execute(delete(member_roles).where(is_it))
    tx.execute(
        insert(member_roles).values(
            member_id=member_id, organization_id=organization_id, **given.columns
        )
    )
    author.record(
        "role_granted",
        organization_id=organization_id,
        before={"member_id": member_id, "role": old.name} if old else None,
        after={"member_id": member_id, "role": given.name},
        about=[member_id],
    )
