"""Connections: where a company's bills come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Transaction
from sqlalchemy import delete, insert, select, update

from warehouse.registry import tables
from warehouse.registry.callers import only_operator, require_owner
from warehouse.registry.changing import Company, changing, find_company, one_of_its_name
from warehouse.registry.database import Database
from warehouse.registry.errors import InUseError, InvalidError
from warehouse.registry.history import OPERATOR, Author
from warehouse.registry.sources import (
    TABLE,
    Connection,
    Source,
    find_connection,
    not_found,
    one_of_its_source,
    select_connections,
)
from warehouse.registry.words import clean_name, clean_options, clean_secret, name_key, new_id

LOOK = "look at the company's connections"


@dataclass(frozen=True)
class Connections:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None) -> tuple[Connection, ...]:
        """Return the company's connections by name, disconnected ones too."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            require_owner(tx, owner.company_id, LOOK)
            return select_connections(tx, TABLE.c.company_id == owner.company_id)

    def living(self) -> tuple[Connection, ...]:
        """Return every company's connections that are read: what a refresh goes through."""
        with self.database.read() as tx:
            only_operator(tx, "look at every company's connections")
            return select_connections(tx, TABLE.c.disconnected_at.is_(None))

    def all(self) -> tuple[Connection, ...]:
        """Return every company's connections, disconnected ones too: whose charges are there."""
        with self.database.read() as tx:
            return select_connections(tx, TABLE.c.connection_id.is_not(None))

    def get(self, connection: str, *, company: str | None = None) -> Connection:
        """Find a connection of the company by id or name."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            require_owner(tx, owner.company_id, LOOK)
            return find_connection(tx, owner, connection)

    def by_id(self, connection_id: str) -> Connection:
        """Find a connection by its id, whose ever it is."""
        with self.database.read() as tx:
            only_operator(tx, "look at every company's connections")
            for connection in select_connections(tx, TABLE.c.connection_id == connection_id):
                return connection
        raise not_found(connection_id)

    def add(
        self,
        name: str,
        source: Source,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Connection:
        """Add a connection. Raises SourceTakenError when its export is already read."""
        clean, values = clean_name(name, "connection"), vars(source.cleaned())
        connection_id = new_id("con")
        with changing(self.database, company, actor, reason) as (author, owner):
            with one_of_its_name("connection", clean), one_of_its_source():
                author.transaction.execute(
                    insert(TABLE).values(
                        connection_id=connection_id,
                        company_id=owner.company_id,
                        name=clean,
                        name_key=name_key(clean),
                        created_at=author.at,
                        **values,
                    )
                )
            _record(author, "connection_added", connection_id, after={"name": clean, **values})
            return find_connection(author.transaction, owner, connection_id)

    def rename(
        self,
        connection: str,
        name: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Connection:
        """Give a connection another name. Raises NameTakenError."""
        clean = clean_name(name, "connection")
        with changing(self.database, company, actor, reason) as (author, owner):
            return _change(
                author,
                owner,
                connection,
                "connection_renamed",
                name=clean,
                name_key=name_key(clean),
            )

    def change_access(
        self,
        connection: str,
        *,
        options: Mapping[str, str] | None = None,
        secret: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Connection:
        """Change how the export is reached: all options anew, or the secret's reference."""
        values: dict[str, Any] = {}
        if options is not None:
            values["options"] = clean_options(options)
        if secret is not None:
            values["secret"] = clean_secret(secret)
        if not values:
            raise InvalidError("Nothing to change.", "Give options or a secret's reference.")
        with changing(self.database, company, actor, reason) as (author, owner):
            return _change(author, owner, connection, "connection_access_changed", **values)

    def disconnect(
        self,
        connection: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Connection:
        """Stop reading. What arrived stays; `reconnect` goes on where it stopped."""
        with changing(self.database, company, actor, reason) as (author, owner):
            return _switch(author, owner, connection, "connection_disconnected", author.at)

    def reconnect(
        self,
        connection: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Connection:
        """Read a disconnected export again, as the same connection: nothing counts twice."""
        with changing(self.database, company, actor, reason) as (author, owner):
            return _switch(author, owner, connection, "connection_reconnected", None)

    def remove(
        self,
        connection: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> None:
        """Remove a connection that never delivered. Otherwise its charges would lose it."""
        with changing(self.database, company, actor, reason) as (author, owner):
            old = find_connection(author.transaction, owner, connection)
            _refuse_after_delivery(author.transaction, old)
            is_it = TABLE.c.connection_id == old.connection_id
            author.transaction.execute(delete(TABLE).where(is_it))
            before = {"name": old.name, "location": old.location, "export_name": old.export_name}
            _record(author, "connection_removed", old.connection_id, before=before)


def _record(
    author: Author,
    event_type: str,
    connection_id: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    about = {"connection_id": connection_id}
    author.record(
        event_type,
        before=None if before is None else {**about, **before},
        after=None if after is None else {**about, **after},
    )


def _change(
    author: Author, owner: Company, connection: str, event_type: str, **values: Any
) -> Connection:
    old = find_connection(author.transaction, owner, connection)
    change = update(TABLE).where(TABLE.c.connection_id == old.connection_id).values(**values)
    with one_of_its_name("connection", str(values.get("name"))):
        author.transaction.execute(change)
    told = values.keys() - {"name_key"}
    _record(
        author,
        event_type,
        old.connection_id,
        before={key: getattr(old, key) for key in told},
        after={key: values[key] for key in told},
    )
    return find_connection(author.transaction, owner, old.connection_id)


def _switch(
    author: Author, owner: Company, connection: str, event_type: str, at: datetime | None
) -> Connection:
    old = find_connection(author.transaction, owner, connection)
    if (old.disconnected_at is None) == (at is None):
        state = "connected" if at is None else "disconnected"
        raise InvalidError(f"The connection {old.name!r} is already {state}.", "Nothing to do.")
    is_it = TABLE.c.connection_id == old.connection_id
    author.transaction.execute(update(TABLE).where(is_it).values(disconnected_at=at))
    _record(author, event_type, old.connection_id, after={"name": old.name})
    return find_connection(author.transaction, owner, old.connection_id)


def _refuse_after_delivery(tx: Transaction, connection: Connection) -> None:
    delivered = tables.deliveries.c.connection_id == connection.connection_id
    if tx.execute(select(tables.deliveries.c.delivery_id).where(delivered).limit(1)).first():
        raise InUseError(
            f"The connection {connection.name!r} has delivered bills that charges refer to.",
            "Stop it instead: `finhouse connection disconnect`.",
        )
