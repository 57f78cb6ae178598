"""CSV for finance: exact, readable by anything, harmless in a spreadsheet."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.warehouse.extracts.conftest import HOSTILE_TEXTS, report_of
from warehouse.extracts.csv_file import write_csv
from warehouse.extracts.report import ExtractError, Report, Value

STARTS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def written(report: Report, path: Path) -> list[dict[str, str]]:
    write_csv(report, path)
    return read(path)


def test_a_file_read_again_equals_the_mart_to_the_last_decimal(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    rows = written(report_of(lake), target)
    expected = list(report_of(lake).rows)
    assert [Decimal(row["Effective"]) for row in rows] == [row[10] for row in expected]
    assert [Decimal(row["List"]) for row in rows] == [row[12] for row in expected]


@pytest.mark.fault("F87")
def test_f87_every_digit_of_a_large_amount_is_written(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    rows = written(report_of(lake, "org-huge"), target)
    assert [row["Effective"] for row in rows] == ["123456789012345678.12", "-0.12"]


def test_the_smallest_amount_has_no_exponent(lake: duckdb.DuckDBPyConnection, target: Path) -> None:
    assert "0.000000000003" in {row["Effective"] for row in written(report_of(lake), target)}


@pytest.mark.fault("F85", "An apostrophe before such a text; numbers stay numbers")
def test_f85_no_text_starts_as_a_formula_and_none_is_lost(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    rows = written(report_of(lake, "org-evil"), target)
    texts = [row[name] for row in rows for name in ("Organization", "Service", "Account name")]
    assert [text for text in texts if text.startswith(STARTS)] == []
    expected = {f"'{text}" if text.startswith(STARTS) else text for text in HOSTILE_TEXTS}
    assert {row["Service"] for row in rows} == expected | {"negative"}


@pytest.mark.fault("F85")
def test_f85_a_negative_number_stays_a_number(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    rows = written(report_of(lake, "org-evil"), target)
    assert [row["Effective"] for row in rows if row["Service"] == "negative"] == ["-3"]


def test_unknown_is_empty_and_zero_is_zero(lake: duckdb.DuckDBPyConnection, target: Path) -> None:
    rows = {row["Service"]: row for row in written(report_of(lake), target)}
    assert rows["Amazon S3"]["Previous month effective"] == ""
    assert rows["Gone"]["Effective"] == "0"


@pytest.mark.fault("F91", "Korean opens right in Excel")
@pytest.mark.parametrize(("with_bom", "start"), [(True, b"\xef\xbb\xbf"), (False, b"")])
def test_f91_the_byte_order_mark_is_for_excel_and_can_be_left_out(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path, with_bom: bool, start: bytes
) -> None:
    path = tmp_path / "한글.csv"
    write_csv(report_of(lake), path, with_bom=with_bom)
    assert path.read_bytes().startswith(start + b"Organization,Month,")


def test_lines_end_as_rfc_4180_says(lake: duckdb.DuckDBPyConnection, target: Path) -> None:
    write_csv(report_of(lake), target)
    assert target.read_bytes().count(b"\r\n") == target.read_bytes().count(b"\n") == 7


def test_another_library_reads_the_same_rows(lake: duckdb.DuckDBPyConnection, target: Path) -> None:
    write_csv(report_of(lake), target)
    frame = pl.read_csv(target, schema_overrides={"Account": pl.String})
    assert frame["Organization"].unique().to_list() == ["결제 플랫폼"]
    assert frame["Account"].to_list().count("012345678901") == 5


@pytest.mark.fault("H06", "The old file, whole")
def test_a_file_that_cannot_be_finished_leaves_the_old_one(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    write_csv(report_of(lake), target)
    before = target.read_bytes()

    def breaks_off() -> Iterator[tuple[Value, ...]]:
        yield from list(report_of(lake).rows)[:1]
        raise RuntimeError("the lake went away")

    with pytest.raises(RuntimeError):
        write_csv(replace(report_of(lake), rows=breaks_off()), target)
    assert target.read_bytes() == before
    assert list(target.parent.iterdir()) == [target]


def test_a_folder_that_is_not_there_is_said(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(ExtractError, match=r"costs\.csv cannot be written: No such file"):
        write_csv(report_of(lake), tmp_path / "nowhere" / "costs.csv")
