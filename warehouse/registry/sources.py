"""What a connection reads, and how to find one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Transaction
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from warehouse.registry import tables
from warehouse.registry.changing import Company, violates
from warehouse.registry.errors import NotFoundError, SourceTakenError
from warehouse.registry.words import (
    clean_address,
    clean_options,
    clean_provider,
    clean_secret,
    name_key,
)

TABLE = tables.connections
FIELDS = tuple(column for column in TABLE.c if column.name != "name_key")


@dataclass(frozen=True)
class Source:
    """What a connection reads, and how. The secret is a reference, never a value."""

    provider: str
    location: str
    export_name: str
    dataset: str
    options: Mapping[str, str] = field(default_factory=dict)
    secret: str = "chain"  # noqa: S105 - the cloud's own chain

    def cleaned(self) -> "Source":
        """Return it as it may be stored. Raises InvalidError; secrets are never repeated."""
        return Source(
            clean_provider(self.provider),
            clean_address(self.location, "location"),
            clean_address(self.export_name, "export name"),
            clean_address(self.dataset, "dataset"),
            clean_options(self.options),
            clean_secret(self.secret),
        )


@dataclass(frozen=True)
class Connection(Source):
    """One export of one provider, read for one company."""

    connection_id: str = field(kw_only=True)
    company_id: str = field(kw_only=True)
    name: str = field(kw_only=True)
    created_at: datetime = field(kw_only=True)
    disconnected_at: datetime | None = field(kw_only=True)


@contextmanager
def one_of_its_source() -> Iterator[None]:
    """Turn the database's refusal of a second reader of one export into words."""
    try:
        yield
    except IntegrityError as error:
        if not violates(error, "export_name"):
            raise
        raise SourceTakenError(
            "A connection to this export already exists; a second would count it twice.",
            "If it is yours but disconnected, use `finhouse connection reconnect`.",
        ) from error


def find_connection(tx: Transaction, company: Company, connection: str) -> Connection:
    """Find a connection of the company by id or exact name."""
    is_it = (TABLE.c.connection_id == connection) | (TABLE.c.name_key == name_key(connection))
    for found in select_connections(tx, (TABLE.c.company_id == company.company_id) & is_it):
        return found
    raise not_found(connection)


def select_connections(tx: Transaction, condition: Any) -> tuple[Connection, ...]:
    """Return the connections that meet the condition, by name."""
    query = select(*FIELDS).where(condition).order_by(TABLE.c.name_key, TABLE.c.connection_id)
    return tuple(Connection(**row) for row in tx.execute(query).mappings())


def not_found(connection: str) -> NotFoundError:
    """Say that a connection is not there, and where to look."""
    return NotFoundError(
        f"There is no connection {connection!r} here.",
        "`finhouse connection list` shows ids and names.",
    )
