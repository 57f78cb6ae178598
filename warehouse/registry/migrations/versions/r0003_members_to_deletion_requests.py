"""Members, roles, groups, invitations, keys, contacts, holds and deletion requests.

Literal on purpose: a revision tells what was done then, whatever the tables become.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    create_members()
    create_roles()
    create_member_roles()
    create_groups()
    create_invitations()
    create_keys()
    create_contacts()
    create_holds_and_requests()
    create_subjects()


def downgrade() -> None:
    for table in (
        "history_subjects",
        "deletion_requests",
        "legal_holds",
        "billing_contacts",
        "api_keys",
        "invitations",
        "group_members",
        "group_organizations",
        "member_groups",
        "member_roles",
        "roles",
        "members",
    ):
        op.drop_table(table)


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def instant(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, INSTANT, nullable=null)


def check(name: str, sentence: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sentence, name=op.f(f"ck_{name}"))


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.{column}"], name=op.f(f"fk_{table}_{column}"))


def role_of_its_organization(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["role_id", "organization_id"],
        ["roles.role_id", "roles.organization_id"],
        name=f"fk_{table}_role_id",
    )


def unique_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)


def built_in(table: str) -> sa.CheckConstraint:
    return check(f"{table}_built_in_role", "built_in_role in ('admin', 'member')")


def one_role(table: str) -> sa.CheckConstraint:
    return check(f"{table}_one_role", "(built_in_role is null) <> (role_id is null)")


def create_members() -> None:
    op.create_table(
        "members",
        text("member_id"),
        text("company_id"),
        text("email"),
        text("email_key"),
        text("name"),
        flag("is_owner"),
        flag("is_external"),
        instant("marketing_consent_at", null=True),
        instant("created_at"),
        instant("deactivated_at", null=True),
        instant("removed_at", null=True),
        key("members", "member_id"),
        refers("members", "company_id", "companies"),
        check("members_external_owns_nothing", "not (is_owner and is_external)"),
    )
    unique_where(
        "uq_members_email_key", "members", ["company_id", "email_key"], "removed_at is null"
    )


def create_roles() -> None:
    op.create_table(
        "roles",
        text("role_id"),
        text("company_id"),
        text("organization_id", null=True),
        text("name"),
        text("name_key"),
        sa.Column("menus", sa.JSON(), nullable=False),
        instant("created_at"),
        key("roles", "role_id"),
        refers("roles", "company_id", "companies"),
        refers("roles", "organization_id", "organizations"),
        check("roles_reserved_name", "name_key not in ('owner', 'admin', 'member')"),
        sa.UniqueConstraint("role_id", "organization_id", name="uq_roles_organization_id"),
    )
    unique_where(
        "uq_roles_name_key", "roles", ["organization_id", "name_key"], "organization_id is not null"
    )
    unique_where(
        "uq_roles_template_name_key",
        "roles",
        ["company_id", "name_key"],
        "organization_id is null",
    )


def create_member_roles() -> None:
    table = "member_roles"
    op.create_table(
        table,
        text("member_id"),
        text("organization_id"),
        text("built_in_role", null=True),
        text("role_id", null=True),
        key(table, "member_id", "organization_id"),
        refers(table, "member_id", "members"),
        refers(table, "organization_id", "organizations"),
        built_in(table),
        one_role(table),
        role_of_its_organization(table),
    )
    op.create_index("ix_member_roles_organization_id", table, ["organization_id"])


def create_groups() -> None:
    op.create_table(
        "member_groups",
        text("group_id"),
        text("company_id"),
        text("name"),
        text("name_key"),
        text("built_in_role", null=True),
        text("role_id", null=True),
        instant("created_at"),
        key("member_groups", "group_id"),
        refers("member_groups", "company_id", "companies"),
        refers("member_groups", "role_id", "roles"),
        built_in("member_groups"),
        one_role("member_groups"),
        sa.UniqueConstraint("company_id", "name_key", name="uq_member_groups_name_key"),
    )
    for table, column, to in (
        ("group_organizations", "organization_id", "organizations"),
        ("group_members", "member_id", "members"),
    ):
        op.create_table(
            table,
            text("group_id"),
            text(column),
            key(table, "group_id", column),
            refers(table, "group_id", "member_groups"),
            refers(table, column, to),
        )
        op.create_index(f"ix_{table}_{column}", table, [column])


def create_invitations() -> None:
    table = "invitations"
    op.create_table(
        table,
        text("invitation_id"),
        text("company_id"),
        text("organization_id"),
        text("email"),
        text("email_key"),
        flag("is_external"),
        text("built_in_role", null=True),
        text("role_id", null=True),
        text("secret_hash"),
        text("invited_by"),
        instant("created_at"),
        instant("expires_at"),
        instant("accepted_at", null=True),
        instant("revoked_at", null=True),
        key(table, "invitation_id"),
        refers(table, "company_id", "companies"),
        refers(table, "organization_id", "organizations"),
        built_in(table),
        check("invitations_one_role", "built_in_role is null or role_id is null"),
        role_of_its_organization(table),
    )
    unique_where(
        "uq_invitations_email_key",
        table,
        ["company_id", "email_key"],
        "accepted_at is null and revoked_at is null",
    )


def create_keys() -> None:
    op.create_table(
        "api_keys",
        text("key_id"),
        text("member_id"),
        text("name"),
        text("name_key"),
        text("secret_hash"),
        text("issued_by"),
        instant("created_at"),
        instant("disabled_at", null=True),
        key("api_keys", "key_id"),
        refers("api_keys", "member_id", "members"),
        sa.UniqueConstraint("member_id", "name_key", name="uq_api_keys_name_key"),
    )


def create_contacts() -> None:
    op.create_table(
        "billing_contacts",
        text("company_id"),
        text("email_key"),
        text("email"),
        instant("created_at"),
        key("billing_contacts", "company_id", "email_key"),
        refers("billing_contacts", "company_id", "companies"),
    )


def create_holds_and_requests() -> None:
    op.create_table(
        "legal_holds",
        text("hold_id"),
        text("company_id"),
        text("organization_id", null=True),
        text("member_id", null=True),
        text("reason"),
        text("placed_by"),
        instant("placed_at"),
        instant("released_at", null=True),
        key("legal_holds", "hold_id"),
        check("legal_holds_one_subject", "organization_id is null or member_id is null"),
    )
    op.create_table(
        "deletion_requests",
        text("organization_id"),
        text("company_id"),
        text("requested_by"),
        instant("requested_at"),
        text("reason"),
        key("deletion_requests", "organization_id"),
    )
    for table in ("legal_holds", "deletion_requests"):
        op.create_index(f"ix_{table}_company_id", table, ["company_id"])


def create_subjects() -> None:
    op.create_table(
        "history_subjects",
        sa.Column("history_id", SERIAL, autoincrement=False, nullable=False),
        text("member_id"),
        key("history_subjects", "history_id", "member_id"),
    )
    op.create_index("ix_history_subjects_member_id", "history_subjects", ["member_id"])
