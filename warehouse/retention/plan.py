"""What is due: a pure function of what happened, the policy, and what there is."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from warehouse.retention import dates as when
from warehouse.retention.dates import Dates
from warehouse.retention.events import (
    CompanyFacts,
    Deletion,
    Departure,
    Early,
    Events,
    HoldFacts,
    Stock,
)
from warehouse.retention.policy import Policy, RetentionError

LEGAL_HOLD: Final = "legal_hold"
FREE_PLANS: Final = ("trial", "free")


@dataclass(frozen=True)
class Item:
    """One thing that is to be deleted as a whole. Its key names rule and subject."""

    key: str
    rule: str
    company_id: str
    dates: Dates
    classes: frozenset[str]
    datasets: tuple[str, ...] = ()
    organization_id: str = ""
    billing_period: str = ""
    member_id: str = ""
    rows: int = 0
    bytes: int = 0
    blocked_by: str = ""

    @property
    def of_stock(self) -> bool:
        """Tell whether it is made of data alone: a month, or what a trial must give up."""
        return bool(self.billing_period) or self.rule == "R3"

    def contains(self, stock: Stock) -> bool:
        """Tell whether data belongs to what is to be deleted."""
        return (
            not self.member_id
            and stock.company_id == self.company_id
            and stock.data_class in self.classes
            and self.organization_id in {"", stock.organization_id}
            and self.billing_period in {"", stock.billing_period}
        )

    def is_due(self, as_of: date) -> bool:
        """Tell whether it is to be deleted on a day."""
        return not self.blocked_by and self.dates.scheduled_on <= as_of


@dataclass(frozen=True)
class Plan:
    """Everything that has a date, by when it goes."""

    as_of: date
    policy_digest: str
    items: tuple[Item, ...]

    @property
    def due(self) -> tuple[Item, ...]:
        """What is to be deleted on the day of the plan."""
        return tuple(item for item in self.items if item.is_due(self.as_of))

    @property
    def digest(self) -> str:
        """Hash of what an approval binds: the policy, the things and their dates.

        Not their size: rows that arrive after the approval are deleted too, and reported.
        """
        told = [[item.key, str(item.dates.scheduled_on)] for item in self.due]
        text = json.dumps([str(self.as_of), self.policy_digest, told])
        return hashlib.sha256(text.encode()).hexdigest()


def make_plan(policy: Policy, events: Events, stocks: Iterable[Stock], as_of: date) -> Plan:
    """Give every due thing its rule, its size, its three dates and what blocks it."""
    stocks = list(stocks)
    found = [_organization(policy, deletion) for deletion in events.deletions]
    for company in events.companies:
        found += _company(policy, company, stocks, events.early)
    found += [_member(policy, departure) for departure in events.departures]
    items = (_sized(_held(policy, item, events.holds), stocks) for item in found)
    ordered = sorted(items, key=lambda item: (item.dates.gone_before, item.key))
    return Plan(as_of, policy.digest, tuple(item for item in ordered if _is_there(item)))


def _organization(policy: Policy, deletion: Deletion) -> Item:
    day = when.local_date(deletion.requested_at, policy)
    return Item(
        f"R11/{deletion.organization_id}",
        "R11",
        deletion.company_id,
        Dates(day, day, day + timedelta(days=1)),
        _covered(policy, "R11"),
        organization_id=deletion.organization_id,
    )


def _member(policy: Policy, departure: Departure) -> Item:
    day = when.local_date(departure.removed_at, policy)
    return Item(
        f"R7/{departure.member_id}",
        "R7",
        departure.company_id,
        when.within(policy, day, policy.months("R7")),
        _covered(policy, "R7"),
        member_id=departure.member_id,
    )


def _company(
    policy: Policy, company: CompanyFacts, stocks: Iterable[Stock], early: Iterable[Early]
) -> list[Item]:
    its = [each for each in stocks if each.company_id == company.company_id]
    rule = _cost_rule(company)
    asked = [each.requested_at for each in early if each.company_id == company.company_id]
    found = []
    for month in sorted({each.billing_period for each in its} - {""}):
        dates = _month(policy, company, month)
        if asked and rule == "R6":
            dates = _early(policy, dates, when.local_date(min(asked), policy))
        key = f"{rule}/{company.company_id}/{month}"
        covers = _covered(policy, rule)
        found.append(Item(key, rule, company.company_id, dates, covers, billing_period=month))
    if company.trial_ended_at and not company.withdrawn_at:
        day = when.local_date(company.trial_ended_at, policy)
        dates = Dates(day, day, day + timedelta(days=1))
        covers = _covered(policy, "R3")
        found.append(Item(f"R3/{company.company_id}", "R3", company.company_id, dates, covers))
    ended = company.withdrawn_at or company.trial_ended_at
    if ended:
        day = when.local_date(ended, policy)
        for named in ("R5", "R7", "R14") if company.withdrawn_at else ("R4", "R5"):
            dates = when.within(policy, day, policy.months(named))
            key, covers = f"{named}/{company.company_id}", _covered(policy, named)
            found.append(Item(key, named, company.company_id, dates, covers))
    return found


def _cost_rule(company: CompanyFacts) -> str:
    if company.withdrawn_at:
        return "R6"
    if company.trial_ended_at:
        return "R4"
    return "R2" if company.plan in FREE_PLANS else "R1"


def _month(policy: Policy, company: CompanyFacts, month: str) -> Dates:
    if company.withdrawn_at:
        return when.withdrawn_month(policy, when.local_date(company.withdrawn_at, policy), month)
    if company.trial_ended_at:
        ended = when.local_date(company.trial_ended_at, policy)
        return when.within(policy, ended, policy.months("R4"))
    if company.plan in FREE_PLANS:
        return when.free_plan(policy, when.local_date(company.plan_since, policy), month)
    return _paid(policy, month)


def _paid(policy: Policy, month: str) -> Dates:
    dates, change = when.paid_month(policy, month), policy.terms.cost.change
    if change is None:
        return dates
    before = when.paid_month(policy, month, change.paid_months_before)
    return when.changed_promise(policy, before, dates, change.changed_on)


def _early(policy: Policy, dates: Dates, asked_on: date) -> Dates:
    promised = asked_on + timedelta(days=policy.terms.early_deletion_days)
    if promised >= dates.gone_before:
        return dates
    lead = timedelta(days=policy.terms.lead_days)
    return Dates(asked_on, max(asked_on, promised - lead), promised)


def _held(policy: Policy, item: Item, holds: Iterable[HoldFacts]) -> Item:
    its = [hold for hold in holds if _holds(hold, item)]
    if any(hold.released_at is None for hold in its):
        return replace(item, blocked_by=LEGAL_HOLD)
    released = [hold.released_at for hold in its if hold.released_at]
    if not released:
        return item
    day = when.local_date(max(released), policy)
    return replace(item, dates=when.released(policy, item.dates, day))


def _holds(hold: HoldFacts, item: Item) -> bool:
    """A hold on a company holds all of it; one on a part holds what contains the part."""
    if hold.company_id != item.company_id:
        return False
    if hold.organization_id:
        return item.organization_id in {hold.organization_id, ""} and not item.member_id
    return hold.member_id in {None, item.member_id}


def _sized(item: Item, stocks: Iterable[Stock]) -> Item:
    its = [each for each in stocks if item.contains(each)]
    return replace(
        item,
        datasets=tuple(sorted({each.dataset for each in its})),
        rows=sum(each.rows for each in its),
        bytes=sum(each.bytes for each in its),
    )


def _is_there(item: Item) -> bool:
    """Data is there while it has rows; a registration, as long as nobody certified that it went."""
    return not item.of_stock or bool(item.datasets)


def _covered(policy: Policy, rule: str) -> frozenset[str]:
    try:
        return frozenset(policy.terms.rules[rule].covers)
    except KeyError as error:
        raise RetentionError(f"POLICY_INVALID: there is no rule {rule}.") from error
