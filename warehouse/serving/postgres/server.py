"""The serving database: how it is reached, and what is said when it is not."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, LiteralString, TypeVar

import psycopg
from psycopg import Connection, errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

T = TypeVar("T")
Session = Connection[TupleRow]
ATTEMPTS: Final = 3
PAUSE_SECONDS: Final = 0.2
CONNECT_SECONDS: Final = 10
LOCK_SECONDS: Final = 5
READERS: Final = "readers"
"""The role that every member's role belongs to: it may connect, and no more."""
AGAIN: Final = (psycopg.OperationalError, errors.DeadlockDetected, errors.LockNotAvailable)
"""What another attempt may mend: a restart, a crossing of locks."""


class PostgresError(Exception):
    """The serving database was not changed. Readers keep what it served before."""


@dataclass(frozen=True)
class Server:
    """Address of the serving database, as the role that loads it."""

    url: str = field(repr=False)

    @property
    def parameters(self) -> dict[str, str]:
        """What the address says, each part by libpq's name for it."""
        try:
            said = conninfo_to_dict(self.url.replace("postgresql+psycopg:", "postgresql:", 1))
        except psycopg.ProgrammingError:
            said = {}
        if not said.get("user") or not said.get("dbname"):
            raise PostgresError(
                "FINHOUSE_POSTGRES_URL names no role or no database."
                " Write postgresql://finhouse@host/finhouse."
            )
        return {name: str(value) for name, value in said.items() if value is not None}

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Connect; each statement is a transaction of its own until one is opened."""
        address = make_conninfo(**{"connect_timeout": str(CONNECT_SECONDS)} | self.parameters)
        # Names are always spelled whole: nothing of this session is found by a search path.
        options = f"-c search_path=pg_catalog -c timezone=UTC -c lock_timeout={LOCK_SECONDS}s"
        with psycopg.connect(address, options=options, autocommit=True) as session:
            yield session

    def run(self, work: Callable[[Session], T]) -> T:
        """Do work in one transaction; once more, a few times, when the server restarts.

        Raises PostgresError: nothing of the work is visible then.
        """

        def in_transaction(session: Session) -> T:
            with session.transaction():
                return work(session)

        return self.attempt(in_transaction)

    def attempt(self, work: Callable[[Session], T]) -> T:
        """Do work that opens its own transactions and may be done again from the start."""
        for left in reversed(range(ATTEMPTS)):
            try:
                with self.session() as session:
                    return work(session)
            except AGAIN as error:
                if not left:
                    raise self._told(error) from error
                time.sleep(PAUSE_SECONDS * (ATTEMPTS - left))
            except psycopg.Error as error:
                raise self._told(error) from error
        raise AssertionError

    def _told(self, error: psycopg.Error) -> PostgresError:
        """Say what happened, without the values that a server's message may quote."""
        first = (error.diag.message_primary or str(error)).splitlines()[0]
        where = self.parameters.get("host", "the local server")
        return PostgresError(
            f"PostgreSQL at {where}, database {self.parameters['dbname']}: {first}. Readers there"
            " keep the old numbers. Look at the server, then say `finhouse postgres sync`."
        )


def role_of(session: Session, what: str, slot: int | None = None) -> str:
    """Return the role that opens a menu's schema, or the menu of one organization.

    Roles belong to the whole server: the loader's name keeps two installations apart.
    """
    name = f"{session.info.user}_{what}"
    return name if slot is None else f"{name}_{slot}"


def statement(text: LiteralString, **names: str) -> sql.Composed:
    """Return a statement with names in it, each quoted as an identifier."""
    return sql.SQL(text).format(**{key: sql.Identifier(name) for key, name in names.items()})
