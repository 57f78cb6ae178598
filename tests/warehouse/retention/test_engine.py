"""What can go wrong while something is deleted, and that it ends as if nothing had."""

import os
import subprocess
import sys
from dataclasses import replace

import duckdb
import pytest

from tests.journeys.canaries import found_in
from tests.warehouse.retention.small import Small
from warehouse.lake import LakeBusyError
from warehouse.publication import head
from warehouse.registry import deliveries
from warehouse.retention.engine import STEPS
from warehouse.retention.policy import RetentionError

pytestmark = pytest.mark.slow

CHARGES = "select count(*) from lake.intermediate.int_charges"


@pytest.fixture
def house(small: Small) -> Small:
    """A company of two organizations, one of which was deleted just now."""
    company = small.registry.companies.add("한빛", plan="standard").company_id
    for name in ("Sold", "Kept"):
        found = small.registry.organizations.add(name)
        small.spend(company, found.organization_id, "2026-01")
    small.registry.deletions.request("Sold")
    return small


def words(house: Small) -> set[str]:
    """Words of the deleted organization's charges that some file holds."""
    [request] = house.registry.deletions.list()
    sought = [f"charge-{request.organization_id}-2026-01-{number:04d}" for number in range(30)]
    return set(found_in(house.folder, sought, ("duckdb_extensions",)))


def endings(house: Small, how: str, *steps: str) -> list[tuple[str, int]]:
    """Let runs end at these steps, one after the other; return how each process ended."""
    named = (str(house.folder), house.at.isoformat(), how, *steps)
    said = subprocess.run(
        [sys.executable, "-m", "tests.warehouse.retention.killed", *named],
        capture_output=True,
        check=True,
        text=True,
        env=os.environ,
    ).stdout.splitlines()
    return [(step, int(code)) for step, code in (line.split() for line in said)]


def assert_gone_once(house: Small) -> None:
    assert words(house) == set()
    assert house.ask(CHARGES) == [(30,)]
    assert house.engine.check_chain() == 1
    with house.lake.connect() as lake:
        [(left,)] = lake.execute("select count(*) from ducklake_snapshots('lake')").fetchall()
        assert (left, head(lake)) == (1, deliveries.published_snapshot(house.registry)[0])  # type: ignore[index]


@pytest.mark.fault("F02", "One certificate, from the run that finished it")
def test_a_run_killed_at_every_step_ends_as_if_alone(house: Small) -> None:
    assert len(words(house)) == 30
    killed = endings(house, "kill", *STEPS[:-1], "never")
    assert killed == [*((step, -9) for step in STEPS[:-1]), ("never", 0)]
    assert_gone_once(house)


@pytest.mark.fault("F10")
def test_a_full_disk_stops_the_run_and_readers_keep_what_they_see(house: Small) -> None:
    assert endings(house, "disk", "rows") == [("rows", 1)]
    assert house.ask(CHARGES) == [(60,)]
    house.run()
    assert_gone_once(house)


def test_a_name_within_anothers_word_is_not_looked_for(house: Small) -> None:
    [request] = house.registry.deletions.list()
    is_sold = f"where organization_id = '{request.organization_id}'"
    charges = "update lake.intermediate.int_charges set"
    house.write(
        f"{charges} resource_name = 'checkout', sub_account_name = 'checkout-7' {is_sold}",
        f"{charges} resource_id = 'arn:checkout-77' || charge_id {is_sold.replace('=', '<>')}",
    )
    [gone] = house.run()
    assert (gone["rule"], gone["searched_words"]) == ("R11", 60)
    assert_gone_once(house)


def test_a_hold_placed_between_plan_and_execution_wins(house: Small) -> None:
    [request] = house.registry.deletions.list()
    sold = request.organization_id

    def hold(step: str) -> None:
        if step == "begin":
            house.registry.holds.add("case 7", organization=sold)

    assert replace(house.engine, on_step=hold).run(house.at) == []
    assert len(words(house)) == 30
    [placed] = house.registry.holds.list()
    house.registry.holds.lift(placed.hold_id)
    # What was begun goes on at once; what was only planned, within days.
    house.run()
    assert_gone_once(house)


@pytest.mark.fault("F99", "The reader's next question fails; no byte is kept for him")
def test_a_reader_of_an_older_snapshot_keeps_no_byte_alive(house: Small) -> None:
    served = deliveries.published_snapshot(house.registry)
    assert served
    with house.lake.connect(served[0]) as reader:
        assert reader.execute(CHARGES).fetchall() == [(60,)]
        house.run()
        assert_gone_once(house)
        with pytest.raises(duckdb.Error):
            reader.execute("select sum(hash(columns(*))) from lake.intermediate.int_charges")


@pytest.mark.fault("F05")
@pytest.mark.fault("F98", "`Another refresh is writing`: a deletion waits for the run in progress")
def test_two_runs_at_once_are_one(house: Small) -> None:
    with house.lake.writing(), pytest.raises(LakeBusyError):
        house.run()
    assert len(words(house)) == 30


def test_a_scheduler_that_was_down_deletes_late_and_says_so(house: Small) -> None:
    [late] = house.on("2026-01-24").run()
    assert (late["rule"], late["flags"]) == ("R11", ["OVERDUE_BY_DAYS=9"])
    assert_gone_once(house)
    with pytest.raises(RetentionError, match="CLOCK_WENT_BACK"):
        house.on("2026-01-23").run()
