"""Nothing comes back: whose rows are dropped wherever they arrive, and which months are over."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, exists, insert, or_, select

from warehouse.registry.access_tables import deletion_requests, legal_holds
from warehouse.registry.assignments import PERIODS, Account
from warehouse.registry.history import Author
from warehouse.registry.retention_tables import purged_periods, suppressions
from warehouse.registry.tables import cloud_account_assignments, organizations
from warehouse.retention.admission import Span, suppressed_days


def suppress(author: Author, organization_id: str, held: Iterable[Account]) -> None:
    """Suppress what an organization held, before the first of its bytes is deleted.

    A period that ended before stays what it was; one that lasts until today has no end, so that
    late usage of an account that nobody took over is dropped too.
    """
    today = author.at.date()
    rows = [
        {
            "organization_id": organization_id,
            "provider": account.provider,
            "account_id": account.account_id,
            "suppressed_from": account.valid_from,
            "suppressed_to": None if account.is_held_on(today) else account.valid_to,
            "company_id": author.company_id,
            "suppressed_at": author.at,
        }
        for account in held
    ]
    if rows:
        author.transaction.execute(insert(suppressions), rows)


def suppressed_organizations(tx: Connection) -> frozenset[str]:
    """Return the organizations that are to be deleted and that no hold keeps."""
    is_held = exists().where(
        legal_holds.c.company_id == deletion_requests.c.company_id,
        legal_holds.c.lifted_at.is_(None),
        legal_holds.c.member_id.is_(None),
        or_(
            legal_holds.c.organization_id.is_(None),
            legal_holds.c.organization_id == deletion_requests.c.organization_id,
        ),
    )
    found = select(deletion_requests.c.organization_id).where(~is_held)
    return frozenset(tx.execute(found).scalars())


def suppressed_spans(tx: Connection) -> list[tuple[str, Span]]:
    """Return company and days of the accounts whose rows are dropped, no day twice."""
    gone = suppressed_organizations(tx)
    dropped: dict[str, list[Span]] = {}
    query = select(suppressions).where(suppressions.c.organization_id.in_(gone))
    for row in tx.execute(query).mappings():
        span = Span(
            row["provider"], row["account_id"], row["suppressed_from"], row["suppressed_to"]
        )
        dropped.setdefault(row["company_id"], []).append(span)
    held = _held(tx, gone) if dropped else {}
    return [
        (company_id, span)
        for company_id, spans in sorted(dropped.items())
        for span in suppressed_days(spans, held.get(company_id, []))
    ]


def _held(tx: Connection, gone: frozenset[str]) -> dict[str, list[Span]]:
    query = select(
        organizations.c.company_id,
        PERIODS.c.provider,
        PERIODS.c.account_id,
        PERIODS.c.valid_from,
        PERIODS.c.valid_to,
    ).join(organizations, PERIODS.c.organization_id == organizations.c.organization_id)
    held: dict[str, list[Span]] = {}
    is_left = cloud_account_assignments.c.organization_id.not_in(gone)
    for company_id, *span in tx.execute(query.where(is_left)):
        held.setdefault(company_id, []).append(Span(*span))
    return held


def purge(tx: Connection, company_id: str, billing_period: str, now: datetime) -> None:
    """Note, once, that a month's term is over, before the first of its bytes is deleted."""
    if billing_period not in purged(tx, company_id):
        key = {"company_id": company_id, "billing_period": billing_period}
        tx.execute(insert(purged_periods).values(**key, purged_at=now))


def purged(tx: Connection, company_id: str) -> frozenset[str]:
    """Return the months of a company whose term is over: no delivery of them is loaded."""
    query = select(purged_periods.c.billing_period)
    found = tx.execute(query.where(purged_periods.c.company_id == company_id))
    return frozenset(found.scalars())
