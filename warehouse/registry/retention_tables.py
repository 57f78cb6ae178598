"""The registry's tables of what must go: what was asked for, what never returns, and the proof."""

from sqlalchemy import (
    JSON,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from warehouse.registry.tables import METADATA, SERIAL, UtcDateTime, one_of

REQUESTS = ("trial_end", "withdrawal", "early_deletion")

# No foreign keys: what is told here outlives what it speaks of.
company_requests = Table(
    "company_requests",
    METADATA,
    Column("company_id", String, primary_key=True),
    # The same event told twice is one, and the first counts.
    Column("kind", String, primary_key=True),
    Column("requested_by", String, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("reason", String, nullable=False),
    one_of("kind", REQUESTS),
)

# By organization and account, not by account alone: another may register it later.
suppressions = Table(
    "suppressions",
    METADATA,
    Column("organization_id", String, primary_key=True),
    Column("provider", String, primary_key=True),
    Column("account_id", String, primary_key=True),
    Column("suppressed_from", Date, primary_key=True),
    Column("suppressed_to", Date),
    Column("company_id", String, nullable=False),
    Column("suppressed_at", UtcDateTime, nullable=False),
    Index("ix_suppressions_company_id", "company_id"),
)

purged_periods = Table(
    "purged_periods",
    METADATA,
    Column("company_id", String, primary_key=True),
    Column("billing_period", String, primary_key=True),
    Column("purged_at", UtcDateTime, nullable=False),
)

# What was begun. A row goes when its certificate is written, in the same transaction.
retention_items = Table(
    "retention_items",
    METADATA,
    Column("item_key", String, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("item", String, nullable=False),
)

retention_runs = Table(
    "retention_runs",
    METADATA,
    Column("run_id", SERIAL, primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

retention_approvals = Table(
    "retention_approvals",
    METADATA,
    Column("plan_digest", String, primary_key=True),
    Column("requested_by", String, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    # How many rows each item had when its deletion was asked for.
    Column("planned_rows", JSON, nullable=False),
    Column("approved_by", String),
    Column("approved_at", UtcDateTime),
)

# Append-only: each row carries the hash of the one before it.
certificates = Table(
    "certificates",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("item_token", String, nullable=False),
    Column("plan_digest", String, nullable=False),
    Column("document", String, nullable=False),
    Column("previous_hash", String, nullable=False),
    Column("hash", String, nullable=False),
    UniqueConstraint("item_token", "plan_digest", name="uq_certificates_item_token"),
)
