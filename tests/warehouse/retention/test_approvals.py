"""Who may let what go: never one person alone, never an old plan, never a clock that went back."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from warehouse.registry.store import Registry, open_registry
from warehouse.retention.approvals import approve, begin_run, planned_rows, propose
from warehouse.retention.events import (
    Deletion,
    Events,
    Stock,
)
from warehouse.retention.items import Plan
from warehouse.retention.plan import make_plan
from warehouse.retention.policy import RetentionError, load_policy

NOW = datetime(2026, 5, 31, 3, tzinfo=UTC)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return open_registry(f"sqlite:///{tmp_path / 'registry.sqlite'}")


def plan_of(rows: int, *organizations: str) -> Plan:
    stocks = [
        Stock("cost", "fct_daily_costs", "co", each, "2026-04", rows, 1000 * rows)
        for each in organizations
    ]
    events = Events(deletions=[Deletion("co", each, NOW) for each in organizations])
    return make_plan(load_policy(), events, stocks, NOW.date())


def test_a_small_plan_needs_no_second_person_and_a_large_one_does(registry: Registry) -> None:
    plan = plan_of(100, "org-a")
    assert planned_rows(registry, plan, 100_000) == {"R11/org-a": 100}
    with pytest.raises(RetentionError, match="NOT_APPROVED"):
        planned_rows(registry, plan, 99_999)
    propose(registry, plan, "kim", NOW)
    with pytest.raises(RetentionError, match="SAME_PERSON"):
        approve(registry, plan, plan.digest, "kim", NOW)
    with pytest.raises(RetentionError, match="NOT_APPROVED"):
        planned_rows(registry, plan, 0)
    approve(registry, plan, plan.digest, "lee", NOW)
    assert planned_rows(registry, plan, 0) == {"R11/org-a": 100}


def test_rows_that_arrive_after_the_approval_go_too_and_are_told(registry: Registry) -> None:
    propose(registry, plan_of(100, "org-a"), "kim", NOW)
    grown = plan_of(101, "org-a")
    approve(registry, grown, grown.digest, "lee", NOW)
    assert planned_rows(registry, grown, 0) == {"R11/org-a": 100}
    assert grown.items[0].rows == 101


def test_another_thing_that_became_due_makes_an_approval_stale(registry: Registry) -> None:
    old, new = plan_of(1, "org-a"), plan_of(1, "org-a", "org-b")
    propose(registry, old, "kim", NOW)
    with pytest.raises(RetentionError, match="PLAN_STALE"):
        approve(registry, new, old.digest, "lee", NOW)
    with pytest.raises(RetentionError, match="NOT_PROPOSED"):
        approve(registry, new, new.digest, "lee", NOW)


@pytest.mark.fault("F75", "`CLOCK_WENT_BACK`; nothing is deleted")
def test_a_clock_that_went_back_stops_the_run(registry: Registry) -> None:
    begin_run(registry, date(2026, 6, 9), NOW)
    begin_run(registry, date(2026, 6, 9), NOW)
    with pytest.raises(RetentionError, match="CLOCK_WENT_BACK"):
        begin_run(registry, date(2026, 6, 8), NOW)
