"""What is recommended to commit to, and what was decided and done about it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
RECOMMENDATIONS = "commitment_recommendations"
ACTIONS = "commitment_actions"
FEES = "savings_fee_monthly"


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _maybe(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String()) for name in names]


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _laws(table: str, *key: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint([column], [f"{owner}.{column}"], name=f"fk_{table}_{column}")
            for column, owner in (
                ("company_id", "companies"),
                ("organization_id", "organizations"),
            )
        ),
    ]


def upgrade() -> None:
    op.create_table(
        RECOMMENDATIONS,
        *_text("recommendation_id", "company_id", "organization_id"),
        sa.Column("run_date", sa.Date(), nullable=False),
        sa.Column("known_until", AT, nullable=False),
        *_text("provider", "billing_currency", "pool"),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        *_text("program"),
        *_maybe("region_id", "instance_family"),
        sa.Column("term_months", sa.Integer(), nullable=False),
        *_text("payment_option", "purchase_account_id", "rate_source"),
        _json("figures"),
        *_text("reason_en", "reason_ko"),
        *_laws(RECOMMENDATIONS, "recommendation_id"),
        sa.UniqueConstraint(
            "organization_id", "run_date", "provider", "billing_currency", "pool", "term_months",
            "payment_option", name="uq_commitment_recommendations_offer",
        ),
    )  # fmt: skip
    op.create_index("ix_commitment_recommendations_company_id", RECOMMENDATIONS, ["company_id"])
    _create_actions()


def _create_actions() -> None:
    op.create_table(
        ACTIONS,
        *_text("action_id", "company_id", "organization_id", "kind", "state", "provider"),
        *_text("account_id", "subject"),
        *_maybe("recommendation_id", "commitment_id"),
        _json("order"),
        *_text("billing_currency", "committed_cost", "expected_monthly_savings", "base"),
        sa.Column("proposed_at", AT, nullable=False),
        *_text("proposed_by"),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("decided_at", AT),
        *_maybe("decided_by"),
        sa.Column("attempted_at", AT),
        sa.Column("ended_at", AT),
        *_maybe("result_id"),
        *_text("idempotency_token"),
        _json("evidence"),
        *_laws(ACTIONS, "action_id"),
        *(
            sa.CheckConstraint(law, name=op.f(f"ck_{ACTIONS}_{name}"))
            for name, law in {
                "kind": "kind in ('buy', 'queue', 'exchange', 'modify', 'resell', 'return')",
                "state": "state in ('proposed', 'approved', 'rejected', 'expired', 'executed',"
                " 'failed')",
                "decision_has_an_author": "(decided_at is null) = (decided_by is null)",
                "decided_before_done": "state in ('proposed', 'expired') or decided_by is not null",
                "four_eyes": "state = 'rejected' or decided_by <> proposed_by",
                "attempted": "state not in ('executed', 'failed') or attempted_at is not null",
            }.items()
        ),
        sa.UniqueConstraint("idempotency_token", name="uq_commitment_actions_idempotency_token"),
    )
    is_open = sa.text("state in ('proposed', 'approved')")
    op.create_index(
        "uq_commitment_actions_subject", ACTIONS, ["organization_id", "kind", "subject"],
        unique=True, sqlite_where=is_open, postgresql_where=is_open,
    )  # fmt: skip
    op.create_index("ix_commitment_actions_company_id", ACTIONS, ["company_id"])
    _create_fees()


def _create_fees() -> None:
    op.create_table(
        FEES,
        *_text("organization_id", "provider", "billing_currency", "billing_period", "company_id"),
        *_text("cost_without_managed", "cost_with_managed", "resale_gain", "true_up"),
        *_text("realized_savings", "loss_carry_in", "loss_carry_out", "fee_ratio", "fee"),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        *_laws(FEES, "organization_id", "provider", "billing_currency", "billing_period"),
    )
    op.create_index("ix_savings_fee_monthly_company_id", FEES, ["company_id"])


def downgrade() -> None:
    op.drop_table(FEES)
    op.drop_table(ACTIONS)
    op.drop_table(RECOMMENDATIONS)
