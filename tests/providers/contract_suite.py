# ruff: noqa: D102 - a test's name is its claim
"""What every provider must keep, whatever its formats. Subclass it and give it a `case`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.providers.contract import BillingPeriod, Delivery, InFlight, Provider
from pipelines.providers.landing import land
from warehouse.landing import DATA
from warehouse.layout import Layout

SEPTEMBER = BillingPeriod.parse("2026-09")
LINES = (("000000000042", "0.1"), ("123456789012", "1376"), ("000000000042", "-0.000000004"))
"""Account and cost of three lines."""
READERS = {
    "parquet": ("read_parquet", ""),
    "csv": ("read_csv", ", all_varchar = true, header = true"),
    "jsonl": ("read_json", ", format = 'newline_delimited'"),
}
TOTAL = sum((Decimal(cost) for _, cost in LINES), Decimal(0))


@dataclass(frozen=True)
class ProviderCase:
    """One provider, dataset, layout and file type, and how to deliver to it."""

    provider: Provider
    deliver: Callable[[str, Sequence[tuple[str, str]], int], None]
    """Write a delivery of a period: lines of (account, cost), and the version of it."""
    lose_a_file: Callable[[], None]
    """Take away one data file of the last delivery."""
    account_column: str
    totals: Mapping[str, Decimal] = field(default_factory=lambda: {"USD": TOTAL})
    """What the lines add up to; nothing, where a dataset bills nothing."""


class ProviderContract:
    """The suite. `case` is a fixture of the subclass."""

    @pytest.fixture
    def layout(self, tmp_path: Path) -> Layout:
        return Layout(tmp_path / "house")

    def only(self, case: ProviderCase) -> Delivery:
        (found,) = case.provider.deliveries()
        assert isinstance(found, Delivery), found
        return found

    def test_periods_come_oldest_first_and_not_before_since(self, case: ProviderCase) -> None:
        case.deliver("2026-10", LINES, 1)
        case.deliver("2026-09", LINES, 1)
        periods = [str(found.billing_period) for found in case.provider.deliveries()]
        assert periods == ["2026-09", "2026-10"]
        since = case.provider.deliveries(since=SEPTEMBER.next)
        assert [str(found.billing_period) for found in since] == ["2026-10"]

    def test_a_delivery_is_fetched_whole(self, case: ProviderCase, layout: Layout) -> None:
        case.deliver("2026-09", LINES, 1)
        delivery = self.only(case)
        landed = land(delivery, case.provider, layout)
        own = layout.delivery(delivery.connection_id, "2026-09", delivery.delivery_id)
        assert landed.folder == own
        assert len(list((landed.folder / DATA).iterdir())) == len(delivery.files)
        assert landed.row_count == len(LINES)
        assert not list(layout.arriving.iterdir())

    def test_landing_twice_fetches_once(self, case: ProviderCase, layout: Layout) -> None:
        case.deliver("2026-09", LINES, 1)
        fetched: list[str] = []
        for _ in range(2):
            landed = land(
                self.only(case), case.provider, layout, lambda file, _: fetched.append(file.name)
            )
        assert len(fetched) == landed.file_count

    def test_the_same_bytes_delivered_again_are_the_same_delivery(self, case: ProviderCase) -> None:
        case.deliver("2026-09", LINES, 1)
        first = self.only(case).delivery_id
        case.deliver("2026-09", LINES, 1)
        assert self.only(case).delivery_id == first

    def test_a_restated_month_is_another_delivery(self, case: ProviderCase, layout: Layout) -> None:
        case.deliver("2026-09", LINES, 1)
        first = land(self.only(case), case.provider, layout)
        case.deliver("2026-09", LINES[:1], 2)
        second = land(self.only(case), case.provider, layout)
        assert second.folder != first.folder
        assert second.delivery.submitted_at > first.delivery.submitted_at
        assert second.row_count == 1

    def test_a_half_written_delivery_is_left_for_next_time(
        self, case: ProviderCase, layout: Layout
    ) -> None:
        case.deliver("2026-09", LINES, 1)
        case.lose_a_file()
        (found,) = case.provider.deliveries()
        assert isinstance(found, InFlight)
        case.deliver("2026-09", LINES, 1)
        assert land(self.only(case), case.provider, layout).row_count == len(LINES)

    def test_ids_stay_text(self, case: ProviderCase, layout: Layout) -> None:
        case.deliver("2026-09", LINES, 1)
        landed = land(self.only(case), case.provider, layout)
        assert landed.inspection.columns[case.account_column] == "VARCHAR"
        reader, strict = READERS[landed.delivery.file_type]
        accounts = duckdb.sql(
            f"""select distinct "{case.account_column}"
            from {reader}('{landed.folder / DATA}/*'{strict}) order by 1"""
        ).fetchall()
        assert accounts == [("000000000042",), ("123456789012",)]

    def test_the_raw_total_is_conserved(self, case: ProviderCase, layout: Layout) -> None:
        case.deliver("2026-09", LINES, 1)
        landed = land(self.only(case), case.provider, layout)
        assert landed.inspection.control_totals == case.totals
