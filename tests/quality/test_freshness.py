"""A connection is stale by its own time: not every feed comes daily."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.providers.contract import utc_now
from quality.freshness import stale_connections
from warehouse.registry import deliveries
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.errors import InvalidError
from warehouse.registry.sources import Source
from warehouse.registry.store import Registry, open_registry

DAY = timedelta(hours=24)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    opened = open_registry(f"sqlite:///{tmp_path / 'registry.sqlite'}")
    opened.companies.add("한빛")
    return opened


def delivered(registry: Registry, name: str, age: timedelta, **options: str) -> str:
    """Connect a feed whose newest delivery is so old."""
    source = Source("focus", f"/feeds/{name}", "feed", "focus", options=options)
    connection_id = registry.connections.add(name, source).connection_id
    now = utc_now()
    deliveries.record(
        registry,
        DeliveryRecord(
            connection_id, "2026-09", "d", "focus", "csv", now - age, 1, 1, "0" * 64, 0, {}, {},
            has_net_costs=False, warnings=(), state="landed", message="", landed_at=now,
        ),
    )  # fmt: skip
    return connection_id


def test_a_monthly_feed_is_not_late_the_day_after(registry: Registry) -> None:
    daily = delivered(registry, "daily", 2 * DAY)
    delivered(registry, "monthly", 30 * DAY, fresh_within_hours="840")
    late = delivered(registry, "late", 36 * DAY, fresh_within_hours="840")
    assert set(stale_connections(registry, DAY, utc_now())) == {daily, late}


@pytest.mark.parametrize("hours", ["", "0", "-1", "1.5", "monthly", "1e3"])
def test_an_age_that_is_no_number_of_hours_is_refused(registry: Registry, hours: str) -> None:
    with pytest.raises(InvalidError, match="hours"):
        delivered(registry, "feed", DAY, fresh_within_hours=hours)


def test_what_is_said_of_schema_changes_is_accepted_or_refused(registry: Registry) -> None:
    delivered(registry, "changed", DAY, schema_changes="accepted")
    with pytest.raises(InvalidError, match="schema_changes=accepted or schema_changes=refused"):
        delivered(registry, "feed", DAY, schema_changes="yes")
