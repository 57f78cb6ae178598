"""The worked answers of the retention rules, each by its id."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.registry.errors import OwnerNeededError
from warehouse.retention import dates as when
from warehouse.retention.admission import SUPPRESSED, Span, refusal, suppressed_days
from warehouse.retention.dates import Dates, midnight_utc
from warehouse.retention.events import (
    CompanyFacts,
    Deletion,
    Events,
    HoldFacts,
    Stock,
)
from warehouse.retention.items import Item, Plan
from warehouse.retention.plan import make_plan
from warehouse.retention.policy import POLICY_FILE, Policy, RetentionError, load_policy
from warehouse.retention.requests import backup, early_deletion, unpaid_invoice

CASES: Final = Path(__file__).parents[4] / "shared" / "cases" / "retention.csv"
ROWS: Final = list(csv.DictReader(CASES.read_text("utf-8").splitlines())) if CASES.exists() else []
NEEDS_CASES: Final = "needs the worked cases beside the checkout (shared/cases/retention.csv)"
Given = dict[str, Any]

ITEMS: Final = {"profile": "R7", "all": "R4", "company_name": "R5", "support": "R9"}
"""Items whose dates are one term after the event -> the rule."""


def policy_in(zone: str) -> Policy:
    policy = load_policy()
    return Policy(policy.terms.model_copy(update={"time_zone": zone}), policy.digest)


def event_day(policy: Policy, given: Given) -> date:
    """The first delivery of an event counts; an instant counts by its local day."""
    if "ts" in given:
        return when.local_date(datetime.fromisoformat(given["ts"]), policy)
    days = given.get("local_dates") or [given["local_date"]]
    return min(date.fromisoformat(day) for day in days)


def due(policy: Policy, given: Given) -> Dates:  # noqa: PLR0911 - a table of items
    """The dates of one item after one event."""
    day, item = event_day(policy, given), given.get("item")
    if item == "billing":
        return when.billing_record(policy, day, date.fromisoformat(given["transaction_date"]))
    if item == "access_log":
        log_on = date.fromisoformat(given.get("log_date", str(day)))
        minimum = given.get("statutory_min_access_log_months")
        return when.access_log(policy, day, log_on, minimum)
    if item == "cost":
        return when.withdrawn_month(policy, day, given["billing_month"])
    if given["event"] == "plan_change":
        return when.free_plan(policy, day, given.get("billing_month"))
    if given["event"] == "policy_change":
        old = when.paid_month(policy, given["billing_month"], given["frm"])
        new = when.paid_month(policy, given["billing_month"], given["to"])
        return when.changed_promise(policy, old, new, day)
    if then := given.get("then"):
        timer = when.within(policy, day, policy.months("R4"))
        assert date.fromisoformat(then["local_date"]) < timer.scheduled_on
        return when.paid_month(policy, given["billing_month"], then["paid_months"])
    return when.within(policy, day, policy.months(ITEMS[str(item)]))


def told(policy: Policy, dates: Dates) -> Given:
    conflict = {"conflict": dates.conflict} if dates.conflict else {}
    return conflict | {
        "not_before": str(dates.not_before),
        "gone_before": str(dates.gone_before),
        "scheduled_on": str(dates.scheduled_on),
        "gone_before_utc": f"{midnight_utc(dates.gone_before, policy):%Y-%m-%dT%H:%MZ}",
    }


def of_a_plan(policy: Policy, given: Given) -> Given:
    if given["plan"] == "free":
        start = date.fromisoformat(given["trial_start"])
        return told(policy, when.free_plan(policy, start, given.get("billing_month")))
    month = given.get("provider_billing_month") or given["billing_month"]
    try:
        dates = when.paid_month(policy, month, given["paid_months"])
    except RetentionError as error:
        return {"error": str(error)}
    if "delivery" not in given:
        return told(policy, dates)
    delivered = datetime.fromisoformat(f"{given['delivery']}T12:00+09:00")
    assert dates.scheduled_on <= delivered.date()
    return {"rows_loaded": 0, "reason": refusal(month, delivered, {month})}


def company_dues(policy: Policy, withdrawn: date) -> dict[str, Dates]:
    """What there is of a company, with a bill and a payment of its last month."""
    after = {
        name: when.within(policy, withdrawn, policy.months(rule))
        for name, rule in {"profile": "R7", "access_log": "R10", "support": "R9"}.items()
    }
    return after | {
        "cost": when.withdrawn_month(policy, withdrawn, f"{withdrawn:%Y-%m}"),
        "billing": when.billing_record(policy, withdrawn, withdrawn),
    }


def of_a_request(policy: Policy, given: Given) -> Given:
    withdrawn, asked = event_day(policy, given), date.fromisoformat(given["request"])
    dues = company_dues(policy, withdrawn)
    if given.get("kind") == "backup":
        answer = backup(policy, withdrawn, asked, dues)
        assert answer.gone_before == asked + timedelta(days=7)
        return {
            "accepted": answer.is_accepted,
            "contains": sorted(answer.exists),
            "lists_as_deleted": sorted(answer.gone),
            "file_gone_before": "delivery + 7 days",
        }
    answer = early_deletion(policy, withdrawn, asked, dues)
    if not answer.is_accepted:
        assert set(answer.exists) >= {"billing", "support"}
        return {"accepted": False, "reason": answer.reason}
    return {"accepted": True, "gone_before": str(answer.gone_before)}


def of_a_hold(policy: Policy, given: Given) -> Given:
    normal = when.within(policy, date.fromisoformat(given["withdrawal"]), policy.months("R7"))
    released = date.fromisoformat(given["released"])
    return told(policy, when.released(policy, normal, released))


def of_an_invoice(policy: Policy, given: Given) -> Given:
    found = unpaid_invoice(policy, event_day(policy, given))
    return {name: str(value) for name, value in vars(found).items()}


def of_a_late_run(_policy: Policy, given: Given) -> Given:
    day = date.fromisoformat(given["due"])
    late = when.overdue_days(Dates(day, day, day), date.fromisoformat(given["run_on"]))
    return {
        "action": "execute",
        "flag": f"OVERDUE_BY_DAYS={late}",
        "certificate_carries_flag": True,
    }


def of_a_late_file(_policy: Policy, given: Given) -> Given:
    if "disconnected" in given:
        at, delivered = (
            datetime.fromisoformat(f"{given[each]}T12:00+09:00")
            for each in ("disconnected", "delivery")
        )
        return {"rows_loaded": 0, "reason": refusal(given["billing_month"], delivered, (), at)}
    span = Span("aws", "222222222222", date(1970, 1, 1))
    assert suppressed_days([span], []) == [span]
    return {"rows_loaded": 0, "rows_rejected": "all", "reason": SUPPRESSED, "stored": "counts only"}


def of_a_new_holder(_policy: Policy, _given: Given) -> Given:
    old, new = Span("aws", "7", date(1970, 1, 1)), Span("aws", "7", date(2026, 6, 1))
    assert suppressed_days([old], [new]) == [Span("aws", "7", old.start, new.start)]
    return {"org9": "accepted", "org7": "still suppressed"}


def one(plan: Plan) -> Item:
    [item] = plan.items
    return item


def of_an_organization(policy: Policy, given: Given) -> Given:
    """Deleted with everything of its own, on hold or not, with a disconnected account or not."""
    at = datetime(2026, 5, 31, 3, tzinfo=UTC)
    stocks = [Stock(name, name, "co", "org", "2026-01") for name in ("cost", "raw", "resource")]
    holds = [HoldFacts("co", "org")] if given.get("legal_hold") else []
    events = Events(deletions=[Deletion("co", "org", at)], holds=holds)
    item = one(make_plan(policy, events, stocks, at.date()))
    if item.blocked_by:
        return {"deletion": f"blocked: {item.blocked_by}"}
    days = item.dates.gone_before - item.dates.scheduled_on
    assert set(item.datasets) == {"cost", "raw", "resource"}
    return {"gone_within_hours": days.total_seconds() / 3600}


def of_a_disconnection(policy: Policy, given: Given) -> Given:
    """Nothing starts a timer: a month goes when it would have gone anyway."""
    company = CompanyFacts("co", "standard", datetime(2026, 1, 1, tzinfo=UTC))
    stocks = [Stock("cost", "fct_daily_costs", "co", "org", "2026-04")]
    plan = make_plan(policy, Events([company]), stocks, event_day(policy, given))
    assert one(plan).dates == when.paid_month(policy, "2026-04")
    return {"collection": "stopped", "history": "readable", "deletion_timer": None}


def of_a_grown_plan(policy: Policy, given: Given) -> Given:
    """The approval binds what goes and when, not how many rows there will be."""
    at = datetime(2026, 5, 31, 3, tzinfo=UTC)
    plans = [
        make_plan(
            policy,
            Events(deletions=[Deletion("co", "org", at)]),
            [Stock("cost", "fct_daily_costs", "co", "org", "2026-04", rows)],
            at.date(),
        )
        for rows in (given["plan_rows"], given["now_rows"])
    ]
    assert plans[0].digest == plans[1].digest
    planned, deleted = (one(plan).rows for plan in plans)
    return {"action": "execute", "certificate": {"planned": planned, "deleted": deleted}}


def of_a_last_owner(_policy: Policy, given: Given) -> Given:
    return {"reason": OwnerNeededError.code if given["owners"] == 1 else None}


def of_a_new_sign_up(policy: Policy, given: Given) -> Given:
    old = when.within(policy, event_day(policy, given), policy.months("R7"))
    return {"old_profile_gone_before": str(old.gone_before)}


def dated(policy: Policy, given: Given) -> Given:
    return told(policy, due(policy, given))


KINDS: Final[list[tuple[Callable[[Given], object], Callable[[Policy, Given], Given]]]] = [
    (lambda given: "plan_rows" in given, of_a_grown_plan),
    (lambda given: "owners" in given, of_a_last_owner),
    (lambda given: "plan" in given, of_a_plan),
    (lambda given: "request" in given, of_a_request),
    (lambda given: "released" in given, of_a_hold),
    (lambda given: given.get("event") == "invoice_issued", of_an_invoice),
    (lambda given: "run_on" in given, of_a_late_run),
    (lambda given: "delivery" in given, of_a_late_file),
    (lambda given: "old" in given and "new" in given, of_a_new_holder),
    (lambda given: given.get("event") == "account_disconnected", of_a_disconnection),
    (lambda given: "org_deleted" in str(given), of_an_organization),
    (lambda given: given.get("then", {}).get("event") == "signup", of_a_new_sign_up),
    (lambda given: "event" in given, dated),
]


@pytest.mark.skipif(not ROWS, reason=NEEDS_CASES)
@pytest.mark.parametrize("case", ROWS or [{}], ids=lambda row: row.get("case_id", "none"))
def test_the_rules_give_the_worked_answer(case: dict[str, str]) -> None:
    given: Given = json.loads(case["inputs"])
    answered = next(answers for is_it, answers in KINDS if is_it(given))
    found = answered(policy_in(case["policy_tz"]), given)
    expected = json.loads(case["expected"])
    compared = {
        key: sorted(value) if isinstance(value, list) else value
        for key, value in expected.items()
        if key in found
    }
    assert found == compared


DAYS: Final = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@given(event=DAYS, other=DAYS, months=st.integers(0, 36), paid=st.integers(13, 36))
def test_no_date_is_past_its_bound_nor_before_its_minimum_unless_flagged(
    event: date, other: date, months: int, paid: int
) -> None:
    policy = policy_in("Asia/Seoul")
    month = f"{other:%Y-%m}"
    cap = when.add_months(when.first_day(month), 36)
    for dates in (
        when.within(policy, event, policy.months("R4")),
        when.billing_record(policy, event, other),
        when.access_log(policy, event, other, months),
        when.paid_month(policy, month, paid),
        when.free_plan(policy, event, month),
        when.withdrawn_month(policy, event, month),
    ):
        assert dates.conflict or dates.not_before <= dates.scheduled_on < dates.gone_before
        assert dates.scheduled_on >= dates.not_before
    for dates in (when.paid_month(policy, month, paid), when.free_plan(policy, event, month)):
        assert dates.gone_before <= cap
    assert when.paid_month(policy, month, paid).not_before > when.add_months(
        when.first_day(month), 13
    )


@given(
    month=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    kept=st.tuples(*[st.integers(13, 36)] * 2),
    days=st.integers(0, 1500),
)
def test_a_promise_that_shrinks_deletes_nothing_before_its_notice(
    month: date, kept: tuple[int, int], days: int
) -> None:
    policy = policy_in("Asia/Seoul")
    old, new = (when.paid_month(policy, f"{month:%Y-%m}", each) for each in kept)
    changed_on = month + timedelta(days=days)
    dates = when.changed_promise(policy, old, new, changed_on)
    assert dates.gone_before <= max(old.gone_before, new.gone_before)
    notice = changed_on + timedelta(days=policy.terms.notice_days)
    assert dates.scheduled_on >= min(notice, old.scheduled_on)


def test_the_policy_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    text = POLICY_FILE.read_text("utf-8")
    for broken in (
        text.replace("lead_days", "lead_dais"),
        text.replace("months = 6", 'months = "six"'),
        text.replace("Asia/Seoul", "Asia/Soul"),
        "[",
    ):
        path = tmp_path / "policy.toml"
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(RetentionError, match="POLICY_INVALID"):
            load_policy(path)
