"""One word for the end of a hold: it is lifted."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table legal_holds rename column released_at to lifted_at")
    op.execute("update history set event_type = 'hold_lifted' where event_type = 'hold_released'")


def downgrade() -> None:
    op.execute("alter table legal_holds rename column lifted_at to released_at")
    op.execute("update history set event_type = 'hold_released' where event_type = 'hold_lifted'")
