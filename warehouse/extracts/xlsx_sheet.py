"""One sheet of a workbook: each value as its type, and no text ever a formula."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from warehouse.extracts.money import minor_units
from warehouse.extracts.report import Column, Kind, Value

LONGEST_TEXT: Final = 32_767
"""Excel's limit, in UTF-16 units."""
CUT: Final = " ... (cut)"
DATES: Final = {
    Kind.MONTH: "yyyy-mm",
    Kind.DATE: "yyyy-mm-dd",
    Kind.TIME: "yyyy-mm-dd hh:mm",
}
NUMBERS: Final = {Kind.RATIO: "0.0%", Kind.COUNT: "0", Kind.RATE: ""}


class Formats:
    """Cell formats, each made once: Excel allows 64,000 and slows down long before."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}
        self._of_currency: dict[tuple[str, bool], Any] = {}

    def get(self, number_format: str = "", *, bold: bool = False) -> Any:
        """Return the format of a number, bold or not."""
        key = (number_format, bold)
        if key not in self._made:
            self._made[key] = self._book.add_format({"num_format": number_format, "bold": bold})
        return self._made[key]

    def amount(self, currency: str, *, bold: bool = False) -> Any:
        """Return the format of a currency: its decimals, negative amounts in red."""
        key = (currency, bold)
        if key not in self._of_currency:
            self._of_currency[key] = self.get(amount_format(currency), bold=bold)
        return self._of_currency[key]

    def alarm(self) -> Any:
        """Return the format of what asks for attention."""
        return self._book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})


def amount_format(currency: str) -> str:
    """Return how a spreadsheet shows amounts of a currency."""
    units = minor_units(currency)
    digits = "#,##0" + ("." + "0" * units if units else "")
    return f"{digits};[Red]-{digits}"


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
        kind = column.kind
        if value is None:
            return
        if kind is Kind.AMOUNT and isinstance(value, Decimal):
            self.amount(number, value, currency)
        elif kind in NUMBERS:
            self.sheet.write_number(
                self.row, number, float(value), self.formats.get(NUMBERS[kind])  # type: ignore[arg-type]
            )  # fmt: skip
        elif kind in DATES:
            at = date.fromisoformat(f"{value}-01") if kind is Kind.MONTH else value
            self.sheet.write_datetime(self.row, number, at, self.formats.get(DATES[kind]))
        else:
            self.text(number, str(value))


def _cut(text: str) -> str:
    """Shorten text that Excel would refuse, visibly."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    kept = units[: 2 * (LONGEST_TEXT - len(CUT))]
    return kept.decode("utf-16-le", errors="ignore") + CUT
