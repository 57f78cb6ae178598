"""Companies, organizations, connections, accounts, history, deliveries and publications.

Literal on purpose: a revision tells what was done then, whatever the tables become.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    create_companies()
    create_organizations()
    create_connections()
    create_accounts()
    create_assignments()
    create_history()
    create_deliveries()
    create_publications()


def downgrade() -> None:
    for table in (
        "publications",
        "deliveries",
        "history",
        "cloud_account_assignments",
        "cloud_accounts",
        "connections",
        "organizations",
        "companies",
    ):
        op.drop_table(table)


def text(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null, server_default=default)


def instant(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, INSTANT, nullable=null)


def check(name: str, sentence: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sentence, name=op.f(f"ck_{name}"))


def unique_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)


def create_companies() -> None:
    op.create_table(
        "companies",
        text("company_id"),
        text("name"),
        text("name_key"),
        text("plan"),
        instant("created_at"),
        instant("removed_at", null=True),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_companies")),
        check("companies_plan", "plan in ('trial', 'free', 'standard', 'premium', 'enterprise')"),
    )
    unique_where("uq_companies_name_key", "companies", ["name_key"], "removed_at is null")


def create_organizations() -> None:
    op.create_table(
        "organizations",
        text("organization_id"),
        text("company_id"),
        text("name"),
        text("name_key"),
        sa.Column("slot", sa.SmallInteger()),
        instant("created_at"),
        instant("removed_at", null=True),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organizations")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.company_id"], name=op.f("fk_organizations_company_id")
        ),
        check("organizations_slot", "slot between 1 and 10"),
        check("organizations_living_has_slot", "(slot is null) = (removed_at is not null)"),
        check("organizations_reserved_name", "name_key <> 'unassigned'"),
        check("organizations_reserved_id", "organization_id <> 'unassigned'"),
    )
    for column in ("slot", "name_key"):
        unique_where(
            f"uq_organizations_{column}",
            "organizations",
            ["company_id", column],
            "removed_at is null",
        )


def create_connections() -> None:
    op.create_table(
        "connections",
        text("connection_id"),
        text("company_id"),
        text("name"),
        text("name_key"),
        text("provider"),
        text("location"),
        text("export_name"),
        text("dataset"),
        sa.Column("options", sa.JSON(), nullable=False),
        text("secret"),
        instant("created_at"),
        instant("disconnected_at", null=True),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_connections")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.company_id"], name=op.f("fk_connections_company_id")
        ),
        check(
            "connections_secret_is_a_reference",
            "secret = 'chain' or substr(secret, 1, 4) = 'env:' or substr(secret, 1, 5) = 'file:'",
        ),
        sa.UniqueConstraint("company_id", "name_key", name="uq_connections_name_key"),
        sa.UniqueConstraint(
            "provider", "location", "export_name", name="uq_connections_export_name"
        ),
    )


def create_accounts() -> None:
    op.create_table(
        "cloud_accounts",
        text("provider"),
        text("account_id"),
        text("management_account_id", null=True),
        instant("created_at"),
        sa.PrimaryKeyConstraint("provider", "account_id", name=op.f("pk_cloud_accounts")),
    )


def create_assignments() -> None:
    table, account = "cloud_account_assignments", ["provider", "account_id"]
    op.create_table(
        table,
        text("provider"),
        text("account_id"),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("previous_valid_to", sa.Date()),
        text("organization_id"),
        text("account_name"),
        text("name_key"),
        sa.PrimaryKeyConstraint(*account, "valid_from", name=op.f(f"pk_{table}")),
        check(f"{table}_period", "valid_from < valid_to"),
        check(f"{table}_after_previous", "previous_valid_to <= valid_from"),
        sa.ForeignKeyConstraint(
            account,
            ["cloud_accounts.provider", "cloud_accounts.account_id"],
            name=f"fk_{table}_account",
        ),
        sa.ForeignKeyConstraint(
            [*account, "previous_valid_to"],
            [f"{table}.{column}" for column in (*account, "valid_to")],
            name=f"fk_{table}_previous",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.organization_id"],
            name=op.f(f"fk_{table}_organization_id"),
        ),
        sa.UniqueConstraint(*account, "valid_to", name="uq_assignments_valid_to"),
        sa.UniqueConstraint(*account, "previous_valid_to", name="uq_assignments_previous"),
    )
    unique_where("uq_assignments_open", table, account, "valid_to is null")
    unique_where("uq_assignments_first", table, account, "previous_valid_to is null")
    op.create_index("ix_assignments_organization_id", table, ["organization_id"])


def create_history() -> None:
    op.create_table(
        "history",
        sa.Column("history_id", SERIAL, nullable=False),
        instant("occurred_at"),
        text("company_id"),
        text("organization_id", null=True),
        text("actor"),
        text("event_type"),
        text("reason"),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.PrimaryKeyConstraint("history_id", name=op.f("pk_history")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_history_company_id", "history", ["company_id", "organization_id"])


def create_deliveries() -> None:
    op.create_table(
        "deliveries",
        text("connection_id"),
        text("billing_period"),
        text("delivery_id"),
        text("dataset"),
        text("file_type"),
        instant("submitted_at"),
        sa.Column("file_count", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        text("sha256", null=True),
        sa.Column("row_count", sa.BigInteger()),
        sa.Column("control_totals", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("has_net_costs", sa.Boolean(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        text("state"),
        text("message", default=""),
        instant("landed_at"),
        instant("published_at", null=True),
        sa.PrimaryKeyConstraint(
            "connection_id", "billing_period", "delivery_id", name=op.f("pk_deliveries")
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.connection_id"],
            name=op.f("fk_deliveries_connection_id"),
        ),
        check("deliveries_billing_period", "length(billing_period) = 7"),
        check(
            "deliveries_state",
            "state in ('landed', 'suspect', 'published', 'superseded', 'refused')",
        ),
        check(
            "deliveries_inspected",
            "state in ('refused', 'superseded') or (sha256 is not null and row_count is not null)",
        ),
    )
    unique_where(
        "uq_deliveries_published",
        "deliveries",
        ["connection_id", "billing_period"],
        "state = 'published'",
    )


def create_publications() -> None:
    op.create_table(
        "publications",
        sa.Column("publication_id", SERIAL, nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), nullable=False),
        instant("published_at"),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("pk_publications")),
        sqlite_autoincrement=True,
    )
