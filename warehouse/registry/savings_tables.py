"""The registry's tables of AutoSavings: what is recommended, and what was decided about it."""

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from warehouse.registry.access_tables import COMPANY, ORGANIZATION
from warehouse.registry.tables import METADATA, UtcDateTime, one_of, unique_where

ACTION_KINDS: Final = ("buy", "queue", "exchange", "modify", "resell", "return")
ACTION_STATES: Final = ("proposed", "approved", "rejected", "expired", "executed", "failed")

commitment_recommendations = Table(
    "commitment_recommendations",
    METADATA,
    Column("recommendation_id", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    Column("organization_id", ForeignKey(ORGANIZATION), nullable=False),
    Column("run_date", Date, nullable=False),
    Column("known_until", UtcDateTime, nullable=False),
    Column("provider", String, nullable=False),
    Column("billing_currency", String, nullable=False),
    # Rows of one pool are alternatives, and so are pools of one usage: only the chosen add up.
    Column("pool", String, nullable=False),
    Column("is_chosen", Boolean, nullable=False),
    Column("program", String, nullable=False),
    Column("region_id", String),
    Column("instance_family", String),
    Column("term_months", Integer, nullable=False),
    Column("payment_option", String, nullable=False),
    Column("purchase_account_id", String, nullable=False),
    Column("rate_source", String, nullable=False),
    # Money and ratios as text: SQLite has no decimals.
    Column("figures", JSON, nullable=False),
    Column("reason_en", String, nullable=False),
    Column("reason_ko", String, nullable=False),
    UniqueConstraint(
        "organization_id", "run_date", "provider", "billing_currency", "pool", "term_months",
        "payment_option", name="uq_commitment_recommendations_offer",
    ),
    Index("ix_commitment_recommendations_company_id", "company_id"),
)  # fmt: skip

commitment_actions = Table(
    "commitment_actions",
    METADATA,
    Column("action_id", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    Column("organization_id", ForeignKey(ORGANIZATION), nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("account_id", String, nullable=False),
    # The pool bought in, or the commitment acted on.
    Column("subject", String, nullable=False),
    Column("recommendation_id", String),
    Column("commitment_id", String),
    # What is asked of the cloud, word for word: it is what gets approved.
    Column("order", JSON, nullable=False),
    Column("billing_currency", String, nullable=False),
    Column("committed_cost", String, nullable=False),
    Column("expected_monthly_savings", String, nullable=False),
    Column("base", String, nullable=False),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("proposed_by", String, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String),
    # Written before the cloud is asked: without an end, nobody knows what came of it.
    Column("attempted_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("result_id", String),
    Column("idempotency_token", String, nullable=False),
    Column("evidence", JSON, nullable=False),
    one_of("kind", ACTION_KINDS),
    one_of("state", ACTION_STATES),
    CheckConstraint("(decided_at is null) = (decided_by is null)", name="decision_has_an_author"),
    CheckConstraint(
        "state in ('proposed', 'expired') or decided_by is not null", name="decided_before_done"
    ),
    CheckConstraint("state = 'rejected' or decided_by <> proposed_by", name="four_eyes"),
    CheckConstraint(
        "state not in ('executed', 'failed') or attempted_at is not null", name="attempted"
    ),
    UniqueConstraint("idempotency_token", name="uq_commitment_actions_idempotency_token"),
    unique_where(
        "uq_commitment_actions_subject", "state in ('proposed', 'approved')",
        "organization_id", "kind", "subject",
    ),
    Index("ix_commitment_actions_company_id", "company_id"),
)  # fmt: skip

savings_fee_monthly = Table(
    "savings_fee_monthly",
    METADATA,
    Column("organization_id", ForeignKey(ORGANIZATION), primary_key=True),
    Column("provider", String, primary_key=True),
    Column("billing_currency", String, primary_key=True),
    Column("billing_period", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    *(
        Column(name, String, nullable=False)
        for name in (
            *("cost_without_managed", "cost_with_managed", "resale_gain", "true_up"),
            *("realized_savings", "loss_carry_in", "loss_carry_out", "fee_ratio", "fee"),
        )
    ),
    Column("is_final", Boolean, nullable=False),
    Index("ix_savings_fee_monthly_company_id", "company_id"),
)
