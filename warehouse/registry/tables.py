"""The registry's tables. What a database can hold as a law, it holds here."""

from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
)

ORGANIZATION_LIMIT: Final = 10
PLANS: Final = ("trial", "free", "standard", "premium", "enterprise")
DELIVERY_STATES: Final = ("landed", "suspect", "published", "superseded", "refused")
BEGINNING: Final = date(1970, 1, 1)
"""Before any cloud bill: an account registered from here on counts with all its usage."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite forgets the zone, so it is given back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse a naive time: it would silently mean another instant."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: give an aware UTC datetime")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the instant aware, in UTC, whatever zone the server speaks."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
SERIAL: Final = BigInteger().with_variant(Integer, "sqlite")


def one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    """Allow only these words in the column."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} in ({listed})", name=column)


def unique_where(name: str, condition: str, *columns: str) -> Index:
    """Hold uniqueness among the rows that meet the condition only."""
    where = text(condition)
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


companies = Table(
    "companies",
    METADATA,
    Column("company_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False),
    Column("plan", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("reporting_currency", String),
    one_of("plan", PLANS),
    unique_where("uq_companies_name_key", "removed_at is null", "name_key"),
)

organizations = Table(
    "organizations",
    METADATA,
    Column("organization_id", String, primary_key=True),
    Column("company_id", ForeignKey("companies.company_id"), nullable=False),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False),
    # The place among the ten. A removed organization gives it back at once.
    Column("slot", SmallInteger),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    CheckConstraint(f"slot between 1 and {ORGANIZATION_LIMIT}", name="slot"),
    CheckConstraint("(slot is null) = (removed_at is not null)", name="living_has_slot"),
    CheckConstraint("name_key <> 'unassigned'", name="reserved_name"),
    CheckConstraint("organization_id <> 'unassigned'", name="reserved_id"),
    unique_where("uq_organizations_slot", "removed_at is null", "company_id", "slot"),
    unique_where("uq_organizations_name_key", "removed_at is null", "company_id", "name_key"),
)

connections = Table(
    "connections",
    METADATA,
    Column("connection_id", String, primary_key=True),
    Column("company_id", ForeignKey("companies.company_id"), nullable=False),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("location", String, nullable=False),
    Column("export_name", String, nullable=False),
    Column("dataset", String, nullable=False),
    Column("options", JSON, nullable=False),
    Column("secret", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disconnected_at", UtcDateTime),
    CheckConstraint(
        "secret = 'chain' or substr(secret, 1, 4) = 'env:' or substr(secret, 1, 5) = 'file:'",
        name="secret_is_a_reference",
    ),
    UniqueConstraint("company_id", "name_key", name="uq_connections_name_key"),
    # Also when disconnected: its charges stay, and a second reader would count them twice.
    UniqueConstraint("provider", "location", "export_name", name="uq_connections_export_name"),
)

cloud_accounts = Table(
    "cloud_accounts",
    METADATA,
    Column("provider", String, primary_key=True),
    Column("account_id", String, primary_key=True),
    Column("management_account_id", String),
    Column("created_at", UtcDateTime, nullable=False),
)

# `previous_valid_to` chains a period to the one before it. With the constraints below the
# database itself refuses two periods of one account that overlap (Kuznetsov's history table).
cloud_account_assignments = Table(
    "cloud_account_assignments",
    METADATA,
    Column("provider", String, primary_key=True),
    Column("account_id", String, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Column("previous_valid_to", Date),
    Column("organization_id", ForeignKey("organizations.organization_id"), nullable=False),
    # The holder's own word: the next holder's must not reach this one.
    Column("account_name", String, nullable=False),
    Column("name_key", String, nullable=False),
    CheckConstraint("valid_from < valid_to", name="period"),
    CheckConstraint("previous_valid_to <= valid_from", name="after_previous"),
    ForeignKeyConstraint(
        ["provider", "account_id"],
        ["cloud_accounts.provider", "cloud_accounts.account_id"],
        name="fk_cloud_account_assignments_account",
    ),
    UniqueConstraint("provider", "account_id", "valid_to", name="uq_assignments_valid_to"),
    UniqueConstraint("provider", "account_id", "previous_valid_to", name="uq_assignments_previous"),
    ForeignKeyConstraint(
        ["provider", "account_id", "previous_valid_to"],
        [
            "cloud_account_assignments.provider",
            "cloud_account_assignments.account_id",
            "cloud_account_assignments.valid_to",
        ],
        name="fk_cloud_account_assignments_previous",
    ),
    unique_where("uq_assignments_open", "valid_to is null", "provider", "account_id"),
    unique_where("uq_assignments_first", "previous_valid_to is null", "provider", "account_id"),
    Index("ix_assignments_organization_id", "organization_id"),
)

# Each company's own: one that closes a month does not close it for another.
exchange_rates = Table(
    "exchange_rates",
    METADATA,
    Column("company_id", ForeignKey("companies.company_id"), primary_key=True),
    Column("billing_period", String, primary_key=True),
    Column("from_currency", String, primary_key=True),
    Column("to_currency", String, primary_key=True),
    # Text: SQLite would keep a binary fraction of it.
    Column("rate", String, nullable=False),
    Column("source", String, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
    CheckConstraint("length(billing_period) = 7", name="billing_period"),
    CheckConstraint("from_currency <> to_currency", name="two_currencies"),
)

# No foreign keys: history outlives what it tells of.
history = Table(
    "history",
    METADATA,
    Column("history_id", SERIAL, primary_key=True),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("company_id", String, nullable=False),
    Column("organization_id", String),
    Column("actor", String, nullable=False),
    Column("event_type", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Index("ix_history_company_id", "company_id", "organization_id"),
    sqlite_autoincrement=True,
)

deliveries = Table(
    "deliveries",
    METADATA,
    Column("connection_id", ForeignKey("connections.connection_id"), primary_key=True),
    Column("billing_period", String, primary_key=True),
    Column("delivery_id", String, primary_key=True),
    Column("dataset", String, nullable=False),
    Column("file_type", String, nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("file_count", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String),
    Column("row_count", BigInteger),
    Column("control_totals", JSON, nullable=False),
    Column("columns", JSON, nullable=False),
    Column("has_net_costs", Boolean, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("message", String, nullable=False, server_default=""),
    Column("landed_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
    # Since when its bytes are no longer landed: what must go left with them.
    Column("dropped_at", UtcDateTime),
    CheckConstraint("length(billing_period) = 7", name="billing_period"),
    one_of("state", DELIVERY_STATES),
    CheckConstraint(
        "state in ('refused', 'superseded') or (sha256 is not null and row_count is not null)",
        name="inspected",
    ),
    # A period is replaced whole: two published deliveries of it would count double.
    unique_where(
        "uq_deliveries_published", "state = 'published'", "connection_id", "billing_period"
    ),
)

publications = Table(
    "publications",
    METADATA,
    Column("publication_id", SERIAL, primary_key=True),
    Column("snapshot_id", BigInteger, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
