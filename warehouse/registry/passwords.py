"""Who may open or close SQL over the network to a member: the change is kept with its history.

The password itself is the serving database's; the registry knows that there is one, and no more.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.registry.callers import standing_of_member
from warehouse.registry.changing import changing
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError
from warehouse.registry.history import OPERATOR
from warehouse.registry.people import Member, find_member


@contextmanager
def opening_to(
    database: Database,
    member: str,
    *,
    company: str | None = None,
    actor: str = OPERATOR,
    reason: str = "",
) -> Iterator[Member]:
    """Let a member give himself a password, or the operator anybody: a password is that person."""
    with changing(database, company, actor, reason, by_owner=False) as (author, owner):
        found = find_member(author.transaction, owner, member)
        author.require_own(found.member_id)
        if found.deactivated_at:
            raise InvalidError(
                f"{found.email} is deactivated.", "`finhouse member reactivate` lets him back in."
            )
        yield found
        author.record("sql_password_issued", about=[found.member_id])


@contextmanager
def closing_to(
    database: Database,
    member: str,
    *,
    company: str | None = None,
    actor: str = OPERATOR,
    reason: str = "",
) -> Iterator[Member]:
    """Let a member, or whoever stands above him, take his password away."""
    with changing(database, company, actor, reason, by_owner=False) as (author, owner):
        found = find_member(author.transaction, owner, member)
        if author.actor == found.member_id:
            author.require_own(found.member_id)
        else:
            standing = standing_of_member(author.transaction, found.member_id, deactivated_too=True)
            author.require_over(standing)
        yield found
        author.record("sql_password_revoked", about=[found.member_id])
