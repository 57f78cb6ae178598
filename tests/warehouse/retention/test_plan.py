"""What is due when: of a company's life, its holds and its requests."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.retention.dates import add_months
from warehouse.retention.events import (
    CompanyFacts,
    Deletion,
    Departure,
    Early,
    Events,
    HoldFacts,
    Stock,
)
from warehouse.retention.items import LEGAL_HOLD, Item, Plan
from warehouse.retention.plan import make_plan
from warehouse.retention.policy import Policy, PromiseChange, RetentionError, load_policy

POLICY = load_policy()
NOON = datetime(2026, 2, 14, 3, tzinfo=UTC)
TODAY = NOON.date()
PAID = CompanyFacts("co", "standard", NOON)
STOCKS = [
    Stock("cost", "fct_daily_costs", "co", "org-a", "2026-01", 5),
    Stock("resource", "int_charges", "co", "org-b", "2026-01", 7),
    Stock("raw", "landing", "co", "", "2026-01", 9),
    Stock("cost", "fct_daily_costs", "another", "org-x", "2026-01", 100),
]


def plan_of(as_of: date = TODAY, policy: Policy = POLICY, **events: object) -> Plan:
    return make_plan(policy, Events(**events), STOCKS, as_of)  # type: ignore[arg-type]


def by_key(plan: Plan) -> dict[str, tuple[str, str, int]]:
    return {
        item.key: (str(item.dates.scheduled_on), str(item.dates.gone_before), item.rows)
        for item in plan.items
    }


def test_a_trial_that_ended_gives_up_detail_in_a_day_and_the_rest_in_three_months() -> None:
    ended = CompanyFacts("co", "trial", NOON, trial_ended_at=NOON)
    assert by_key(plan_of(companies=[ended])) == {
        "R3/co": ("2026-02-14", "2026-02-15", 16),
        "R4/co/2026-01": ("2026-05-11", "2026-05-14", 5),
        "R4/co": ("2026-05-11", "2026-05-14", 5),
        "R5/co": ("2026-08-11", "2026-08-14", 0),
    }


def test_a_free_company_loses_everything_a_year_after_it_began() -> None:
    free = CompanyFacts("co", "free", NOON)
    assert by_key(plan_of(companies=[free])) == {"R2/co/2026-01": ("2027-02-11", "2027-02-14", 21)}


def test_a_withdrawn_companys_data_outlives_its_window_unless_it_asks() -> None:
    gone = replace(PAID, withdrawn_at=NOON)
    normal = plan_of(companies=[gone])
    assert by_key(normal)["R6/co/2026-01"] == ("2026-08-15", "2026-08-18", 21)
    assert {item.rule for item in normal.items} == {"R5", "R6", "R7", "R14"}
    asked = plan_of(companies=[gone], early=[Early("co", NOON)])
    assert by_key(asked)["R6/co/2026-01"] == ("2026-02-16", "2026-02-19", 21)


def test_a_hold_keeps_what_it_covers_and_no_more() -> None:
    events = {
        "companies": [replace(PAID, withdrawn_at=NOON)],
        "deletions": [Deletion("co", "org-a", NOON), Deletion("co", "org-b", NOON)],
        "departures": [Departure("co", "mem-1", NOON), Departure("co", "mem-2", NOON)],
    }

    def held(*holds: HoldFacts) -> set[str]:
        plan = plan_of(**events, holds=holds)
        return {item.key for item in plan.items if item.blocked_by == LEGAL_HOLD}

    everything = {item.key for item in plan_of(**events).items}
    assert held(HoldFacts("co")) == everything
    assert held(HoldFacts("another")) == set()
    assert held(HoldFacts("co", member_id="mem-1")) == {"R7/mem-1"}
    kept = held(HoldFacts("co", organization_id="org-a"))
    assert {"R11/org-a", "R6/co/2026-01"} <= kept
    assert not kept & {"R11/org-b", "R7/mem-1", "R7/mem-2"}


def test_a_shorter_promise_waits_for_its_notice() -> None:
    change = PromiseChange(paid_months_before=36, changed_on=TODAY)
    cost = POLICY.terms.cost.model_copy(update={"default_paid_months": 13, "change": change})
    policy = replace(POLICY, terms=POLICY.terms.model_copy(update={"cost": cost}))
    stocks = [Stock("cost", "fct_daily_costs", "co", "org-a", month, 1) for month in ("2024-06",)]
    [item] = make_plan(policy, Events([PAID]), stocks, TODAY).items
    assert item.dates.scheduled_on == date(2026, 3, 16)
    assert item.dates.not_before >= date(2025, 8, 1)


def test_an_unknown_plan_stops_everything() -> None:
    with pytest.raises(RetentionError, match="UNKNOWN_PLAN: co is on the plan 'gold'"):
        plan_of(companies=[replace(PAID, plan="gold")])


DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
LONGEST = {"R1": 1096, "R2": 366, "R6": 1096, "R7": 92, "R9": 1097, "R10": 92, "R8": 1827}
"""Rule -> days that its term has at most; R1 and R6 from the month, the others from the event."""


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


@given(
    left=DAYS,
    happened=st.lists(DAYS, min_size=1, max_size=6),
    month=DAYS,
    minimum=st.integers(0, 6),
    asked=st.none() | st.integers(0, 180),
    plan=st.sampled_from(["free", "standard"]),
    withdrew=st.booleans(),
)
def test_nothing_that_is_planned_is_late_or_early_unless_it_says_so(
    left: date,
    happened: list[date],
    month: date,
    minimum: int,
    asked: int | None,
    plan: str,
    withdrew: bool,
) -> None:
    terms = POLICY.terms.model_copy(update={"access_log_minimum_months": minimum})
    company = CompanyFacts("co", plan, noon(left), withdrawn_at=noon(left) if withdrew else None)
    hurry = [Early("co", noon(left + timedelta(days=asked)))] if withdrew and asked else []
    stocks = [
        Stock("cost", "fct_daily_costs", "co", "org-a", f"{month:%Y-%m}", 1),
        Stock("support", "platform inquiries", "co", rows=1),
        *(
            Stock(data_class, data_class, "co", rows=1, at=noon(day))
            for data_class in ("access_log", "withheld")
            for day in happened
        ),
    ]
    events = Events([company], departures=[Departure("co", "mem-1", noon(left))], early=hurry)
    made = make_plan(replace(POLICY, terms=terms), events, stocks, left)
    logs = sum(item.rows for item in made.items if item.rule == "R10")
    assert logs == (len(happened) if withdrew else 0), "each log day has one term"
    for item in made.items:
        dates = item.dates
        assert dates.not_before <= dates.scheduled_on
        assert dates.conflict or dates.scheduled_on < dates.gone_before
        start = month.replace(day=1) if item.rule in {"R1", "R6"} else left
        if item.rule in LONGEST and not dates.conflict and (withdrew or item.rule != "R6"):
            assert dates.gone_before <= max(start, left) + timedelta(days=LONGEST[item.rule])
    for item in (each for each in made.items if each.rule in {"R8", "R10"}):
        newest = max(day for day in happened if item.contains(stock_of(item, day)))
        kept = 60 if item.rule == "R8" else minimum
        assert not kept or item.dates.scheduled_on > add_months(newest, kept)


def stock_of(item: Item, day: date) -> Stock:
    return Stock(next(iter(item.classes)), "", "co", rows=1, at=noon(day))
