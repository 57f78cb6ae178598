"""A company's reporting currency, and the exchange rates of its months."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("companies", sa.Column("reporting_currency", sa.String()))
    op.create_table(
        "exchange_rates",
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("company_id", "billing_period", "from_currency", "to_currency")
        ),
        sa.Column("rate", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "company_id",
            "billing_period",
            "from_currency",
            "to_currency",
            name=op.f("pk_exchange_rates"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.company_id"], name=op.f("fk_exchange_rates_company_id")
        ),
        sa.CheckConstraint(
            "length(billing_period) = 7", name=op.f("ck_exchange_rates_billing_period")
        ),
        sa.CheckConstraint(
            "from_currency <> to_currency", name=op.f("ck_exchange_rates_two_currencies")
        ),
    )


def downgrade() -> None:
    op.drop_table("exchange_rates")
    op.drop_column("companies", "reporting_currency")
