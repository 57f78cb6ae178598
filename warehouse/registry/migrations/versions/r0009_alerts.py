"""Who wants to be told of what, and what he was told."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TARGETS = {"company_id": "companies", "member_id": "members", "organization_id": "organizations"}


def upgrade() -> None:
    op.create_table(
        "alert_subscriptions",
        *(
            sa.Column(name, sa.String(), nullable=name in ("organization_id", "target"))
            for name in ("subscription_id", *TARGETS, "target", "language", "delivery")
        ),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("quiet_hours", sa.String()),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_alert_subscriptions")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.{column}"], name=op.f(f"fk_alert_subscriptions_{column}")
            )
            for column, table in TARGETS.items()
        ),
        sa.CheckConstraint(
            "language in ('en', 'ko')", name=op.f("ck_alert_subscriptions_language")
        ),
        sa.CheckConstraint(
            "delivery in ('immediate', 'daily')", name=op.f("ck_alert_subscriptions_delivery")
        ),
    )
    op.create_index("ix_alert_subscriptions_company_id", "alert_subscriptions", ["company_id"])
    op.create_table(
        "alert_notices",
        sa.Column("subscription_id", sa.String(), nullable=False),
        sa.Column("alert_key", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", "alert_key", name=op.f("pk_alert_notices")),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["alert_subscriptions.subscription_id"],
            name=op.f("fk_alert_notices_subscription_id"),
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("alert_notices")
    op.drop_table("alert_subscriptions")
