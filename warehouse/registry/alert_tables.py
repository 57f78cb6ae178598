"""The registry's tables of alerts: who wants to be told of what, and what he was told."""

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table

from warehouse.registry.access_tables import COMPANY, ORGANIZATION
from warehouse.registry.tables import METADATA, UtcDateTime, one_of

LANGUAGES = ("en", "ko")
DELIVERIES = ("immediate", "daily")

alert_subscriptions = Table(
    "alert_subscriptions",
    METADATA,
    Column("subscription_id", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    # Whose rights cut what is told.
    Column("member_id", ForeignKey("members.member_id"), nullable=False),
    # Null: every organization that he may see.
    Column("organization_id", ForeignKey(ORGANIZATION)),
    Column("kinds", JSON, nullable=False),
    # Where the address of a channel is to be found, never the address; null: by e-mail.
    Column("target", String),
    Column("language", String, nullable=False),
    Column("delivery", String, nullable=False),
    # Hours of the recipient's clock, HH:MM-HH:MM.
    Column("quiet_hours", String),
    Column("time_zone", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    one_of("language", LANGUAGES),
    one_of("delivery", DELIVERIES),
    Index("ix_alert_subscriptions_company_id", "company_id"),
)

# What stands and was told. A row goes when its alert ends, so that the next one is told again.
alert_notices = Table(
    "alert_notices",
    METADATA,
    Column(
        "subscription_id",
        ForeignKey("alert_subscriptions.subscription_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("alert_key", String, primary_key=True),
    Column("told_at", UtcDateTime, nullable=False),
)
