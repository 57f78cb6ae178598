"""Forget names and e-mails in the registry. Ids are random: alone they tell nothing, and stay."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from warehouse.registry.access_tables import (
    billing_contacts,
    deletion_requests,
    history_subjects,
    invitations,
    members,
)
from warehouse.registry.alert_tables import alert_subscriptions
from warehouse.registry.budget_tables import budgets
from warehouse.registry.commitment_tables import commitment_contracts, utilization_thresholds
from warehouse.registry.savings_tables import (
    commitment_actions,
    commitment_recommendations,
    savings_fee_monthly,
)
from warehouse.registry.tables import (
    cloud_account_assignments,
    companies,
    connections,
    history,
    organizations,
)


def erase_organization(tx: Connection, organization_id: str) -> None:
    """Forget an organization's names, its accounts' names, and what was planned for it."""
    its = organizations.c.organization_id == organization_id
    tx.execute(
        update(organizations).where(its).values(name=organization_id, name_key=organization_id)
    )
    periods = cloud_account_assignments
    tx.execute(
        update(periods)
        .where(periods.c.organization_id == organization_id)
        .values(account_name=periods.c.account_id, name_key=periods.c.account_id)
    )
    for table in (
        alert_subscriptions,
        budgets,
        commitment_actions,
        commitment_contracts,
        commitment_recommendations,
        savings_fee_monthly,
        utilization_thresholds,
    ):
        tx.execute(delete(table).where(table.c.organization_id == organization_id))
    asked = deletion_requests.c.organization_id == organization_id
    tx.execute(update(deletion_requests).where(asked).values(reason=""))


def erase_optimisation(tx: Connection, company_id: str, billing_period: str) -> None:
    """Forget what was recommended to a company and done about it: of a month, or "" for ever."""
    runs, proposed = commitment_recommendations.c.run_date, commitment_actions.c.proposed_at
    of_runs, of_actions, of_fees = [], [], []
    if billing_period:
        first = datetime.fromisoformat(f"{billing_period}-01").replace(tzinfo=UTC)
        after = (first + timedelta(days=31)).replace(day=1)
        of_runs = [runs >= first.date(), runs < after.date()]
        of_actions = [proposed >= first, proposed < after]
        of_fees = [savings_fee_monthly.c.billing_period == billing_period]
    for table, of_month in (
        (commitment_recommendations, of_runs),
        (commitment_actions, of_actions),
        (savings_fee_monthly, of_fees),
    ):
        tx.execute(delete(table).where(table.c.company_id == company_id, *of_month))


def erase_company_names(tx: Connection, company_id: str) -> None:
    """Forget the names of a company and of its organizations and accounts."""
    its = companies.c.company_id == company_id
    tx.execute(update(companies).where(its).values(name=company_id, name_key=company_id))
    of_company = select(organizations.c.organization_id).where(
        organizations.c.company_id == company_id
    )
    for organization_id in tx.execute(of_company).scalars().all():
        erase_organization(tx, organization_id)


def erase_member(tx: Connection, member_id: str) -> None:
    """Forget who a removed member was; what he changed stays, by an id that nobody can resolve.

    Who came back under the same address, or was made a contact since, keeps what is his now.
    """
    is_it, member = members.c.member_id == member_id, members.c
    whose = select(member.company_id, member.email_key, member.removed_at)
    row = tx.execute(whose.where(is_it)).first()
    if row is None:
        return
    has_address = (member.company_id == row.company_id) & (member.email_key == row.email_key)
    came_back = select(member.member_id).where(has_address, member.removed_at.is_(None))
    for table in () if tx.execute(came_back).first() else (invitations, billing_contacts):
        same = (table.c.company_id == row.company_id) & (table.c.email_key == row.email_key)
        tx.execute(delete(table).where(same, table.c.created_at < row.removed_at))
    nobody = {"email": member_id, "email_key": member_id, "name": "", "marketing_consent_at": None}
    tx.execute(update(members).where(is_it).values(**nobody))


def erase_contacts(tx: Connection, company_id: str) -> None:
    """Forget everybody whom a withdrawn company had invited or sent invoices to."""
    for table in (invitations, billing_contacts):
        tx.execute(delete(table).where(table.c.company_id == company_id))


def erase_credentials(tx: Connection, company_id: str) -> None:
    """Forget how a company's connections signed in. Subscribing again means entering it anew."""
    its = connections.c.company_id == company_id
    tx.execute(update(connections).where(its).values(options={}, secret="chain"))  # noqa: S106


def erase_history(tx: Connection, company_id: str) -> None:
    """Forget every change in a company."""
    its = select(history.c.history_id).where(history.c.company_id == company_id)
    tx.execute(delete(history_subjects).where(history_subjects.c.history_id.in_(its)))
    tx.execute(delete(history).where(history.c.company_id == company_id))
