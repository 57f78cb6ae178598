"""What each stage delivers, and that a spec decides every byte."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.providers.aws.sample import SAMPLE
from pipelines.providers.contract import BillingPeriod
from pipelines.providers.sample import (
    SampleSpec,
    Stage,
    bill_states,
    newest_delivery,
    newest_month,
)
from tests.providers.aws.sample.conftest import ask
from tests.providers.sampling import AS_OF, UNTIL, MakeBills, files, spec_of

pytestmark = pytest.mark.slow

CLOSED, CLOSING, OPEN = "2026-07", "2026-08", "2026-09"


def months(rows: Sequence[tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {str(month)[:7]: tuple(values) for month, *values in rows}


def test_the_same_spec_gives_the_same_bytes(tmp_path: Path, key: str) -> None:
    spec = spec_of(SAMPLE, key, months=1)
    SAMPLE.write(tmp_path / "one", spec, threads=1)
    SAMPLE.write(tmp_path / "two", spec, threads=2)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_another_seed_gives_other_accounts_and_costs(bills: MakeBills) -> None:
    one, other = (bills("cur2-csv", months=1, seed=seed) for seed in (1, 2))
    assert one.accounts[0].account_id != other.accounts[0].account_id
    total = "select sum(line_item_unblended_cost::decimal(38, 10)) from bill"
    assert ask(one, total) != ask(other, total)


def test_rows_scale_the_bill(bills: MakeBills) -> None:
    written = bills("cur2-parquet", months=1, until=BillingPeriod.parse(CLOSING), rows=100_000)
    assert written.deliveries[0].rows == pytest.approx(100_000, rel=0.1)


def test_a_closed_months_lines_name_their_invoice_and_an_open_ones_do_not(
    bills: MakeBills,
) -> None:
    invoices = """
        select
            bill_billing_period_start_date,
            count(distinct bill_invoice_id),
            min(bill_invoice_id) <> ''
        from bill group by all
    """
    first = months(ask(bills("cur2-parquet", months=3), invoices))
    # Marketplace sells on an invoice of its own.
    assert first == {CLOSED: (2, True), CLOSING: (1, False), OPEN: (1, False)}
    restated = months(ask(bills("cur2-parquet", months=3, stage=Stage.RESTATED), invoices))
    assert restated == {CLOSED: (3, True), CLOSING: (2, True), OPEN: (1, False)}


def test_a_restated_month_brings_late_usage_and_late_tax(bills: MakeBills) -> None:
    query = """
        select
            bill_billing_period_start_date,
            max(line_item_usage_end_date) filter (line_item_line_item_type = 'DiscountedUsage'),
            count(*) filter (line_item_line_item_type = 'Tax')
        from bill group by all
    """
    first = months(ask(bills("cur2-parquet", months=3), query))
    restated = months(ask(bills("cur2-parquet", months=3, stage=Stage.RESTATED), query))
    assert first[CLOSING][0] < restated[CLOSING][0] == datetime(2026, 9, 1)  # noqa: DTZ001
    assert first[CLOSING][1] < restated[CLOSING][1]
    assert first[OPEN][0] < restated[OPEN][0]


def test_a_refund_comes_after_close_and_changes_nothing_else(bills: MakeBills) -> None:
    query = """
        select
            bill_billing_period_start_date,
            list(line_item_line_item_type order by 1)
                filter (bill_bill_type = 'Refund'),
            count(*),
            sum(line_item_unblended_cost::decimal(38, 10))
        from bill group by all
    """
    first = months(ask(bills("cur2-parquet", months=3), query))[CLOSED]
    restated = months(ask(bills("cur2-parquet", months=3, stage=Stage.RESTATED), query))[CLOSED]
    assert restated[0] == ["Refund"]
    assert restated[1] == first[1] + 1
    assert restated[2] < first[2]


def test_months_between_the_oldest_and_the_newest_closed_one_are_not_delivered_again(
    bills: MakeBills,
) -> None:
    written = bills("cur2-csv", stage=Stage.RESTATED)
    assert [str(each.period) for each in written.deliveries] == ["2026-06", CLOSING, OPEN]


@pytest.mark.parametrize("hour", range(0, 24, 5))
@pytest.mark.parametrize("day", [1, 2, 15])
def test_every_restated_delivery_is_newer_than_the_first(day: int, hour: int) -> None:
    at = newest_delivery(datetime(2026, 3, day, hour, tzinfo=UTC))
    delivered = {}
    for stage in Stage:
        spec = SampleSpec(as_of=at, until=newest_month(at), stage=stage)
        delivered[stage] = {state.period: state for state in bill_states(spec)}
    for period, restated in delivered[Stage.RESTATED].items():
        first = delivered[Stage.FIRST][period]
        assert first.delivered_at < restated.delivered_at <= at
        assert first.hours <= restated.hours
        assert first.hours > 0


def test_the_next_delivery_of_an_overwriting_export_takes_the_place_of_the_last(
    tmp_path: Path,
) -> None:
    written = {}
    for stage in Stage:
        SAMPLE.write(tmp_path, spec_of(SAMPLE, "cur-overwrite", months=1, stage=stage))
        written[stage] = files(tmp_path)
    assert written[Stage.FIRST].keys() == written[Stage.RESTATED].keys()
    assert written[Stage.FIRST] != written[Stage.RESTATED]


def test_the_next_delivery_of_a_keeping_export_lies_beside_the_last(tmp_path: Path) -> None:
    for stage in Stage:
        SAMPLE.write(tmp_path, spec_of(SAMPLE, "cur2-parquet", months=1, stage=stage))
    assert len(list(tmp_path.rglob("*.parquet"))) == 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"organizations": 11}, "1 to 10 organizations"),
        ({"rows": 0}, "start at 1"),
        ({"as_of": datetime(2026, 9, 10)}, "no time zone"),  # noqa: DTZ001
        ({"until": BillingPeriod.parse("2026-10")}, "Nothing of 2026-10 is billed yet"),
    ],
)
def test_a_spec_that_no_bill_could_follow_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        SampleSpec(**{"as_of": AS_OF, "until": UNTIL, **wrong})
