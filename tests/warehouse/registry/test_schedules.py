"""Extracts by the clock: when they are due, what they may be called, how they end."""

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.warehouse.registry.conftest import Clock
from warehouse.registry import Registry
from warehouse.registry.errors import InvalidError, NameTakenError, NotAllowedError, NotFoundError
from warehouse.registry.rhythms import Rhythm
from warehouse.registry.schedules import Delivery, ExtractSchedule


def schedule(registry: Registry, name: str = "9월 비용", **other: object) -> ExtractSchedule:
    found = registry.organizations.get("A")
    made = ExtractSchedule(
        *("", found.company_id, found.organization_id, name, "monthly-costs"),
        *({"where": ["service=EC2"], "sort": [], "columns": []}, "csv", True),
        **{"rhythm": Rhythm(), "delivery": Delivery("/mnt/finance")} | other,  # type: ignore[arg-type]
        created_at=datetime.now(UTC),
    )
    return registry.schedules.add(made)


@pytest.fixture
def company(registry: Registry) -> str:
    found = registry.companies.add("한빛")
    registry.organizations.add("A")
    return found.company_id


@pytest.mark.parametrize(
    ("rhythm", "today", "due_on", "period"),
    [
        (Rhythm(), "2026-01-01", "2026-01-01", "2026-01"),
        (Rhythm("day", 1, 1), "2026-01-01", "2026-01-01", "2025-12"),
        (Rhythm("week", 1), "2026-09-30", "2026-09-28", "2026-09"),
        (Rhythm("week", 3), "2026-09-30", "2026-09-30", "2026-09"),
        (Rhythm("week", 7, 12), "2026-09-30", "2026-09-27", "2025-09"),
        (Rhythm("month", 5, 1), "2026-09-04", "2026-08-05", "2026-07"),
        (Rhythm("month", 5, 1), "2026-09-05", "2026-09-05", "2026-08"),
        (Rhythm("month", 28), "2026-03-01", "2026-02-28", "2026-02"),
        (Rhythm("month", 1, 1), "2026-01-31", "2026-01-01", "2025-12"),
    ],
)
def test_an_extract_is_due_on_its_day_and_of_its_month(
    rhythm: Rhythm, today: str, due_on: str, period: str
) -> None:
    day = date.fromisoformat(today)
    assert (rhythm.due_on(day).isoformat(), rhythm.period(day)) == (due_on, period)


@pytest.mark.usefixtures("company")
def test_a_new_schedule_is_due_at_once_and_again_on_its_next_day(
    registry: Registry, clock: Clock
) -> None:
    added = schedule(registry)
    assert registry.schedules.due() == (added,)
    registry.schedules.checked(added, "digest")
    assert registry.schedules.due() == ()
    clock.pass_days(1)
    [again] = registry.schedules.due()
    assert (again.delivered_digest, again.delivered_at) == ("digest", added.created_at)


@pytest.mark.usefixtures("company")
def test_a_look_that_changed_nothing_keeps_what_was_delivered(
    registry: Registry, clock: Clock
) -> None:
    added = schedule(registry)
    registry.schedules.checked(added, "digest")
    clock.pass_days(1)
    registry.schedules.checked(added, None)
    [kept] = registry.schedules.list()
    assert (kept.delivered_digest, kept.checked_at) == ("digest", clock.at)


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    "name",
    [
        *("../x", "a/b", "a\\b", ".hidden", "trailing.", "CON", "nul.txt", "Com1", "lpt9.csv"),
        *("a:b", "what?", 'say "x"', "com¹", "가" * 61),
    ],
)
def test_a_name_that_some_system_takes_for_no_file_is_refused(
    registry: Registry, name: str
) -> None:
    with pytest.raises(InvalidError, match="no name for a file"):
        schedule(registry, name)


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("name", ["console", "Kosten 9월", "commission", "a.b"])
def test_an_ordinary_name_is_taken(registry: Registry, name: str) -> None:
    assert schedule(registry, name).name == name


@pytest.mark.usefixtures("company")
def test_a_name_typed_in_parts_is_the_same_name(registry: Registry) -> None:
    schedule(registry, unicodedata.normalize("NFC", "비용"))
    with pytest.raises(NameTakenError):
        schedule(registry, unicodedata.normalize("NFD", "비용"))


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    "other",
    [
        {"rhythm": Rhythm("hour")},
        {"rhythm": Rhythm("month", 29)},
        {"rhythm": Rhythm("day", 1, 13)},
        {"delivery": Delivery("relative/folder")},
        {"delivery": Delivery("/mnt/../etc")},
        {"delivery": Delivery("s3://")},
        {"delivery": Delivery("s3://UPPER/case")},
        {"delivery": Delivery("https://198.51.100.1/x")},
        {"delivery": Delivery("s3://bucket", secret="AKIAABCDEFGHIJKLMNOP")},
        {"delivery": Delivery("s3://bucket", {"secret": "x"})},
    ],
)
def test_what_cannot_be_kept_or_reached_is_refused(
    registry: Registry, other: dict[str, object]
) -> None:
    with pytest.raises(InvalidError):
        schedule(registry, **other)
    assert registry.schedules.list() == ()


@pytest.mark.usefixtures("company")
def test_schedules_are_the_operators_and_shown_where_settings_are(registry: Registry) -> None:
    registry.organizations.add("B")
    registry.members.add("owner@example.com", role="owner")
    registry.members.add("admin@example.com", organization="A", role="admin")
    registry.members.add("other@example.com", organization="B", role="admin")
    added = schedule(registry)
    seen = {}
    for who in ("owner", "admin", "other"):
        caller = registry.members.caller(f"{who}@example.com")
        acting = registry.acting_as(caller)
        seen[who] = acting.schedules.list()
        with pytest.raises(NotAllowedError):
            acting.schedules.remove(added.name)
        with pytest.raises(NotAllowedError):
            acting.schedules.add(added)
        with pytest.raises(NotAllowedError):
            acting.schedules.due()
    assert seen == {"owner": (added,), "admin": (added,), "other": ()}


def test_a_removed_organization_or_a_withdrawn_company_is_delivered_nothing(
    registry: Registry, company: str
) -> None:
    schedule(registry)
    registry.organizations.remove("A")
    assert registry.schedules.due() == ()
    registry.organizations.add("A")
    added = schedule(registry, "again")
    registry.schedules.add(replace(added, name="the company's own", organization_id=None))
    registry.endings.withdraw(company)
    assert registry.schedules.due() == ()


@pytest.mark.usefixtures("company")
def test_a_removed_schedule_is_gone_and_its_history_stays(registry: Registry) -> None:
    added = schedule(registry)
    registry.schedules.remove("9월 비용")
    with pytest.raises(NotFoundError):
        registry.schedules.remove(added.schedule_id)
    events = [event.event_type for event in registry.organizations.history("A")]
    assert events[:2] == ["extract_schedule_removed", "extract_schedule_added"]
