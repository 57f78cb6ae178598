"""A styled workbook: a cover sheet, typed rows, totals that tie to the mart, a chart."""

from collections.abc import Iterable
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from warehouse.extracts.money import exact, fits_number
from warehouse.extracts.report import (
    Chart,
    ExtractError,
    Kind,
    Report,
    Total,
    replacing,
)
from warehouse.extracts.xlsx_sheet import Formats, Sheet, amount_format

SHEET_ROWS: Final = 1_048_576
"""Excel's limit."""
EXACT_TITLE: Final = "Exact amounts"
EXACT_WIDTH: Final = 48
CHART_ROWS: Final = 20
"""Rows that a chart covers."""

OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": False,
}


def write_xlsx(report: Report, path: Path) -> None:
    """Write a report as a workbook. Raises ExtractError when a sheet cannot hold it."""
    if not fits_sheet(report):
        raise ExtractError(
            f"{report.row_count:,} rows do not fit into a sheet, which holds {SHEET_ROWS:,}.",
            "Take the file as text: --format csv.",
        )
    with replacing(path) as arriving:
        options = OPTIONS | {"tmpdir": str(arriving.parent)}
        with xlsxwriter.Workbook(str(arriving), options) as book:
            created = report.published_at.astimezone(UTC).replace(tzinfo=None)
            book.set_properties({"title": report.title, "created": created})
            formats = Formats(book)
            _write_cover(Sheet(book.add_worksheet("About"), formats), report)
            _write_table(Sheet(book.add_worksheet(report.title), formats), report)
            if report.charts:
                _write_charts(book, Sheet(book.add_worksheet("Chart"), formats), report.charts)


def fits_sheet(report: Report) -> bool:
    """Tell whether a sheet holds the rows with their header, a blank line and the totals."""
    return report.row_count + len(report.sums) + 2 <= SHEET_ROWS


def _write_cover(cover: Sheet, report: Report) -> None:
    cover.sheet.set_column(0, 0, 20)
    cover.sheet.set_column(1, 20, 24)
    cover.texts([report.title], bold=True)
    currencies = ", ".join(dict.fromkeys(total.currency for total in report.totals))
    facts = {**report.facts, "Rows": f"{report.row_count}", "Currency": currencies}
    for name, value in facts.items():
        cover.texts([name, value])
    cover.texts(
        ["Rounding", "Cells hold unrounded amounts and show the decimals of their currency."]
    )
    cover.row += 1
    amounts = [column for column in report.columns if column.kind is Kind.AMOUNT]
    exact_title = [] if _fits(report) else [EXACT_TITLE]
    cover.texts(["Total", *(column.title for column in amounts), *exact_title], bold=True)
    positions = {column.title: i for i, column in enumerate(amounts, 1)}
    for total in report.sums:
        _write_total(cover, total, positions)


def _write_table(table: Sheet, report: Report) -> None:
    titles = [column.title for column in report.columns]
    if not _fits(report):
        table.sheet.set_column(len(titles), len(titles), EXACT_WIDTH)
        titles = [*titles, EXACT_TITLE]
    _shape_table(table, report, len(titles))
    table.texts(titles, bold=True)
    _write_rows(table, report)
    table.row += 1
    positions = {column.title: report.position(column.title) for column in report.columns}
    currencies = {column.title: column.currency for column in report.columns}
    for total in report.sums:
        currency_at = positions[currencies[next(iter(total.amounts))]]
        table.text(currency_at, total.currency, bold=True)
        _write_total(table, total, positions)


def _shape_table(table: Sheet, report: Report, width: int) -> None:
    sheet = table.sheet
    for number, column in enumerate(report.columns):
        sheet.set_column(number, number, column.width)
        for text in column.alarms:
            rule = {"type": "cell", "criteria": "==", "value": f'"{text}"'}
            shape = {"format": table.formats.alarm()}
            sheet.conditional_format(1, number, report.row_count, number, rule | shape)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    # Totals stay out of it: a filter would hide them, a sort would mix them in.
    sheet.autofilter(0, 0, report.row_count, width - 1)


def _write_rows(table: Sheet, report: Report) -> None:
    is_exact = _fits(report)
    currencies_at = [
        report.position(column.currency) if column.kind is Kind.AMOUNT else 0
        for column in report.columns
    ]
    for row in report.rows:
        currencies = [str(row[at]) for at in currencies_at]
        cells = list(zip(report.columns, row, currencies, strict=True))
        for number, (column, value, currency) in enumerate(cells):
            table.cell(number, column, value, currency)
        if not is_exact:
            amounts = [
                (column.title, value, currency)
                for column, value, currency in cells
                if column.kind is Kind.AMOUNT and isinstance(value, Decimal)
            ]
            _write_exact(table, len(row), amounts)
        table.row += 1


def _write_total(sheet: Sheet, total: Total, positions: dict[str, int]) -> None:
    # Where a reader's columns begin with an amount, the name would write over its sum.
    if 0 not in {positions[title] for title in total.amounts}:
        sheet.text(0, total.name, bold=True)
    amounts = [
        (title, value, total.currency)
        for title, value in total.amounts.items()
        if value is not None
    ]
    for title, value, currency in amounts:
        sheet.amount(positions[title], value, currency, bold=True)
    _write_exact(sheet, max(positions.values()) + 1, amounts)
    sheet.row += 1


def _write_exact(sheet: Sheet, number: int, amounts: Iterable[tuple[str, Decimal, str]]) -> None:
    """Write amounts a spreadsheet's number cannot hold as text, beside their rounded cells."""
    large = [
        f"{title} {exact(value)}"
        for title, value, currency in amounts
        if not fits_number(value, currency)
    ]
    if large:
        sheet.text(number, "; ".join(large))


def _fits(report: Report) -> bool:
    return all(total.fits_numbers for total in report.sums)


def _write_charts(book: Any, sheet: Sheet, charts: Iterable[Chart]) -> None:
    """Draw each currency's largest amounts beside the cells they are taken from."""
    sheet.sheet.set_column(0, 0, 36)
    sheet.sheet.set_column(1, 1, 18)
    for chart in charts:
        top = sheet.row
        sheet.texts([chart.label, f"{chart.amount.title}, {chart.currency}"], bold=True)
        for label, amount in chart.points:
            sheet.text(0, label)
            sheet.amount(1, amount, chart.currency)
            sheet.row += 1
        drawn = book.add_chart({"type": "bar"})
        cells = {"first_row": top + 1, "last_row": sheet.row - 1}
        drawn.add_series(
            {
                "name": f"{chart.amount.title}, {chart.currency}",
                "categories": ["Chart", cells["first_row"], 0, cells["last_row"], 0],
                "values": ["Chart", cells["first_row"], 1, cells["last_row"], 1],
            }
        )
        drawn.set_title({"name": f"{chart.title}, {chart.currency}"})
        drawn.set_legend({"none": True})
        drawn.set_y_axis({"reverse": True})
        drawn.set_x_axis({"num_format": amount_format(chart.currency)})
        sheet.sheet.insert_chart(top, 3, drawn)
        sheet.row = max(sheet.row + 1, top + CHART_ROWS)
