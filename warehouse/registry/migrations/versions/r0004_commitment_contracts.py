"""Draw-down contracts, and what utilization an organization wants to be told of."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commitment_contracts",
        *(
            sa.Column(name, sa.String(), nullable=name == "billing_account_id")
            for name in (
                *("contract_id", "company_id", "organization_id", "name", "provider"),
                *("billing_account_id", "billing_currency", "commitment_cost"),
            )
        ),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_commitment_contracts")),
        _foreign_key("commitment_contracts", "company_id", "companies"),
        _foreign_key("commitment_contracts", "organization_id", "organizations"),
        sa.CheckConstraint("start_date <= last_date", name=op.f("ck_commitment_contracts_term")),
    )
    op.create_index("ix_commitment_contracts_company_id", "commitment_contracts", ["company_id"])
    op.create_table(
        "utilization_thresholds",
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("organization_id", "company_id", "utilization_ratio")
        ),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_utilization_thresholds")),
        _foreign_key("utilization_thresholds", "organization_id", "organizations"),
        _foreign_key("utilization_thresholds", "company_id", "companies"),
    )


def downgrade() -> None:
    op.drop_table("utilization_thresholds")
    op.drop_table("commitment_contracts")


def _foreign_key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.{column}"], name=op.f(f"fk_{table}_{column}")
    )
