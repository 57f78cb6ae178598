"""API keys: each acts as its member, is shown once and kept as a salted hash."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from warehouse.registry.access_tables import api_keys, members
from warehouse.registry.callers import Caller, own_member_id, standing_of_member
from warehouse.registry.changing import Company, changing, find_company, one_of_its_name
from warehouse.registry.database import Database
from warehouse.registry.errors import AmbiguousError, InvalidError, NotFoundError
from warehouse.registry.history import OPERATOR, Author
from warehouse.registry.holdings import is_active
from warehouse.registry.people import find_member, visible_members
from warehouse.registry.tables import companies
from warehouse.registry.tokens import is_secret, new_token, refused, split_token
from warehouse.registry.words import clean_name, name_key, new_id


@dataclass(frozen=True)
class Key:
    """One key, without its secret."""

    key_id: str
    member_id: str
    email: str
    name: str
    issued_by: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class Keys:
    """Every change is one transaction with its history row."""

    database: Database

    def sign_in(self, token: str) -> Caller:
        """Return the member whom a key acts as. Raises NotSignedInError, whatever is wrong."""
        key_id, secret = split_token(token)
        query = (
            select(api_keys.c.secret_hash, members.c.member_id, members.c.email)
            .join(members, members.c.member_id == api_keys.c.member_id)
            .join(companies, companies.c.company_id == members.c.company_id)
            .where(
                api_keys.c.key_id == key_id,
                api_keys.c.disabled_at.is_(None),
                companies.c.removed_at.is_(None),
                is_active(),
            )
        )
        with self.database.read() as tx:
            row = tx.execute(query).first()
        if not is_secret(secret, row.secret_hash if row else None) or row is None:
            raise refused()
        return Caller(row.email, frozenset({row.member_id}))

    def list(self, company: str | None = None) -> tuple[Key, ...]:
        """Return the keys of the members the caller may see, his own among them."""
        with self.database.read() as tx:
            shown, _ = visible_members(tx, find_company(tx, company))
            return _select(tx, api_keys.c.member_id.in_([each.member_id for each in shown]))

    def add(
        self,
        name: str,
        member: str | None = None,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> tuple[Key, str]:
        """Issue a key to oneself; return it and its token, shown only now.

        Only the operator issues one for somebody else: a key is that person.
        """
        clean, key_id = clean_name(name, "key"), new_id("key")
        token, kept = new_token(key_id)
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            wanted = member or own_member_id(tx, owner.company_id)
            if wanted is None:
                raise InvalidError("Whose key?", "Name the member with --member.")
            found = find_member(tx, owner, wanted)
            author.require_own(found.member_id)
            with one_of_its_name("key", clean):
                tx.execute(
                    insert(api_keys).values(
                        key_id=key_id,
                        member_id=found.member_id,
                        name=clean,
                        name_key=name_key(clean),
                        secret_hash=kept,
                        issued_by=author.actor,
                        created_at=author.at,
                    )
                )
            issued = _select(tx, api_keys.c.key_id == key_id)[0]
            _record(author, "key_issued", issued)
            return issued, token

    def disable(
        self, key: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> Key:
        """Let a key open nothing until it is enabled again."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            return _switch(author, owner, key, "key_disabled", author.at)

    def enable(
        self, key: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> Key:
        """Let a disabled key act again."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            return _switch(author, owner, key, "key_enabled", None)

    def remove(
        self, key: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> None:
        """Delete a key for good."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            found = _find(author, owner, key)
            is_it = api_keys.c.key_id == found.key_id
            author.transaction.execute(delete(api_keys).where(is_it))
            _record(author, "key_removed", found)


def _find(author: Author, owner: Company, key: str) -> Key:
    """Find a key by id, or by name among one's own and those of members one stands above."""
    is_it = (api_keys.c.key_id == key) | (api_keys.c.name_key == name_key(key))
    found = _select(author.transaction, is_it & (members.c.company_id == owner.company_id))
    own = [each for each in found if each.member_id == author.actor]
    candidates = own or found
    if not candidates:
        raise NotFoundError(f"There is no key {key!r} here.", "`finhouse key list` shows them.")
    if len(candidates) > 1:
        raise AmbiguousError(f"{key!r} is the name of several keys.", "Give the key's id.")
    one = candidates[0]
    if own:
        author.require_own(one.member_id)
    else:
        author.require_over(
            standing_of_member(author.transaction, one.member_id, deactivated_too=True)
        )
    return one


def _switch(author: Author, owner: Company, key: str, event_type: str, at: datetime | None) -> Key:
    found = _find(author, owner, key)
    is_it = api_keys.c.key_id == found.key_id
    author.transaction.execute(update(api_keys).where(is_it).values(disabled_at=at))
    _record(author, event_type, found)
    return _select(author.transaction, is_it)[0]


def _record(author: Author, event_type: str, key: Key) -> None:
    after = {"key_id": key.key_id, "name": key.name, "member_id": key.member_id}
    author.record(event_type, after=after, about=[key.member_id])


def _select(tx: Connection, condition: Any) -> tuple[Key, ...]:
    columns = [each for each in api_keys.c if each.name not in ("name_key", "secret_hash")]
    query = (
        select(*columns, members.c.email)
        .join(members, members.c.member_id == api_keys.c.member_id)
        .where(condition)
        .order_by(members.c.email_key, api_keys.c.name_key)
    )
    return tuple(Key(**row) for row in tx.execute(query).mappings())
