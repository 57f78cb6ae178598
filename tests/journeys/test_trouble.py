"""What users see when things go wrong: the old numbers, and a sentence that says what to do."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.providers.contract import utc_now
from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import NOON, Folder, put_cur2
from tests.providers.aws.lines import cur_line
from warehouse import publication
from warehouse.registry import Source, deliveries

pytestmark = pytest.mark.slow

PAYERS = {
    name: f"{number:012d}"
    for number, name in enumerate(("unfit", "twin", "empty", "busy", "drift", "older", "clock"))
}
LATER = NOON + timedelta(days=1)
HOURS = [datetime(2026, 11, 1, number) for number in range(24)]  # noqa: DTZ001 - as a bill says it
"""The day on which New York puts its clocks back: 1:30 is there twice, and the day has 25 hours."""
CANARY = "canary-7f3a"
"""A value that no result may show."""


def hour(start: datetime, cost: float = 1.0) -> dict[str, object]:
    """Return a line of one hour."""
    return cur_line(
        PAYERS["clock"], cost, f"{start:%Y-%m}",
        identity_line_item_id=f"{start}",
        line_item_usage_start_date=start,
        line_item_usage_end_date=start + timedelta(hours=1),
    )  # fmt: skip


UPFRONT = hour(HOURS[9], 100.0) | {
    "identity_line_item_id": "upfront",
    "line_item_line_item_type": "Fee",
    "line_item_usage_end_date": HOURS[9].replace(year=2027),
}
"""A fee of November for all of a year."""


@dataclass(frozen=True)
class Served:
    """One connection of the house, whose September of 10.00 in two lines is served."""

    house: Installation
    name: str
    folder: Folder

    def deliver(
        self,
        costs: list[float],
        at: datetime = LATER,
        period: str = "2026-09",
        *,
        without: str = "",
        **more: object,
    ) -> list[str]:
        """Write a delivery of the payer's month, `more` columns in it and one left out."""
        payer = PAYERS[self.name]
        rows = [
            cur_line(payer, cost, period, bill_payer_account_id=payer, **more)
            for cost in costs or [0.0]
        ]
        frame = pl.DataFrame(rows).head(len(costs)).drop(without, strict=False)
        source = self.folder.root / "rows.parquet"
        frame.write_parquet(source)
        return put_cur2(self.folder, "daily", period, source, submitted_at=at, parts=1)

    def put(self, period: str, rows: list[dict[str, object]], at: datetime = NOON) -> list[str]:
        """Write a delivery of these rows."""
        payer = {"bill_payer_account_id": PAYERS[self.name]}
        source = self.folder.root / "rows.parquet"
        pl.DataFrame([row | payer for row in rows]).write_parquet(source)
        return put_cur2(self.folder, "daily", period, source, submitted_at=at, parts=1)

    def seen(self) -> list[tuple[str, Decimal, int]]:
        """Return what readers see of it: months, costs and lines."""
        return self.house.ask(
            "select billing_period, sum(billed_cost), sum(charge_count)::int from fct_daily_costs"
            f" where billing_account_id = '{PAYERS[self.name]}' group by all order by all"
        )


@pytest.fixture(scope="module")
def served(
    install: Callable[..., Installation], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Served]:
    """A house with one connection per trouble, on a machine whose clock is not UTC's."""
    house = install(TZ="America/New_York")
    connections = {}
    for name in PAYERS:
        connections[name] = Served(house, name, Folder(tmp_path_factory.mktemp(name)))
        connections[name].deliver([4.0, 6.0], NOON)
        house.connect(name, connections[name].folder.location, "cur2")
    connections["clock"].put("2026-10", [hour(HOURS[0] - timedelta(hours=1), 5.0)])
    connections["clock"].put("2026-11", [*map(hour, HOURS), UPFRONT])
    house.refresh()
    return connections


SEPTEMBER = [("2026-09", Decimal(10), 2)]


@dataclass(frozen=True)
class Refresh:
    """What one refresh of many troubles said, and what readers saw of each connection after it."""

    said: str
    outcomes: list[dict[str, Any]]
    seen: Mapping[str, list[tuple[str, Decimal, int]]]


def refresh(served: dict[str, Served], expect: int = 0) -> Refresh:
    out, err = served["busy"].house.told("refresh", "--json", expect=expect)
    seen = {name: connection.seen() for name, connection in served.items()}
    return Refresh(out + err, json.loads(out), seen)


@pytest.fixture(scope="module")
def refused(served: dict[str, Served], tmp_path_factory: pytest.TempPathFactory) -> Refresh:
    """A number that is none, a column that is gone, and two connections that bill one payer."""
    twin = served["twin"]
    other = Served(twin.house, "twin", Folder(tmp_path_factory.mktemp("other")))
    other.deliver([5.0], NOON)
    connections = twin.house.house.registry.connections
    connections.add("other twin", Source("aws", other.folder.location, "daily", "cur2"))
    twin.deliver([1.0], period="2026-10")
    served["unfit"].deliver([float("nan")])
    served["drift"].deliver([3.0], without="line_item_usage_amount")
    made = refresh(served, expect=1)
    connections.disconnect("other twin")
    return made


@pytest.fixture(scope="module")
def status(served: dict[str, Served], refused: Refresh) -> str:
    """What the house says of itself after that."""
    assert refused.said
    return served["busy"].house.run("status", expect=1)


@pytest.fixture(scope="module")
def mended(served: dict[str, Served], status: str) -> Refresh:
    """Deliveries that are whole again, and an empty one."""
    assert status
    again = LATER + timedelta(days=1)
    served["unfit"].deliver([7.0], again)
    served["drift"].deliver([5.0], again, line_item_novelty=CANARY)
    served["empty"].deliver([])
    return refresh(served)


@pytest.mark.fault("F57")
@pytest.mark.fault("F46", "The month as the newest delivery has it, every row of the old one gone")
def test_an_unfit_file_leaves_the_old_month_and_is_named(
    served: dict[str, Served], refused: Refresh, status: str, mended: Refresh
) -> None:
    connection_id = served["unfit"].house.house.registry.connections.get("unfit").connection_id
    [outcome] = [one for one in refused.outcomes if one["connection_id"] == connection_id]
    assert (outcome["status"], outcome["billing_period"]) == ("refused", "2026-09")
    for word in ("NUMBER", "daily-00001.snappy.parquet", "line_item_unblended_cost"):
        assert word in outcome["message"]
    assert refused.seen["unfit"] == SEPTEMBER
    assert "NUMBER" in status
    assert mended.seen["unfit"] == [("2026-09", Decimal(7), 1)]


@pytest.mark.fault(
    "H05", "`assert_no_two_connections_bill_one_payer`; readers keep the old numbers"
)
def test_a_delivery_that_fails_the_models_is_undone_and_the_others_go_on(
    served: dict[str, Served], refused: Refresh
) -> None:
    """Two connections bill one payer for one month: counting both would double it."""
    assert "assert_no_two_connections_bill_one_payer" in refused.said
    assert "Readers keep the old numbers" in refused.said
    assert refused.seen["twin"] == [*SEPTEMBER, ("2026-10", Decimal(1), 1)]
    house = served["twin"].house.house
    [connection_id] = [
        each.connection_id for each in house.registry.connections.all() if each.name == "other twin"
    ]
    [delivery] = deliveries.of_connection(house.registry, connection_id)
    assert delivery.state == "refused"
    with house.lake.connect() as head:
        left = head.execute(
            "select count(*) from lake.intermediate.int_charges where connection_id = $twin",
            {"twin": connection_id},
        ).fetchall()
    assert left == [(0,)]


@pytest.mark.fault("F51")
@pytest.mark.fault("F95", "Counts and names of columns; no value stands in a kept result")
def test_f51_a_new_column_is_named_and_one_that_is_gone_refused(
    served: dict[str, Served], refused: Refresh, mended: Refresh
) -> None:
    assert "columns are gone that it had before: line_item_usage_amount" in refused.said
    assert refused.seen["drift"] == SEPTEMBER

    assert "drift 2026-09" in mended.said
    assert "columns are new: line_item_novelty" in mended.said
    assert mended.seen["drift"] == [("2026-09", Decimal(5), 1)]

    kept = served["drift"].house.house.settings.layout.validations.glob("*.json")
    results = [path.read_text("utf-8") for path in kept]
    assert any("line_item_novelty" in result for result in results)
    assert not any(CANARY in result for result in results)


@pytest.mark.fault("F69", "The provider's month and day, in UTC, wherever one is")
@pytest.mark.fault("F70", "24 hours in every day of UTC")
@pytest.mark.fault("F71", "Two hours, told apart")
@pytest.mark.fault("F73", "All of it in the month that billed it")
def test_the_clock_of_the_machine_moves_no_cost(served: dict[str, Served]) -> None:
    """The last hour of October in UTC is November's in Seoul."""
    clock = served["clock"]
    assert clock.seen() == [
        *SEPTEMBER,
        ("2026-10", Decimal(5), 1),
        ("2026-11", Decimal(124), 25),
    ]
    days = clock.house.ask(
        "select charge_period_start::date::varchar, count(distinct charge_period_start)"
        f" from fct_focus_charges where billing_account_id = '{PAYERS['clock']}'"
        " and charge_category = 'Usage' group by all order by all"
    )
    assert days == [("2026-09-01", 1), ("2026-10-31", 1), ("2026-11-01", 24)]


@pytest.mark.fault("F23")
def test_an_empty_restatement_empties_the_month(mended: Refresh) -> None:
    assert mended.seen["empty"] == []


@pytest.mark.fault("F05", "`Another refresh is writing`; the second one ends with exit code 1")
def test_two_refreshes_at_once_do_not_write_together(served: dict[str, Served]) -> None:
    busy = served["busy"]
    busy.deliver([8.0])
    with busy.house.house.lake.writing():
        assert "Another refresh is writing" in busy.house.run("refresh", expect=1)
    assert busy.seen() == SEPTEMBER


@pytest.mark.fault("F01", "The old numbers until the next refresh, which ends as if alone")
@pytest.mark.fault("F03")
def test_f01_a_refresh_killed_anywhere_shows_nothing_and_the_next_one_finishes(
    served: dict[str, Served],
) -> None:
    """SIGKILL after so many commits to the lake; readers keep theirs, a rerun ends as if alone."""
    busy = served["busy"]
    before = busy.seen()
    for number, commits in enumerate((1, 6, 15), 2):
        busy.deliver([8.0 * number], NOON + timedelta(days=number))
        _kill_after(busy.house, commits)
        assert busy.seen() == before
    busy.house.refresh()
    assert busy.seen() == [("2026-09", Decimal(32), 1)]
    with busy.house.house.lake.connect() as lake:
        ledger = lake.execute(
            "select sum(billed_cost), count(*) from lake.intermediate.int_charges"
            f" where billing_account_id = '{PAYERS['busy']}'"
        ).fetchall()
    assert ledger == [(Decimal(32), 1)]


def _kill_after(house: Installation, commits: int) -> None:
    start = _head(house)
    with house.start("refresh") as process:
        deadline = time.monotonic() + 120
        while _head(house) < start + commits:
            assert process.poll() is None
            assert time.monotonic() < deadline
        os.killpg(process.pid, signal.SIGKILL)


def _head(house: Installation) -> int:
    with house.house.lake.connect() as lake:
        return publication.head(lake)


def test_a_lake_of_an_older_release_is_brought_to_the_contract_and_filled_by_a_replay(
    served: dict[str, Served],
) -> None:
    """The mart lacked a column, and another one was narrower."""
    older = served["older"]
    house = older.house.house
    with house.lake.writing(), house.lake.connect_writer() as lake:
        costs = "lake.marts.fct_daily_costs"
        lake.execute(f"alter table {costs} drop column list_cost")
        lake.execute(f"alter table {costs} rename column charge_count to wide_count")
        lake.execute(f"alter table {costs} add column charge_count integer")
        lake.execute(f"update {costs} set charge_count = wide_count")
        lake.execute(f"alter table {costs} drop column wide_count")
        deliveries.publish(house.registry, [], publication.head(lake), utc_now())
    assert older.seen() == SEPTEMBER

    older.deliver([5.0], period="2026-11")
    said = older.house.run("refresh")
    assert "fct_daily_costs: columns are new, and empty in rows" in said
    assert "`finhouse refresh --replay` fills them: list_cost." in said
    listed = f"select list_cost from fct_daily_costs where billing_account_id = '{PAYERS['older']}'"
    assert sum(row == (None,) for row in older.house.ask(listed)) == 1

    older.house.refresh("--replay", "--connection", "older")
    assert (None,) not in older.house.ask(listed)
    assert older.seen() == [*SEPTEMBER, ("2026-11", Decimal(5), 1)]
