"""CSV as RFC 4180 has it, with text that no spreadsheet runs as a formula."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, TextIO

from warehouse.extracts.money import exact
from warehouse.extracts.report import Report, replacing

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""First characters that make a spreadsheet calculate a cell instead of showing it."""


def write_csv(report: Report, path: Path, *, with_bom: bool = True) -> None:
    """Write a report's rows, exact to the last decimal; the byte order mark is for Excel.

    No totals: a program that adds up the file would count everything twice.
    """
    with (
        replacing(path) as arriving,
        arriving.open("w", encoding="utf-8-sig" if with_bom else "utf-8", newline="") as file,
    ):
        write_rows(file, [column.title for column in report.columns], report.rows)


def write_rows(file: TextIO, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a header and rows. Numbers stay numbers, null is empty, text is made harmless."""
    writer = csv.writer(file)
    writer.writerow([harmless(title) for title in header])
    writer.writerows([_cell(value) for value in row] for row in rows)


def harmless(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _cell(value: object) -> object:
    match value:
        case None | int() | float():
            return value
        case Decimal():
            return exact(value)
        case _:
            return harmless(str(value))
