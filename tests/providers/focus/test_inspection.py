"""What a FOCUS file may hold, and what it is refused for."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.providers.contract import BillError, Delivery, Provider
from pipelines.providers.landing import Landed, land
from tests.providers.aws.deliveries import Folder
from tests.providers.focus.feeds import line, put_month
from warehouse.landing import ROWS
from warehouse.layout import Layout

Land = Callable[..., Landed]


@pytest.fixture
def landed(folder: Folder, focus: Callable[..., Provider], tmp_path: Path) -> Land:
    """Deliver rows as September 2026 and land them."""

    def run(*rows: dict[str, Any], file_type: str = "csv") -> Landed:
        put_month(folder, "2026-09", rows, file_type=file_type, parts=1)
        (delivery,) = focus(folder).deliveries()
        assert isinstance(delivery, Delivery)
        return land(delivery, focus(folder), Layout(tmp_path / "house"))

    return run


def read(landed: Landed, column: str) -> list[Any]:
    at = list(landed.inspection.columns).index(column)
    rows = duckdb.sql(f"select column_{at} from read_parquet('{landed.folder / ROWS}/*')")
    return [value for (value,) in rows.fetchall()]


def test_the_word_null_means_null(landed: Land) -> None:
    month = landed(line("NULL", "1", ChargeClass="null"), line("0007", "2", ChargeClass=""))
    assert read(month, "SubAccountId") == [None, "0007"]
    assert read(month, "ChargeClass") == [None, None]


def test_a_column_of_parquet_without_a_value_has_no_kind(landed: Land) -> None:
    more = {"ChargeClass": None, "x_count": 1}
    columns = landed(line("1", 1.5, **more), file_type="parquet").inspection.columns
    assert (columns["ChargeClass"], columns["x_count"]) == ("NULL", "BIGINT")


def test_a_null_cost_is_refused(landed: Land) -> None:
    with pytest.raises(BillError, match=r"NUMBER.*'BilledCost' is empty"):
        landed(line("0007", "NULL"))


@pytest.mark.fault("F74", "`TIME` where an instant is not in UTC or could be read in two ways")
@pytest.mark.fault("F57")
@pytest.mark.parametrize(
    ("code", "column", "value"),
    [
        ("TIME", "ChargePeriodStart", "9/1/26"),
        ("TIME", "ChargePeriodEnd", "2026-09-01T30:00:00Z"),
        ("TIME", "ChargePeriodEnd", "2026-09-01T09:00:00+09:00"),
        ("TIME", "ChargePeriodEnd", "NULL"),
        ("TIME", "BillingPeriodEnd", "October"),
        ("NUMBER", "BilledCost", "$1,000.00 "),
        ("NUMBER", "EffectiveCost", "NaN"),
        ("NUMBER", "ListUnitPrice", "1.000,50"),
        ("JSON", "Tags", "team=web"),
        ("JSON", "Tags", '["web"]'),
        ("JSON", "Tags", '{"team": "web", "team": "app"}'),
        ("PERIOD_MISMATCH", "BillingPeriodStart", "2026-10-01T00:00:00Z"),
    ],
)
def test_a_value_the_ledger_cannot_read_is_refused_by_name(
    landed: Land, code: str, column: str, value: str
) -> None:
    with pytest.raises(BillError) as refused:
        landed(line("0007", "1", **{column: value}))
    assert (refused.value.code, repr(column) in refused.value.what) == (code, True)


@pytest.mark.parametrize("column", ["EffectiveCost", "BillingCurrency", "BillingAccountId"])
def test_a_feed_without_a_column_no_ledger_can_miss_is_refused(landed: Land, column: str) -> None:
    row = line("0007", "1")
    del row[column]
    with pytest.raises(BillError, match=r"SCHEMA.*columns are missing"):
        landed(row)


def test_an_account_that_came_as_a_number_is_refused(landed: Land) -> None:
    with pytest.raises(BillError, match="'SubAccountId' is BIGINT, not VARCHAR"):
        landed(line("0007", 1.0) | {"SubAccountId": 7}, file_type="parquet")


def test_columns_that_are_not_focus_are_named_once(landed: Land) -> None:
    month = landed(line("0007", "1", x_Team="web", SkuPriceid="a", Id="1", AllocatedTags="{}"))
    assert month.inspection.warnings == ("left out, neither FOCUS nor x_: SkuPriceid, Id",)


def test_t41_tiny_prices_add_up_exactly(landed: Land) -> None:
    month = landed(*(line("0007", "0.0000002") for _ in range(1000)))
    assert month.inspection.control_totals == {"USD": Decimal("0.0002")}


def test_currencies_have_totals_of_their_own(landed: Land) -> None:
    month = landed(line("0007", "100"), line("0007", "100000", BillingCurrency="KRW"))
    assert month.inspection.control_totals == {"USD": Decimal(100), "KRW": Decimal(100000)}
