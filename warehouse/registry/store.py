"""The registry: system of record for companies, organizations, connections and accounts."""

from collections.abc import Callable
from datetime import datetime

from warehouse.registry.accounts import Accounts
from warehouse.registry.companies import Companies
from warehouse.registry.connections import Connections
from warehouse.registry.database import Database, open_database, utc_now
from warehouse.registry.migrate import migrate
from warehouse.registry.organizations import Organizations
from warehouse.registry.rates import Rates


class Registry(Database):
    """An open registry. Each noun's methods are one transaction with its history row."""

    @property
    def companies(self) -> Companies:
        """Who pays, on which plan."""
        return Companies(self)

    @property
    def organizations(self) -> Organizations:
        """A company's islands, at most ten."""
        return Organizations(self)

    @property
    def connections(self) -> Connections:
        """Where bills come from."""
        return Connections(self)

    @property
    def accounts(self) -> Accounts:
        """Cloud accounts and who holds them when."""
        return Accounts(self)

    @property
    def rates(self) -> Rates:
        """What a company's months are converted at."""
        return Rates(self)


def open_registry(url: str, now: Callable[[], datetime] = utc_now) -> Registry:
    """Open the registry at a SQLAlchemy URL and bring its schema to this version.

    SQLite is made when it is not there; a PostgreSQL database must exist.
    Raises UnavailableError when it does not answer or belongs to a newer version.
    """
    database = open_database(url, now)
    migrate(database)
    return Registry(database.engine, now)
