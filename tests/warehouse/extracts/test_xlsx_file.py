"""The workbook: opened again by another library it equals the mart, and nothing in it runs."""

import re
import zipfile
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet

from tests.warehouse.extracts.conftest import HOSTILE_TEXTS, report_of
from warehouse.extracts.report import ExtractError, Report
from warehouse.extracts.xlsx_file import SHEET_ROWS, write_xlsx
from warehouse.extracts.xlsx_sheet import LONGEST_TEXT

CENT = Decimal("0.01")


def written(report: Report, path: Path) -> Worksheet:
    write_xlsx(report, path)
    sheet: Worksheet = openpyxl.load_workbook(path)["Monthly costs"]
    return sheet


def records(sheet: Worksheet) -> list[dict[str, object]]:
    """Rows up to the blank line, by title."""
    header, *rows = sheet.iter_rows(values_only=True)
    end = rows.index((None,) * len(header))
    return [dict(zip(header, row, strict=True)) for row in rows[:end]]


def footers(sheet: Worksheet) -> dict[str, dict[str, object]]:
    """Totals by currency."""
    header, *rows = sheet.iter_rows(values_only=True)
    end = rows.index((None,) * len(header))
    totals = [dict(zip(header, row, strict=True)) for row in rows[end + 1 :]]
    return {str(total["Currency"]): total for total in totals}


def cents(number: object) -> Decimal:
    return Decimal(str(number)).quantize(CENT)


def test_cells_read_again_add_up_to_the_mart_to_the_cent(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    sheet = written(report_of(lake), target)
    for total in report_of(lake).totals:
        for title in ("Billed", "Effective", "Contracted", "List"):
            cells = [r[title] for r in records(sheet) if r["Currency"] == total.currency]
            assert cents(sum(map(float, cells))) == cents(total.amounts[title])  # type: ignore[arg-type]


@pytest.mark.fault("F89", "The mart's total under the same filter, below the rows")
def test_f89_the_footer_is_the_marts_total_per_currency(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    totals = footers(written(report_of(lake), target))
    assert {currency: total["Effective"] for currency, total in totals.items()} == {
        "BHD": 1.2345,
        "KRW": 12345,
        "USD": 90.118456789015,
    }


def test_amounts_are_numbers_and_months_are_dates(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    row = records(written(report_of(lake), target))[2]
    assert (row["Month"], row["Billed"], row["Effective"], row["Share"]) == (
        datetime(2026, 9, 1),  # noqa: DTZ001 - a spreadsheet's dates have no zone
        70.5,
        100.123456789012,
        0.98,
    )
    assert row["Account"] == "012345678901"


@pytest.mark.fault("F66", "As many decimals as the currency has")
def test_each_currency_shows_its_own_decimals(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    sheet = written(report_of(lake), target)
    shapes = {row[8].value: row[10].number_format for row in sheet.iter_rows(min_row=2, max_row=7)}
    assert shapes == {
        "BHD": "#,##0.000;[Red]-#,##0.000",
        "KRW": "#,##0;[Red]-#,##0",
        "USD": "#,##0.00;[Red]-#,##0.00",
    }


def test_unknown_is_empty_and_zero_is_zero(lake: duckdb.DuckDBPyConnection, target: Path) -> None:
    rows = {row["Service"]: row for row in records(written(report_of(lake), target))}
    assert rows["Amazon S3"]["Previous month effective"] is None
    assert rows["Gone"]["Effective"] == 0


@pytest.mark.fault("F86", "The text as it is; no formula, no link")
def test_f86_no_text_becomes_a_formula_or_a_link(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    write_xlsx(report_of(lake, "org-evil"), target)
    with zipfile.ZipFile(target) as parts:
        xml = {name: parts.read(name).decode() for name in parts.namelist()}
    assert [name for name, text in xml.items() if re.search(r"<(f|hyperlinks?)[ />]", text)] == []
    assert [name for name in xml if "externalLink" in name or "vba" in name] == []


@pytest.mark.fault("F86")
@pytest.mark.fault("F93")
def test_f86_hostile_text_is_read_again_as_it_was(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    rows = records(written(report_of(lake, "org-evil"), target))
    assert {unescape(str(row["Service"])) for row in rows} == {*HOSTILE_TEXTS, "negative"}
    assert {row["Organization"] for row in rows} == {"=1+1"}
    assert [row["Effective"] for row in rows if row["Service"] == "negative"] == [-3]


@pytest.mark.fault(
    "F93", "Whole in the lake, cut visibly in a cell, harmless on the screen and in file names"
)
def test_text_longer_than_excel_takes_is_cut_visibly(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    report = report_of(lake, "org-b")
    row = list(next(iter(report.rows)))
    row[report.position("Service")] = "긴🙂" * LONGEST_TEXT
    sheet = written(replace(report, rows=[tuple(row)]), target)
    service = str(records(sheet)[0]["Service"])
    assert service.startswith("긴🙂긴🙂")
    assert service.endswith(" ... (cut)")
    assert len(service.encode("utf-16-le")) <= 2 * LONGEST_TEXT


@pytest.mark.fault("F87", "The exact amount as text, beside the rounded number")
def test_f87_an_amount_beyond_a_spreadsheets_digits_stands_exact_beside(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    sheet = written(report_of(lake, "org-huge"), target)
    large, small = records(sheet)
    assert large["Effective"] == pytest.approx(1.2345678901234568e17)
    assert "Effective 123456789012345678.12; " in str(large["Exact amounts"])
    assert small["Exact amounts"] is None
    total = footers(sheet)["USD"]
    assert "Effective 123456789012345678" in str(total["Exact amounts"])


def test_ordinary_amounts_need_no_column_of_exact_ones(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    assert "Exact amounts" not in records(written(report_of(lake), target))[0]


def test_the_header_stays_and_the_filter_leaves_the_totals_alone(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    sheet = written(report_of(lake), target)
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:P7"
    assert sheet["A1"].font.bold
    assert sheet["A9"].value == "Total BHD"
    assert sheet.column_dimensions["F"].width > sheet.column_dimensions["B"].width


def test_the_cover_names_the_source_and_repeats_the_totals(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    write_xlsx(report_of(lake), target)
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["About", "Monthly costs", "Chart"]
    cover = [[value for value in row if value is not None] for row in book["About"].values]
    assert ["Organization", "결제 플랫폼"] in cover
    assert ["Snapshot", "7"] in cover
    assert ["Published", "2026-10-04 06:30:00 UTC"] in cover
    assert ["Rows", "6"] in cover
    assert ["Currency", "BHD, KRW, USD"] in cover
    assert cover[-1][0] == "Total USD"
    assert cover[-1][2] == 90.118456789015


def test_the_same_snapshot_gives_the_same_bytes(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    write_xlsx(report_of(lake), target)
    first = target.read_bytes()
    write_xlsx(report_of(lake), target)
    assert target.read_bytes() == first


def test_more_rows_than_a_sheet_holds_are_refused_and_nothing_is_written(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    report = report_of(lake, "org-b")
    # Header, blank line and total need three rows of the sheet.
    crowded = replace(report.totals[0], row_count=SHEET_ROWS - 2)
    with pytest.raises(ExtractError, match="--format csv"):
        write_xlsx(replace(report, totals=(crowded,)), target)
    assert list(target.parent.iterdir()) == []


def test_a_workbook_leaves_nothing_but_itself(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    write_xlsx(report_of(lake), target)
    assert list(target.parent.iterdir()) == [target]


def test_reporting_amounts_have_their_own_currency_and_a_total_below_the_others(
    lake: duckdb.DuckDBPyConnection, target: Path
) -> None:
    sheet = written(report_of(lake, "org-won"), target)
    header, *rows = sheet.iter_rows()
    titles = [cell.value for cell in header]
    in_won = titles.index("Reporting effective")
    dollars = next(row for row in rows if row[titles.index("Currency")].value == "USD")
    assert (dollars[in_won].value, dollars[in_won].number_format[:5]) == (135_050, "#,##0")
    assert "." not in dollars[in_won].number_format
    assert dollars[titles.index("Exchange rate")].value == 1350.5
    last = rows[-1]
    assert (last[0].value, last[in_won].value) == ("All in KRW", 235_050)
