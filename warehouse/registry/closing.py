"""What ends with an organization: every role in it, whoever held it, and its deliveries."""

from sqlalchemy import delete, update

from warehouse.registry.access_tables import (
    group_organizations,
    invitations,
    member_roles,
    roles,
)
from warehouse.registry.extract_tables import extract_schedules
from warehouse.registry.history import Author


def end_all_roles(author: Author, organization_id: str) -> None:
    """Take away grants and roles of an organization, invitations to it, and its deliveries."""
    tx = author.transaction
    for table in (member_roles, group_organizations, extract_schedules):
        tx.execute(delete(table).where(table.c.organization_id == organization_id))
    its = invitations.c.organization_id == organization_id
    tx.execute(update(invitations).where(its).values(role_id=None))
    is_open = invitations.c.accepted_at.is_(None) & invitations.c.revoked_at.is_(None)
    tx.execute(update(invitations).where(its & is_open).values(revoked_at=author.at))
    tx.execute(delete(roles).where(roles.c.organization_id == organization_id))
