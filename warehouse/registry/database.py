"""The registry's database: one way to open it, one way to read, one way to write."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from warehouse.registry.callers import CALLER, THE_OPERATOR, Caller, only_operator
from warehouse.registry.errors import InvalidError, UnavailableError

WAIT_SECONDS: Final = 30
PASSWORDS: Final = ("password", "sslpassword")
"""Words of libpq that an address may carry behind its question mark."""
SHARED_INDEX_BYTES: Final = 1 << 16
"""Room that SQLite needs to let connections read at once."""


def utc_now() -> datetime:
    """Return the current instant, aware, UTC."""
    return datetime.now(UTC)


def nothing() -> None:
    """Leave it at that: nobody keeps a copy."""


@dataclass(frozen=True)
class Database:
    """An open registry database. Safe to share between threads and to fork."""

    engine: Engine
    now: Callable[[], datetime] = utc_now
    caller: Caller = THE_OPERATOR
    joined: Connection | None = None
    """The transaction that every change becomes a part of, instead of one of its own."""
    on_commit: Callable[[], None] = nothing
    """Tells who keeps a copy of the rights that something may have changed."""

    @property
    def shown(self) -> str:
        """Its address without a password, wherever that stands in it."""
        return self.engine.url.difference_update_query(PASSWORDS).render_as_string()

    def acting_as(self, caller: Caller) -> Self:
        """Return the same registry as this caller may see and change it."""
        return replace(self, caller=caller)

    def refuse_members(self, what: str) -> None:
        """Let only the operator of the installation go on. Raises NotAllowedError."""
        with self.read() as tx:
            only_operator(tx, what)

    def within(self, transaction: Connection) -> Self:
        """Return the same registry inside one transaction: a change refused there undoes itself."""
        return replace(self, joined=transaction)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one transaction that writes: all of it is kept, or nothing.

        SQLite takes its one write lock at the start, so what was read before stays true
        until the commit. PostgreSQL needs the row locks that the stores take.
        """
        if self.joined is not None:
            self.joined.execution_options(**{CALLER: self.caller})
            with self.joined.begin_nested():
                yield self.joined
            return
        with self._answering(), self.engine.connect() as connection:
            connection.execution_options(registry_writes=True, **{CALLER: self.caller})
            with connection.begin():
                yield connection
        self.on_commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run one transaction that reads: every question in it sees the same moment."""
        if self.joined is not None:
            yield self.joined.execution_options(**{CALLER: self.caller})
            return
        with self._answering(), self.engine.connect() as connection:
            connection.execution_options(**{CALLER: self.caller})
            if self.engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            if type(error) not in (OperationalError, DatabaseError):
                raise
            raise UnavailableError(
                f"The registry at {self.shown} does not answer: {str(error.orig).splitlines()[0]}.",
                "Check FINHOUSE_REGISTRY_URL, that its server runs, and that no other "
                "program holds it; then try again.",
            ) from error


def open_database(url: str, now: Callable[[], datetime] = utc_now) -> Database:
    """Connect to SQLite or PostgreSQL. Connections are not pooled: Dagster forks."""
    address = _supported(url)
    is_sqlite = address.get_backend_name() == "sqlite"
    if is_sqlite and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    connect_args: dict[str, Any] = (
        {"timeout": WAIT_SECONDS}
        if is_sqlite
        else {"options": f"-c timezone=UTC -c lock_timeout={WAIT_SECONDS}s"}
    )
    engine = create_engine(
        address, poolclass=NullPool, json_serializer=to_json, connect_args=connect_args
    )
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return Database(engine, now)


def to_json(value: object) -> str:
    """Write JSON that people can read. Money keeps its decimals as text; NaN is refused."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_decimal_text)


def _decimal_text(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    raise TypeError(f"{value!r} has no place in the registry's JSON")


def _supported(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        address = None
    backend = address and address.get_backend_name()
    if address and backend in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    if address and backend == "sqlite" and address.database not in (None, "", ":memory:"):
        return address.set(drivername="sqlite+pysqlite")
    raise InvalidError(
        "The registry's address is neither a SQLite file nor a PostgreSQL database.",
        "Write sqlite:////folder/registry.sqlite or postgresql://user@host/database.",
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # The driver would otherwise begin behind our back.
    pragmas = ["foreign_keys = on", "secure_delete = on", "journal_mode = wal"]
    [(*_, file)] = connection.execute("pragma database_list").fetchall()
    if shutil.disk_usage(Path(file).parent).free < SHARED_INDEX_BYTES:
        # Alone one needs no index: on a full disk readers keep what they had.
        pragmas.insert(0, "locking_mode = exclusive")
    for pragma in pragmas:
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("registry_writes")
    connection.exec_driver_sql("begin immediate" if writes else "begin")
