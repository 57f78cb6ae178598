"""Budgets of organizations."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

REQUIRED = (
    *("budget_id", "company_id", "organization_id", "name", "recurrence", "budget_cost"),
    *("billing_currency", "first_period"),
)
NARROWING = ("sub_account_id", "service_name", "tag_key", "tag_value")


def upgrade() -> None:
    op.create_table(
        "budgets",
        *(sa.Column(name, sa.String(), nullable=False) for name in REQUIRED),
        *(sa.Column(name, sa.String()) for name in NARROWING),
        sa.Column("thresholds", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("budget_id", name=op.f("pk_budgets")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{target}.{column}"], name=op.f(f"fk_budgets_{column}")
            )
            for column, target in (
                ("company_id", "companies"),
                ("organization_id", "organizations"),
            )
        ),
        sa.CheckConstraint("recurrence in ('month', 'year')", name=op.f("ck_budgets_recurrence")),
        sa.CheckConstraint("(tag_key is null) = (tag_value is null)", name=op.f("ck_budgets_tag")),
    )
    op.create_index("ix_budgets_company_id", "budgets", ["company_id"])


def downgrade() -> None:
    op.drop_table("budgets")
