"""Whose extracts there may be: every organization, what is unassigned, every company."""

from sqlalchemy import select

from warehouse.layout import Holder
from warehouse.registry.database import Database
from warehouse.registry.tables import companies, organizations
from warehouse.scope import UNASSIGNED


def every_holder(database: Database, *, removed: bool = True) -> list[Holder]:
    """Return everybody who holds extracts, or held them before he was removed."""
    of_organizations = select(organizations.c.company_id, organizations.c.organization_id)
    of_companies = select(companies.c.company_id)
    if not removed:
        of_organizations = of_organizations.where(organizations.c.removed_at.is_(None))
        of_companies = of_companies.where(companies.c.removed_at.is_(None))
    with database.read() as tx:
        holders = [Holder(*row) for row in tx.execute(of_organizations).tuples()]
        for company_id in tx.execute(of_companies).scalars():
            holders += [Holder(company_id, UNASSIGNED), Holder(company_id)]
    return holders
