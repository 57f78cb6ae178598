"""How a person leaves a company, for a time or for good, and how ownership passes on."""

from dataclasses import dataclass

from warehouse.registry.callers import standing_of_member
from warehouse.registry.changing import Company, changing
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError
from warehouse.registry.history import OPERATOR, Author
from warehouse.registry.members import set_member
from warehouse.registry.people import Member, find_member, forget_member, keep_an_owner


@dataclass(frozen=True)
class Membership:
    """Every change is one transaction with its history row, and leaves an owner who can act."""

    database: Database

    def deactivate(
        self, member: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> Member:
        """Switch a member off with all his keys, until he is reactivated."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            found = _under_the_author(author, owner, member)
            if found.deactivated_at:
                raise InvalidError(f"{found.email} already is deactivated.", "Nothing to do.")
            set_member(author, found, "member_deactivated", deactivated_at=author.at)
            keep_an_owner(author)
            return find_member(author.transaction, owner, found.member_id)

    def reactivate(
        self, member: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> Member:
        """Give a deactivated member back what he held."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            found = _under_the_author(author, owner, member)
            if not found.deactivated_at:
                raise InvalidError(f"{found.email} is not deactivated.", "Nothing to do.")
            set_member(author, found, "member_reactivated", deactivated_at=None)
            return find_member(author.transaction, owner, found.member_id)

    def remove(
        self, member: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> None:
        """Remove a member, or leave oneself. Coming back takes an invitation."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            found = find_member(author.transaction, owner, member)
            if author.actor == found.member_id:
                author.require_own(found.member_id)
            else:
                found = _under_the_author(author, owner, member)
            forget_member(author.transaction, found.member_id)
            set_member(author, found, "member_removed", removed_at=author.at, is_owner=False)
            if found.is_owner:
                keep_an_owner(author)

    def hand_over(
        self,
        to: str,
        *,
        giver: str | None = None,
        stay: bool = False,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Member:
        """Make a member an owner. The giver, by default who asks, steps down unless he stays."""
        with changing(self.database, company, actor, reason) as (author, owner):
            tx = author.transaction
            heir = find_member(tx, owner, to)
            if heir.is_external or heir.deactivated_at or heir.is_owner:
                raise InvalidError(
                    f"{heir.email} is an owner already, deactivated, or from outside.",
                    "Ownership passes to an active member of the company itself.",
                )
            if not stay and giver is None and author.actor == actor:
                raise InvalidError("Who hands over?", "Name the giver with --from, or say --stay.")
            set_member(author, heir, "ownership_received", is_owner=True)
            if not stay:
                _step_down(author, owner, giver or author.actor)
            return find_member(tx, owner, heir.member_id)

    def step_down(
        self, member: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> Member:
        """Make an owner an ordinary member, as long as another owner is left."""
        with changing(self.database, company, actor, reason) as (author, owner):
            return _step_down(author, owner, member)


def _step_down(author: Author, owner: Company, member: str) -> Member:
    found = find_member(author.transaction, owner, member)
    if not found.is_owner:
        raise InvalidError(f"{found.email} is no owner.", "`finhouse member list` shows who is.")
    set_member(author, found, "ownership_given_up", is_owner=False)
    keep_an_owner(author)
    return find_member(author.transaction, owner, found.member_id)


def _under_the_author(author: Author, owner: Company, member: str) -> Member:
    found = find_member(author.transaction, owner, member)
    author.require_over(
        standing_of_member(author.transaction, found.member_id, deactivated_too=True)
    )
    return found
