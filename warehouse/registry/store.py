"""The registry: system of record for companies, organizations, connections and accounts."""

from collections.abc import Callable
from datetime import datetime

from warehouse.registry.accounts import Accounts
from warehouse.registry.actions import Actions
from warehouse.registry.alerts import Alerts
from warehouse.registry.budgets import Budgets
from warehouse.registry.companies import Companies
from warehouse.registry.connections import Connections
from warehouse.registry.contacts import Contacts
from warehouse.registry.contracts import Contracts
from warehouse.registry.database import Database, open_database, utc_now
from warehouse.registry.deletions import Deletions
from warehouse.registry.endings import Endings
from warehouse.registry.fees import Fees
from warehouse.registry.groups import Groups
from warehouse.registry.holds import Holds
from warehouse.registry.invitations import Invitations
from warehouse.registry.keys import Keys
from warehouse.registry.leaving import Membership
from warehouse.registry.members import Members
from warehouse.registry.organizations import Organizations
from warehouse.registry.rates import Rates
from warehouse.registry.recommendations import Recommendations
from warehouse.registry.revision import head, revision
from warehouse.registry.roles import Roles
from warehouse.registry.schedules import Schedules
from warehouse.registry.thresholds import Thresholds


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

    @property
    def members(self) -> Members:
        """Who belongs to a company, with which role where."""
        return Members(self)

    @property
    def membership(self) -> Membership:
        """How members leave, come back and hand ownership over."""
        return Membership(self)

    @property
    def roles(self) -> Roles:
        """Custom roles and templates."""
        return Roles(self)

    @property
    def groups(self) -> Groups:
        """One role in several organizations for many members."""
        return Groups(self)

    @property
    def invitations(self) -> Invitations:
        """Who is asked in."""
        return Invitations(self)

    @property
    def keys(self) -> Keys:
        """API keys."""
        return Keys(self)

    @property
    def contacts(self) -> Contacts:
        """Who receives invoices without an account."""
        return Contacts(self)

    @property
    def contracts(self) -> Contracts:
        """Draw-down contracts with the clouds."""
        return Contracts(self)

    @property
    def schedules(self) -> Schedules:
        """Extracts by the clock."""
        return Schedules(self)

    @property
    def budgets(self) -> Budgets:
        """What organizations mean to spend."""
        return Budgets(self)

    @property
    def alerts(self) -> Alerts:
        """Who is told of what."""
        return Alerts(self)

    @property
    def thresholds(self) -> Thresholds:
        """Utilization below which an organization is told."""
        return Thresholds(self)

    @property
    def recommendations(self) -> Recommendations:
        """What to commit to, run by run."""
        return Recommendations(self)

    @property
    def actions(self) -> Actions:
        """What is to be bought, changed, sold or given back."""
        return Actions(self)

    @property
    def fees(self) -> Fees:
        """What managed commitments saved and cost, by month."""
        return Fees(self)

    @property
    def holds(self) -> Holds:
        """Legal holds."""
        return Holds(self)

    @property
    def deletions(self) -> Deletions:
        """Requests to delete an organization."""
        return Deletions(self)

    @property
    def endings(self) -> Endings:
        """How companies end: trials that ran out, withdrawals, early deletions."""
        return Endings(self)


def open_registry(url: str, now: Callable[[], datetime] = utc_now) -> Registry:
    """Open the registry at a SQLAlchemy URL and bring its schema to this version.

    SQLite is made when it is not there; a PostgreSQL database must exist.
    Raises UnavailableError when it does not answer or belongs to a newer version.
    """
    database = open_database(url, now)
    with database.read() as connection:
        stands = revision(connection)
    if stands != head():
        # Alembic takes half a second to import: only who has something to migrate pays for it.
        from warehouse.registry.migrate import migrate  # noqa: PLC0415

        migrate(database)
    return Registry(database.engine, now)
