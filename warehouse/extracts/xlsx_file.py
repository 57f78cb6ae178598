"""A styled workbook: a cover sheet, typed rows, totals that tie to the mart."""

from collections.abc import Iterable
from datetime import UTC, date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from warehouse.extracts.money import exact, fits_number, minor_units
from warehouse.extracts.report import Column, ExtractError, Kind, Report, Total, Value, replacing

SHEET_ROWS: Final = 1_048_576
LONGEST_TEXT: Final = 32_767
"""Excel's limits. Text is measured in UTF-16 units."""
CUT: Final = " ... (cut)"
EXACT_TITLE: Final = "Exact amounts"
EXACT_WIDTH: Final = 48

OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": False,
}


def write_xlsx(report: Report, path: Path) -> None:
    """Write a report as a workbook. Raises ExtractError when a sheet cannot hold it."""
    needed = report.row_count + len(report.sums) + 2
    if needed > SHEET_ROWS:
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


class Formats:
    """Cell formats, each made once: Excel allows 64,000 and slows down long before."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}

    def get(self, number_format: str = "", *, bold: bool = False) -> Any:
        """Return the format of a number, bold or not."""
        key = (number_format, bold)
        if key not in self._made:
            self._made[key] = self._book.add_format({"num_format": number_format, "bold": bold})
        return self._made[key]

    def amount(self, currency: str, *, bold: bool = False) -> Any:
        """Return the format of a currency: its decimals, negative amounts in red."""
        units = minor_units(currency)
        digits = "#,##0" + ("." + "0" * units if units else "")
        return self.get(f"{digits};[Red]-{digits}", bold=bold)


class Sheet:
    """A sheet written from top to bottom, each value as its type and never as a formula."""

    def __init__(self, sheet: Any, formats: Formats) -> None:
        self.sheet, self.formats = sheet, formats
        self.row = 0

    def texts(self, values: Iterable[str], *, bold: bool = False) -> None:
        """Write a row of texts."""
        for number, value in enumerate(values):
            self.text(number, value, bold=bold)
        self.row += 1

    def text(self, number: int, value: str, *, bold: bool = False) -> None:
        """Write text as it is.

        In constant memory xlsxwriter takes text between `<r>` and `</r>` for markup and writes it
        raw: a service so named could plant a formula. In two pieces it is escaped as any other.
        """
        shape = self.formats.get(bold=bold)
        text = _cut(value)
        if text.startswith("<r>"):
            self.sheet.write_rich_string(self.row, number, text[0], shape, text[1:], shape)
        else:
            self.sheet.write_string(self.row, number, text, shape)

    def amount(self, number: int, value: Decimal, currency: str, *, bold: bool = False) -> None:
        """Write an amount unrounded; its format rounds what is seen."""
        shape = self.formats.amount(currency, bold=bold)
        self.sheet.write_number(self.row, number, float(value), shape)

    def cell(self, number: int, column: Column, value: Value, currency: str) -> None:
        """Write a value as its column's type; nothing where it is null."""
        match column.kind, value:
            case _, None:
                return
            case Kind.AMOUNT, Decimal():
                self.amount(number, value, currency)
            case Kind.RATE, Decimal():
                self.sheet.write_number(self.row, number, float(value))
            case Kind.RATIO, _:
                self.sheet.write_number(self.row, number, value, self.formats.get("0.0%"))
            case Kind.COUNT, _:
                self.sheet.write_number(self.row, number, value, self.formats.get("0"))
            case Kind.MONTH, _:
                month = date.fromisoformat(f"{value}-01")
                self.sheet.write_datetime(self.row, number, month, self.formats.get("yyyy-mm"))
            case _:
                self.text(number, str(value))


def _write_cover(cover: Sheet, report: Report) -> None:
    cover.sheet.set_column(0, 0, 20)
    cover.sheet.set_column(1, 20, 24)
    cover.texts([report.title], bold=True)
    currencies = ", ".join(total.currency for total in report.totals)
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
    for name, total in report.sums:
        _write_total(cover, name, total, positions)


def _write_table(table: Sheet, report: Report) -> None:
    for number, column in enumerate(report.columns):
        table.sheet.set_column(number, number, column.width)
    titles = [column.title for column in report.columns]
    if not _fits(report):
        table.sheet.set_column(len(titles), len(titles), EXACT_WIDTH)
        titles = [*titles, EXACT_TITLE]
    table.sheet.freeze_panes(1, 0)
    table.sheet.repeat_rows(0)
    table.sheet.set_landscape()
    table.sheet.fit_to_pages(1, 0)
    # Totals stay out of it: a filter would hide them, a sort would mix them in.
    table.sheet.autofilter(0, 0, report.row_count, len(titles) - 1)
    table.texts(titles, bold=True)
    _write_rows(table, report)
    table.row += 1
    positions = {column.title: report.position(column.title) for column in report.columns}
    currencies = {column.title: column.currency for column in report.columns}
    for name, total in report.sums:
        currency_at = positions[currencies[next(iter(total.amounts))]]
        table.text(currency_at, total.currency, bold=True)
        _write_total(table, name, total, positions)


def _write_rows(table: Sheet, report: Report) -> None:
    is_exact = _fits(report)
    # A column that holds no amount has a currency too, which nobody asks for.
    currencies_at = [report.position(column.currency) for column in report.columns]
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


def _write_total(sheet: Sheet, name: str, total: Total, positions: dict[str, int]) -> None:
    sheet.text(0, name, bold=True)
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
    return all(total.fits_numbers for _, total in report.sums)


def _cut(text: str) -> str:
    """Shorten text that Excel would refuse, visibly."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    kept = units[: 2 * (LONGEST_TEXT - len(CUT))]
    return kept.decode("utf-16-le", errors="ignore") + CUT
