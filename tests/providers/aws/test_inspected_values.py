"""Which values may not enter the ledger, and what is counted of those that may."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.providers.aws.deliveries import legacy_name
from tests.providers.aws.inspecting import LINE, Inspect, csv_text, parquet, refusal
from tests.providers.aws.lines import focus_line


@pytest.mark.fault("F57")
@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-inf", "1e400", "N/A", "1_000", "0x10", "1e18"]
)
@pytest.mark.parametrize("column", ["line_item_unblended_cost", "line_item_usage_amount"])
def test_f57_a_number_that_is_none_is_refused_in_csv(
    inspected: Inspect, data: Path, column: str, value: str
) -> None:
    (data / "a.csv").write_text(csv_text(), encoding="utf-8")
    (data / "b.csv").write_text(csv_text(LINE, LINE | {column: value}), encoding="utf-8")
    error = refusal(inspected)
    assert (error.code, error.where) == ("NUMBER", "b.csv")
    assert repr(column) in error.what
    assert value not in str(error)


@pytest.mark.fault("F57")
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e300])
def test_f57_a_number_that_is_none_is_refused_in_parquet(
    inspected: Inspect, data: Path, value: float
) -> None:
    parquet(data / "a.parquet", LINE)
    parquet(data / "b.parquet", LINE | {"pricing_public_on_demand_cost": value})
    error = refusal(inspected)
    assert (error.code, error.where) == ("NUMBER", "b.parquet")
    assert "pricing_public_on_demand_cost" in error.what


@pytest.mark.fault("F57")
def test_f57_an_empty_cost_is_refused(inspected: Inspect, data: Path) -> None:
    (data / "a.csv").write_text(csv_text(LINE | {"line_item_unblended_cost": ""}), encoding="utf-8")
    error = refusal(inspected)
    assert (error.code, "is empty" in error.what) == ("NUMBER", True)


@pytest.mark.fault("F53", "`NUMBER` or `SCHEMA` with file and column")
def test_f53_text_in_one_part_of_a_number_column_is_refused(inspected: Inspect, data: Path) -> None:
    parquet(data / "a.parquet", LINE)
    parquet(data / "b.parquet", LINE | {"line_item_unblended_cost": "N/A"})
    error = refusal(inspected)
    assert (error.code, error.where) == ("NUMBER", "b.parquet")


def test_a_cost_that_became_a_truth_value_is_refused(inspected: Inspect, data: Path) -> None:
    parquet(data / "a.parquet", LINE | {"line_item_unblended_cost": True})
    error = refusal(inspected)
    assert (error.code, error.where) == ("SCHEMA", "a.parquet")
    assert "BOOLEAN" in error.what


@pytest.mark.fault("F58", "Every digit, as Python's Decimal adds them")
def test_f58_a_long_cost_is_summed_exactly(inspected: Inspect, data: Path) -> None:
    costs = ["123456789012345678.1234567890", "0.00000000004", "-0.1"]
    rows = [LINE | {"line_item_unblended_cost": cost} for cost in costs]
    (data / "a.csv").write_text(csv_text(*rows), encoding="utf-8")
    assert inspected().control_totals == {"USD": Decimal("123456789012345678.02345678904")}


def test_a_part_without_a_required_column_is_named(inspected: Inspect, data: Path) -> None:
    parquet(data / "a.parquet", LINE)
    parquet(data / "b.parquet", {k: v for k, v in LINE.items() if k != "line_item_unblended_cost"})
    error = refusal(inspected)
    assert (error.code, error.where) == ("SCHEMA", "b.parquet")


@pytest.mark.fault("F51")
def test_f51_parquet_parts_may_have_different_columns(inspected: Inspect, data: Path) -> None:
    parquet(data / "a.parquet", LINE)
    parquet(data / "b.parquet", LINE | {"resource_tags_user_team": "red"})
    assert list(inspected().columns)[-1] == "resource_tags_user_team"


@pytest.mark.fault("F94", "Every key is a column that is kept; memory stays within its limit")
def test_five_hundred_tag_keys_with_values_of_their_own_are_read(
    inspected: Inspect, data: Path
) -> None:
    keys = [f"resource_tags_user_{number}" for number in range(500)]
    rows = ({key: f"{key} {row}" for key in keys} for row in range(2000))
    parquet(data / "a.parquet", *(LINE | tags for tags in rows))
    found = inspected()
    assert (found.row_count, len(found.columns)) == (2000, len(LINE) + 500)


def test_csv_parts_share_their_header(inspected: Inspect, data: Path) -> None:
    (data / "a.csv").write_text(csv_text(), encoding="utf-8")
    short = csv_text(drop="line_item_line_item_description")
    (data / "b.csv").write_text(short, encoding="utf-8")
    error = refusal(inspected)
    assert (error.code, error.where) == ("SCHEMA", "b.csv")


def test_a_row_of_another_month_is_refused(inspected: Inspect, data: Path) -> None:
    august = datetime(2026, 8, 1)  # noqa: DTZ001 - the bill's own, without a zone
    parquet(data / "a.parquet", LINE, LINE | {"bill_billing_period_start_date": august})
    error = refusal(inspected)
    assert (error.code, error.where) == ("PERIOD_MISMATCH", "a.parquet")


@pytest.mark.fault("F74", "One instant, however it is written")
@pytest.mark.parametrize(
    "start", [date(2026, 9, 1), datetime(2026, 9, 1, tzinfo=UTC), "2026-09-01T00:00:00.000Z"]
)
def test_the_month_may_be_a_date_an_instant_or_text(
    inspected: Inspect, data: Path, start: object
) -> None:
    parquet(data / "a.parquet", LINE | {"bill_billing_period_start_date": start})
    assert inspected().row_count == 1


def test_split_cost_rows_count_as_rows_but_not_as_cost(inspected: Inspect, data: Path) -> None:
    pod = LINE | {"line_item_operation": "EKSPod-EC2", "line_item_unblended_cost": None}
    task = LINE | {"line_item_operation": "ECSTask-EC2"}
    parquet(data / "a.parquet", LINE, pod, task, LINE | {"line_item_operation": None})
    found = inspected()
    assert (found.row_count, found.control_totals) == (4, {"USD": Decimal(3)})


@pytest.mark.fault("F65")
def test_a_total_is_never_summed_across_currencies(inspected: Inspect, data: Path) -> None:
    won = focus_line("000000000042", 100_000.0, BillingCurrency="KRW")
    parquet(data / "a.parquet", focus_line("000000000042", 100.0), won)
    assert inspected("focus").control_totals == {"USD": Decimal(100), "KRW": Decimal(100_000)}


@pytest.mark.parametrize(
    ("line_type", "net", "expected"),
    [("Usage", 1.2, True), ("Usage", 1.5, False), ("Usage", None, False), ("Tax", 1.2, False)],
)
def test_net_costs_count_only_where_a_usage_row_differs(
    inspected: Inspect, data: Path, line_type: str, net: float | None, *, expected: bool
) -> None:
    more = {"line_item_line_item_type": line_type, "line_item_net_unblended_cost": net}
    parquet(data / "a.parquet", LINE | more)
    assert inspected().has_net_costs is expected


@pytest.mark.fault("F55", "`SCHEMA`: the file is not what the connection says")
def test_a_focus_file_is_no_cur(inspected: Inspect, data: Path) -> None:
    parquet(data / "a.parquet", focus_line("000000000042", 1.0))
    assert refusal(inspected).code == "SCHEMA"


def test_legacy_names_are_understood_and_kept(inspected: Inspect, data: Path) -> None:
    text = csv_text()
    for name in LINE:
        text = text.replace(name, legacy_name(name), 1)
    (data / "a.csv").write_text(text, encoding="utf-8")
    found = inspected("cur1")
    assert found.columns["lineItem/UnblendedCost"] == "VARCHAR"
    assert found.control_totals == {"USD": Decimal("1.5")}
