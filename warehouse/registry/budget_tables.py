"""The registry's table of budgets."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, String, Table

from warehouse.registry.access_tables import COMPANY, ORGANIZATION
from warehouse.registry.tables import METADATA, UtcDateTime, one_of

RECURRENCES = ("month", "year")

budgets = Table(
    "budgets",
    METADATA,
    Column("budget_id", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    Column("organization_id", ForeignKey(ORGANIZATION), nullable=False),
    Column("name", String, nullable=False),
    Column("recurrence", String, nullable=False),
    # Money as text: SQLite has no decimals.
    Column("budget_cost", String, nullable=False),
    Column("billing_currency", String, nullable=False),
    # Null: whatever the organization spends.
    Column("sub_account_id", String),
    Column("service_name", String),
    Column("tag_key", String),
    Column("tag_value", String),
    Column("thresholds", JSON, nullable=False),
    Column("first_period", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    one_of("recurrence", RECURRENCES),
    CheckConstraint("(tag_key is null) = (tag_value is null)", name="tag"),
    Index("ix_budgets_company_id", "company_id"),
)
