"""Extracts that are written and delivered by the clock."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "extract_schedules"
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        TABLE,
        *(
            sa.Column(name, sa.String(), nullable=name in {"organization_id", "delivered_digest"})
            for name in (
                *("schedule_id", "company_id", "organization_id", "name", "name_key", "extract"),
                *("file_format", "rhythm", "destination", "secret", "delivered_digest"),
            )
        ),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("bom", sa.Boolean(), nullable=False),
        sa.Column("on_day", sa.SmallInteger(), nullable=False),
        sa.Column("months_back", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("checked_at", AT),
        sa.Column("delivered_at", AT),
        sa.PrimaryKeyConstraint("schedule_id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.company_id"], name=op.f(f"fk_{TABLE}_company_id")
        ),
        sa.CheckConstraint("rhythm in ('day', 'week', 'month')", name=op.f(f"ck_{TABLE}_rhythm")),
        sa.UniqueConstraint("company_id", "name_key", name=f"uq_{TABLE}_name_key"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
