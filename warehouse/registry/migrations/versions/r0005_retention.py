"""What must go: requests, suppressions, approvals, certificates."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("dropped_at", AT))
    op.create_table(
        "company_requests",
        *_text("company_id", "kind", "requested_by"),
        sa.Column("requested_at", AT, nullable=False),
        *_text("reason"),
        _key("company_requests", "company_id", "kind"),
        sa.CheckConstraint(
            "kind in ('trial_end', 'withdrawal', 'early_deletion')",
            name=op.f("ck_company_requests_kind"),
        ),
    )
    op.create_table(
        "suppressions",
        *_text("organization_id", "provider", "account_id"),
        sa.Column("suppressed_from", sa.Date(), nullable=False),
        sa.Column("suppressed_to", sa.Date()),
        *_text("company_id"),
        sa.Column("suppressed_at", AT, nullable=False),
        _key("suppressions", "organization_id", "provider", "account_id", "suppressed_from"),
    )
    op.create_index("ix_suppressions_company_id", "suppressions", ["company_id"])
    op.create_table(
        "purged_periods",
        *_text("company_id", "billing_period"),
        sa.Column("purged_at", AT, nullable=False),
        _key("purged_periods", "company_id", "billing_period"),
    )
    _create_engine_tables()


def _create_engine_tables() -> None:
    op.create_table(
        "retention_items",
        *_text("item_key"),
        sa.Column("started_at", AT, nullable=False),
        *_text("item"),
        _key("retention_items", "item_key"),
    )
    op.create_table(
        "retention_runs",
        sa.Column("run_id", SERIAL, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started_at", AT, nullable=False),
        _key("retention_runs", "run_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "retention_approvals",
        *_text("plan_digest", "requested_by"),
        sa.Column("requested_at", AT, nullable=False),
        sa.Column("planned_rows", sa.JSON(), nullable=False),
        sa.Column("approved_by", sa.String()),
        sa.Column("approved_at", AT),
        _key("retention_approvals", "plan_digest"),
    )
    op.create_table(
        "certificates",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        *_text("item_token", "plan_digest", "document", "previous_hash", "hash"),
        _key("certificates", "sequence"),
        sa.UniqueConstraint("item_token", "plan_digest", name="uq_certificates_item_token"),
    )


def downgrade() -> None:
    for table in ("certificates", "retention_approvals", "retention_runs", "retention_items"):
        op.drop_table(table)
    for table in ("purged_periods", "suppressions", "company_requests"):
        op.drop_table(table)
    op.drop_column("deliveries", "dropped_at")
