"""The registry's tables of people: members, what they may do, and what they asked for."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    UniqueConstraint,
)

from warehouse.registry.tables import METADATA, SERIAL, UtcDateTime, one_of, unique_where

COMPANY = "companies.company_id"
ORGANIZATION = "organizations.organization_id"
BUILT_IN_ROLES = ("admin", "member")


def one_role() -> CheckConstraint:
    """Hold that a grant carries a built-in role or one of the company's own, not both."""
    return CheckConstraint("(built_in_role is null) <> (role_id is null)", name="one_role")


members = Table(
    "members",
    METADATA,
    # Random: signing up again with the same e-mail makes another subject.
    Column("member_id", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    Column("email", String, nullable=False),
    Column("email_key", String, nullable=False),
    Column("name", String, nullable=False),
    Column("is_owner", Boolean, nullable=False),
    Column("is_external", Boolean, nullable=False),
    Column("marketing_consent_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("deactivated_at", UtcDateTime),
    Column("removed_at", UtcDateTime),
    CheckConstraint("not (is_owner and is_external)", name="external_owns_nothing"),
    unique_where("uq_members_email_key", "removed_at is null", "company_id", "email_key"),
)

# With an organization: a role to be granted there. Without: a template of the company.
roles = Table(
    "roles",
    METADATA,
    Column("role_id", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    Column("organization_id", ForeignKey(ORGANIZATION)),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False),
    Column("menus", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("name_key not in ('owner', 'admin', 'member')", name="reserved_name"),
    UniqueConstraint("role_id", "organization_id", name="uq_roles_organization_id"),
    unique_where("uq_roles_name_key", "organization_id is not null", "organization_id", "name_key"),
    unique_where("uq_roles_template_name_key", "organization_id is null", "company_id", "name_key"),
)

member_roles = Table(
    "member_roles",
    METADATA,
    Column("member_id", ForeignKey("members.member_id"), primary_key=True),
    Column("organization_id", ForeignKey(ORGANIZATION), primary_key=True),
    Column("built_in_role", String),
    Column("role_id", String),
    one_of("built_in_role", BUILT_IN_ROLES),
    one_role(),
    ForeignKeyConstraint(
        ["role_id", "organization_id"],
        ["roles.role_id", "roles.organization_id"],
        name="fk_member_roles_role_id",
    ),
    Index("ix_member_roles_organization_id", "organization_id"),
)

member_groups = Table(
    "member_groups",
    METADATA,
    Column("group_id", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False),
    Column("built_in_role", String),
    Column("role_id", ForeignKey("roles.role_id")),
    Column("created_at", UtcDateTime, nullable=False),
    one_of("built_in_role", BUILT_IN_ROLES),
    one_role(),
    UniqueConstraint("company_id", "name_key", name="uq_member_groups_name_key"),
)

group_organizations = Table(
    "group_organizations",
    METADATA,
    Column("group_id", ForeignKey("member_groups.group_id"), primary_key=True),
    Column("organization_id", ForeignKey(ORGANIZATION), primary_key=True),
    Index("ix_group_organizations_organization_id", "organization_id"),
)

group_members = Table(
    "group_members",
    METADATA,
    Column("group_id", ForeignKey("member_groups.group_id"), primary_key=True),
    Column("member_id", ForeignKey("members.member_id"), primary_key=True),
    Index("ix_group_members_member_id", "member_id"),
)

invitations = Table(
    "invitations",
    METADATA,
    Column("invitation_id", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    Column("organization_id", ForeignKey(ORGANIZATION), nullable=False),
    Column("email", String, nullable=False),
    Column("email_key", String, nullable=False),
    Column("is_external", Boolean, nullable=False),
    Column("built_in_role", String),
    Column("role_id", String),
    Column("secret_hash", String, nullable=False),
    Column("invited_by", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("accepted_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    one_of("built_in_role", BUILT_IN_ROLES),
    CheckConstraint("built_in_role is null or role_id is null", name="one_role"),
    ForeignKeyConstraint(
        ["role_id", "organization_id"],
        ["roles.role_id", "roles.organization_id"],
        name="fk_invitations_role_id",
    ),
    unique_where(
        "uq_invitations_email_key",
        "accepted_at is null and revoked_at is null",
        "company_id",
        "email_key",
    ),
)

api_keys = Table(
    "api_keys",
    METADATA,
    Column("key_id", String, primary_key=True),
    Column("member_id", ForeignKey("members.member_id"), nullable=False),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False),
    Column("secret_hash", String, nullable=False),
    Column("issued_by", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    UniqueConstraint("member_id", "name_key", name="uq_api_keys_name_key"),
)

billing_contacts = Table(
    "billing_contacts",
    METADATA,
    Column("company_id", ForeignKey(COMPANY), primary_key=True),
    Column("email_key", String, primary_key=True),
    Column("email", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# No foreign keys below: a hold and a request outlive what they speak of.
legal_holds = Table(
    "legal_holds",
    METADATA,
    Column("hold_id", String, primary_key=True),
    Column("company_id", String, nullable=False),
    Column("organization_id", String),
    Column("member_id", String),
    Column("reason", String, nullable=False),
    Column("placed_by", String, nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("lifted_at", UtcDateTime),
    CheckConstraint("organization_id is null or member_id is null", name="one_subject"),
    Index("ix_legal_holds_company_id", "company_id"),
)

deletion_requests = Table(
    "deletion_requests",
    METADATA,
    Column("organization_id", String, primary_key=True),
    Column("company_id", String, nullable=False),
    Column("requested_by", String, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("reason", String, nullable=False),
    Index("ix_deletion_requests_company_id", "company_id"),
)

# Whom a change was about. Apart from the history, whose rows never change.
history_subjects = Table(
    "history_subjects",
    METADATA,
    Column("history_id", SERIAL, primary_key=True, autoincrement=False),
    Column("member_id", String, primary_key=True),
    Index("ix_history_subjects_member_id", "member_id"),
)
