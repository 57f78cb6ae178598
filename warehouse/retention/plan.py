"""What is due: a pure function of what happened, the policy, and what there is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from warehouse.retention import dates as when
from warehouse.retention import terms
from warehouse.retention.dates import Dates
from warehouse.retention.events import (
    CompanyFacts,
    Deletion,
    Departure,
    Events,
    HoldFacts,
    Stock,
)
from warehouse.retention.items import LEGAL_HOLD, OF_PEOPLE, SEPARATION, Item, Plan
from warehouse.retention.policy import Policy, RetentionError
from warehouse.retention.terms import Term

EARLY: Final = ("R5", "R6", "R7", "R14", *OF_PEOPLE)
"""What a withdrawn company may have deleted early. Billing records are kept by law."""


def make_plan(policy: Policy, events: Events, stocks: Iterable[Stock], as_of: date) -> Plan:
    """Give every due thing its rule, its size, its three dates and what blocks it."""
    of_company: dict[str, list[Stock]] = defaultdict(list)
    for stock in stocks:
        of_company[stock.company_id].append(stock)
    found = [_organization(policy, deletion) for deletion in events.deletions]
    for company in events.companies:
        found += _company(policy, company, of_company[company.company_id])
    ended = {each.company_id: each.withdrawn_at for each in events.companies}
    for departure in events.departures:
        left = _member(policy, departure)
        found.append(left)
        withdrawn_at = ended.get(departure.company_id)
        # Who leaves with his company leaves nothing of his own behind.
        if withdrawn_at is None or departure.removed_at < withdrawn_at:
            day = when.local_date(departure.removed_at, policy)
            found += _told(policy, left, day, of_company[departure.company_id])
    asked = {each.company_id: each.requested_at for each in events.early}
    items = (
        _sized(_held(policy, _hurried(policy, item, asked), events.holds), of_company)
        for item in found
    )
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
        emails=departure.emails,
        since=departure.since,
        until=departure.until,
    )


def _company(policy: Policy, company: CompanyFacts, its: Sequence[Stock]) -> list[Item]:
    company_id, rule = company.company_id, terms.cost_rule(company)
    found = []
    for month in sorted({each.billing_period for each in its} - {""}):
        dates, covers = terms.month(policy, company, month), _covered(policy, rule)
        key = f"{rule}/{company_id}/{month}"
        found.append(Item(key, rule, company_id, dates, covers, billing_period=month))
    if company.withdrawn_at:
        day = when.local_date(company.withdrawn_at, policy)
        found += [_at_once(policy, SEPARATION, company_id, day)]
        found += _ended(policy, company_id, day, "R5", "R7", "R14")
        found += _told(policy, found[-1], day, its) + _kept_by_law(policy, found[-1], day, its)
    elif company.trial_ended_at:
        day = when.local_date(company.trial_ended_at, policy)
        found += [_at_once(policy, "R3", company_id, day)]
        found += _ended(policy, company_id, day, "R4", "R5")
    return found


def _at_once(policy: Policy, rule: str, company_id: str, day: date) -> Item:
    dates = Dates(day, day, day + timedelta(days=1))
    return Item(f"{rule}/{company_id}", rule, company_id, dates, _covered(policy, rule))


def _ended(policy: Policy, company_id: str, day: date, *rules: str) -> list[Item]:
    return [
        Item(
            f"{rule}/{company_id}",
            rule,
            company_id,
            when.within(policy, day, policy.months(rule)),
            _covered(policy, rule),
        )
        for rule in rules
    ]


def _told(policy: Policy, left: Item, day: date, stocks: Iterable[Stock]) -> list[Item]:
    """R9 and R10: what the platform told of who left, a member or a company."""
    support = Term(when.within(policy, day, policy.months("R9")))
    logs = replace(left, classes=_covered(policy, "R10"), since=None, until=None)
    moments = [each.at for each in stocks if each.at and logs.contains(each)]
    by_day = terms.by_day(policy, moments, partial(when.access_log, policy, day))
    return [_of(policy, left, "R9", support), *(_of(policy, left, "R10", term) for term in by_day)]


def _kept_by_law(policy: Policy, left: Item, day: date, stocks: Iterable[Stock]) -> list[Item]:
    """R8: what was separated when the company withdrew, by the day of each transaction."""
    covers = _covered(policy, "R8")
    moments = [each.at for each in stocks if each.at and each.data_class in covers]
    by_day = terms.by_day(policy, moments, partial(when.billing_record, policy, day))
    return [_of(policy, left, "R8", term) for term in by_day]


def _of(policy: Policy, left: Item, rule: str, term: Term) -> Item:
    """What a rule says of who left: of his time at an address, and of the term's days."""
    return replace(
        left,
        key=f"{rule}/{left.member_id or left.company_id}/{term.dates.scheduled_on}",
        rule=rule,
        dates=term.dates,
        classes=_covered(policy, rule),
        since=max(filter(None, (left.since, term.since)), default=None),
        until=min(filter(None, (left.until, term.until)), default=None),
    )


def _hurried(policy: Policy, item: Item, asked: Mapping[str, datetime]) -> Item:
    """What a withdrawn company asked to go early goes so, but for what a law keeps."""
    if item.company_id not in asked or item.rule not in EARLY:
        return item
    day = when.local_date(asked[item.company_id], policy)
    minimum = item.dates.not_before if item.rule == "R10" else day
    return replace(item, dates=terms.early(policy, item.dates, day, minimum))


def _held(policy: Policy, item: Item, holds: Iterable[HoldFacts]) -> Item:
    its = [hold for hold in holds if covers(hold, item)]
    if any(hold.lifted_at is None for hold in its):
        return replace(item, blocked_by=LEGAL_HOLD)
    lifted = [hold.lifted_at for hold in its if hold.lifted_at]
    if not lifted:
        return item
    day = when.local_date(max(lifted), policy)
    return replace(item, dates=when.released(policy, item.dates, day))


def covers(hold: HoldFacts, item: Item) -> bool:
    """A hold on a company holds all of it; one on a part holds what contains the part."""
    if hold.company_id != item.company_id:
        return False
    if hold.organization_id:
        return item.organization_id in {hold.organization_id, ""} and not item.member_id
    if hold.member_id and item.rule in OF_PEOPLE:
        return item.member_id in {hold.member_id, ""}
    return hold.member_id in {None, item.member_id}


def _sized(item: Item, of_company: Mapping[str, Iterable[Stock]]) -> Item:
    its = [each for each in of_company[item.company_id] if item.contains(each)]
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
