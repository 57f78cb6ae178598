"""When something must go: pure functions of an event's day and the policy.

Months are calendar months, clamped to the month's end, never blocks of 30 days. Upper bounds take
the earliest reading, minimums the latest.
"""

import calendar
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from warehouse.retention.policy import Policy, check_paid_months

MIN_AFTER_MAX: Final = "min_after_max"


@dataclass(frozen=True)
class Dates:
    """The three local dates of a due thing. Gone before means: at 00:00 of that day it is gone."""

    not_before: date
    scheduled_on: date
    gone_before: date
    conflict: str | None = None
    """Set when a legal minimum reaches the upper bound: the minimum wins."""


def local_date(at: datetime, policy: Policy) -> date:
    """Return the day of an instant where the policy counts days."""
    return at.astimezone(policy.zone).date()


def midnight_utc(day: date, policy: Policy) -> datetime:
    """Return the instant at which a local day begins."""
    return datetime.combine(day, time.min, tzinfo=policy.zone).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Add calendar months; a day that the month does not have becomes its last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def first_day(billing_month: str) -> date:
    """Return the first day of a billing month `YYYY-MM`: the provider's, never a local one."""
    return date.fromisoformat(f"{billing_month}-01")


def within(policy: Policy, event: date, months: int, minimum: date | None = None) -> Dates:
    """Return the dates of an "at most so many months after" term, with a legal minimum or none."""
    gone = add_months(event, months)
    not_before = max(event, minimum or event)
    scheduled = max(gone - timedelta(days=policy.terms.lead_days), not_before)
    return Dates(not_before, scheduled, gone, MIN_AFTER_MAX if not_before >= gone else None)


def paid_month(policy: Policy, billing_month: str, paid_months: int | None = None) -> Dates:
    """R1: a billing month of a paid plan. Raises RetentionError for months out of range."""
    cost = policy.terms.cost
    kept = check_paid_months(
        policy, cost.default_paid_months if paid_months is None else paid_months
    )
    start, lead = first_day(billing_month), timedelta(days=policy.terms.lead_days)
    cap = add_months(start, cost.cap_months)
    target = add_months(start, kept + 1)
    return Dates(
        add_months(start, cost.minimum_months + 1),
        min(target, cap - lead),
        min(target + lead, cap),
    )


def free_plan(policy: Policy, anchor: date, billing_month: str | None = None) -> Dates:
    """R2: all of it a year after the trial's start or the downgrade; the cap still holds."""
    dates = within(policy, anchor, policy.terms.cost.free_months)
    if billing_month is None:
        return dates
    cap = add_months(first_day(billing_month), policy.terms.cost.cap_months)
    gone = min(dates.gone_before, cap)
    scheduled = gone - timedelta(days=policy.terms.lead_days)
    return Dates(min(anchor, scheduled), scheduled, gone)


def withdrawn_month(policy: Policy, withdrawn_on: date, billing_month: str) -> Dates:
    """R6: kept through the window for requests, unless the cap of R1 comes first."""
    lead = timedelta(days=policy.terms.lead_days)
    longest = paid_month(policy, billing_month, policy.terms.cost.longest_paid_months)
    after_window = window_end(policy, withdrawn_on) + timedelta(days=1)
    if longest.scheduled_on < after_window:
        return replace(longest, gone_before=min(longest.gone_before, after_window + lead))
    return Dates(after_window, after_window, min(after_window + lead, longest.gone_before))


def window_end(policy: Policy, withdrawn_on: date) -> date:
    """Return the last day on which a withdrawn company may ask for a backup or early deletion."""
    return add_months(withdrawn_on, policy.terms.request_window_months)


def billing_record(policy: Policy, withdrawn_on: date, transaction_on: date) -> Dates:
    """R8: between the legal minimum after the transaction and the maximum after withdrawal."""
    rule = policy.terms.rules["R8"]
    minimum = add_months(transaction_on, rule.minimum_months or 0) + timedelta(days=1)
    return within(policy, withdrawn_on, policy.months("R8"), minimum)


def access_log(
    policy: Policy, event: date, log_on: date, minimum_months: int | None = None
) -> Dates:
    """R10: at most three months, and where a law asks for a minimum per log day, not earlier."""
    kept = policy.terms.access_log_minimum_months if minimum_months is None else minimum_months
    minimum = add_months(log_on, kept) + timedelta(days=1) if kept else None
    return within(policy, event, policy.months("R10"), minimum)


def released(policy: Policy, dates: Dates, released_on: date) -> Dates:
    """Return the dates after a legal hold: some days after its release, or the normal ones."""
    gone = released_on + timedelta(days=policy.terms.hold_release_days)
    if gone <= dates.gone_before:
        return dates
    not_before = max(released_on, dates.not_before)
    scheduled = max(gone - timedelta(days=policy.terms.lead_days), not_before)
    return Dates(not_before, scheduled, max(gone, scheduled), dates.conflict)


def changed_promise(policy: Policy, old: Dates, new: Dates, changed_on: date) -> Dates:
    """Return the dates after a promise grew or shrank on a day.

    Growing it in time keeps the month; shrinking it deletes nothing before a notice, and nothing
    later than the old promise did.
    """
    if new.gone_before >= old.gone_before:
        return new if changed_on < old.scheduled_on else old
    lead = timedelta(days=policy.terms.lead_days)
    notice = changed_on + timedelta(days=policy.terms.notice_days)
    gone = min(max(new.gone_before, notice + lead), old.gone_before)
    scheduled = min(max(new.scheduled_on, notice), gone - lead)
    return Dates(min(max(new.not_before, notice), scheduled), scheduled, gone)


def overdue_days(dates: Dates, today: date) -> int:
    """Return how many days something is past the day on which it was scheduled."""
    return max((today - dates.scheduled_on).days, 0)
