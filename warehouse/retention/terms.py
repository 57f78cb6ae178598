"""Which dates the data of a company gets: by its plan, its end, its requests, its events' days."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from warehouse.registry.tables import PLANS
from warehouse.retention import dates as when
from warehouse.retention.dates import Dates
from warehouse.retention.events import CompanyFacts
from warehouse.retention.policy import Policy, RetentionError

FREE_PLANS: Final = ("trial", "free")


@dataclass(frozen=True)
class Term:
    """Dates of what happened from one instant until another; None: since ever, for ever."""

    dates: Dates
    since: datetime | None = None
    until: datetime | None = None


def cost_rule(company: CompanyFacts) -> str:
    """Return the rule that speaks of a company's cost data. Raises RetentionError."""
    if company.plan not in PLANS:
        raise RetentionError(
            f"UNKNOWN_PLAN: {company.company_id} is on the plan {company.plan!r}, of which no rule"
            " speaks. Nothing was deleted. Put it on a plan that there is: `finhouse company plan`."
        )
    if company.withdrawn_at:
        return "R6"
    if company.trial_ended_at:
        return "R4"
    return "R2" if company.plan in FREE_PLANS else "R1"


def month(policy: Policy, company: CompanyFacts, billing_month: str) -> Dates:
    """Return when a billing month of a company goes."""
    if company.withdrawn_at:
        withdrawn_on = when.local_date(company.withdrawn_at, policy)
        return when.withdrawn_month(policy, withdrawn_on, billing_month)
    if company.trial_ended_at:
        ended = when.local_date(company.trial_ended_at, policy)
        return when.within(policy, ended, policy.months("R4"))
    if company.plan in FREE_PLANS:
        since = when.local_date(company.plan_since, policy)
        return when.free_plan(policy, since, billing_month)
    return _paid(policy, billing_month)


def _paid(policy: Policy, billing_month: str) -> Dates:
    dates, change = when.paid_month(policy, billing_month), policy.terms.cost.change
    if change is None:
        return dates
    before = when.paid_month(policy, billing_month, change.paid_months_before)
    return when.changed_promise(policy, before, dates, change.changed_on)


def early(policy: Policy, dates: Dates, asked_on: date, minimum: date) -> Dates:
    """Return the dates after a request for early deletion; a legal minimum still wins."""
    promised = asked_on + timedelta(days=policy.terms.early_deletion_days)
    not_before = max(asked_on, minimum)
    if promised >= dates.gone_before or not_before >= promised:
        return dates
    lead = timedelta(days=policy.terms.lead_days)
    return replace(
        dates,
        not_before=not_before,
        scheduled_on=max(not_before, promised - lead),
        gone_before=promised,
    )


def by_day(
    policy: Policy, moments: Iterable[datetime], dates_of: Callable[[date], Dates]
) -> list[Term]:
    """Give days that share their dates one term, so that whatever comes later of any day has one.

    Where a legal minimum counts from each event's own day, neighbours may go on different days.
    """
    days = sorted({when.local_date(at, policy) for at in moments})
    groups = [(dates, next(iter(its))) for dates, its in groupby(days, key=dates_of)]
    starts = [when.midnight_utc(first, policy) for _, first in groups[1:]]
    return [
        Term(dates, since, until)
        for (dates, _), since, until in zip(
            groups, [None, *starts], [*starts, None], strict=bool(groups)
        )
    ]
