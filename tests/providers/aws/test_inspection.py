"""Which files may not enter the ledger."""

import gzip
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.providers.aws.inspecting import LINE, Inspect, csv_text, parquet, refusal


def test_t01_the_golden_month_passes_with_its_total(
    inspected: Inspect, data: Path, shared_folder: Path
) -> None:
    golden = shared_folder / "cases" / "aws_golden_month.parquet"
    (data / "golden.parquet").write_bytes(golden.read_bytes())
    found = inspected()
    assert (found.row_count, found.control_totals) == (5648, {"USD": Decimal("2173.32")})
    assert not found.has_net_costs


def test_t15_an_account_id_that_became_a_number_is_refused(inspected: Inspect, data: Path) -> None:
    parquet(data / "a.parquet", LINE | {"line_item_usage_account_id": 42})
    error = refusal(inspected)
    assert (error.code, error.where) == ("SCHEMA", "a.parquet")
    assert "line_item_usage_account_id" in error.what


@pytest.mark.fault("F21", "`PARQUET_UNREADABLE`")
def test_f21_a_changed_byte_in_a_parquet_page_is_refused(inspected: Inspect, data: Path) -> None:
    rows = [LINE | {"line_item_unblended_cost": number / 7} for number in range(2000)]
    path = parquet(data / "a.parquet", *rows, compression="snappy", statistics=False)
    chunk = duckdb.sql(
        f"""select data_page_offset, total_compressed_size from parquet_metadata('{path}')
        where path_in_schema = 'line_item_unblended_cost'"""
    ).fetchall()[0]
    content = bytearray(path.read_bytes())
    # The page's own length, in its first bytes: every reader stumbles over it.
    content[chunk[0] + 3] ^= 0x55
    content[chunk[0] + 4] ^= 0x55
    path.write_bytes(content)
    assert refusal(inspected).code == "PARQUET_UNREADABLE"


@pytest.mark.fault("F22", "`PARQUET_ROWS` or `PARQUET_UNREADABLE`")
@pytest.mark.parametrize("occurrences", [1, -1], ids=["file", "row-groups-and-columns-too"])
def test_f22_a_footer_that_promises_more_rows_than_the_pages_hold_is_refused(
    inspected: Inspect, data: Path, occurrences: int
) -> None:
    path = parquet(data / "a.parquet", *[LINE] * 62)
    content = path.read_bytes()
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    # An i64 field (0x16) of 62 is the zigzag varint 0x7c, of 63 it is 0x7e; the file's own comes
    # first.
    footer = content[start:-8].replace(b"\x16\x7c", b"\x16\x7e", occurrences)
    path.write_bytes(content[:start] + footer + content[-8:])
    assert duckdb.sql(f"select num_rows from parquet_file_metadata('{path}')").fetchall() == [(63,)]
    error = refusal(inspected)
    assert error.code in {"PARQUET_ROWS", "PARQUET_UNREADABLE"}
    assert error.where == "a.parquet"


@pytest.mark.fault("F23")
def test_f23_a_file_without_rows_is_an_empty_month(inspected: Inspect, data: Path) -> None:
    (data / "a.csv").write_text(csv_text().splitlines()[0] + "\n", encoding="utf-8")
    found = inspected()
    assert (found.row_count, found.control_totals) == (0, {})


def test_a_parquet_file_without_rows_is_an_empty_month(inspected: Inspect, data: Path) -> None:
    pl.DataFrame([LINE]).clear().write_parquet(data / "a.parquet")
    assert inspected().row_count == 0


@pytest.mark.fault(
    "F25", "`CSV_RAGGED` with the line; the rows lie in quarantine, and the month stays the old one"
)
@pytest.mark.fault("F26", "`CSV_QUOTE` with the line")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("1,2", "CSV_RAGGED"),
        ("1," * 40, "CSV_RAGGED"),
        ('1,"2', "CSV_QUOTE"),
    ],
    ids=["F25-few", "F25-many", "F26-quote"],
)
def test_a_broken_csv_row_is_refused_by_line(
    inspected: Inspect, data: Path, row: str, code: str
) -> None:
    (data / "a.csv").write_text(csv_text(LINE, LINE) + row + "\n", encoding="utf-8")
    error = refusal(inspected)
    assert (error.code, error.where) == (code, "a.csv, line 4")


def test_another_delimiter_is_refused(inspected: Inspect, data: Path) -> None:
    (data / "a.csv").write_text(csv_text().replace(",", ";"), encoding="utf-8")
    assert refusal(inspected).code == "SCHEMA"


@pytest.mark.fault("F29")
def test_f29_a_utf_16_file_is_refused(inspected: Inspect, data: Path) -> None:
    (data / "a.csv").write_bytes(csv_text().encode("utf-16"))
    assert refusal(inspected).code == "ENCODING"


@pytest.mark.fault("F34", "Both columns, under their own names")
def test_f34_columns_that_differ_only_by_case_are_both_kept(inspected: Inspect, data: Path) -> None:
    names = ["resourceTags/user:Name", "resourceTags/user:name"]
    header, row = csv_text().splitlines()
    text = f"{header},{','.join(names)}\n{row},서울,부산\n"
    (data / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert list(inspected().columns)[-2:] == names


def test_a_column_twice_in_the_header_is_refused(inspected: Inspect, data: Path) -> None:
    header, row = csv_text().splitlines()
    (data / "a.csv").write_text(f"{header},line_item_unblended_cost\n{row},9\n", encoding="utf-8")
    assert "twice" in refusal(inspected).what
