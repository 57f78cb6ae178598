"""Measure files of finance beside what their writers alone take.

`python -m tests.benchmarks.extracts` writes one month of resources as CSV and as a workbook, and as
many cells by csv and xlsxwriter without a lake. Seconds are the processor's: others may use it too.
"""

import argparse
import csv
import os
import resource
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import xlsxwriter
from rich.console import Console
from rich.table import Table

from tests.benchmarks.processes import Usage, measured
from tests.benchmarks.resources import resource_rows
from tests.published import fill, house_in
from warehouse.extracts.costs import RESOURCES
from warehouse.extracts.report import Kind
from warehouse.extracts.xlsx_file import OPTIONS
from warehouse.publication import head
from warehouse.registry import deliveries

GIB = 2**30
FINHOUSE = str(Path(sys.executable).with_name("finhouse"))
ROWS = resource_rows("$organization", "$company", "'2026-09'", "date '2026-09-01'", "number")


def of_house(rows: int, file_format: str) -> Usage:
    """Return what `finhouse extract run` takes for so many resources."""
    with tempfile.TemporaryDirectory() as folder, house_in(Path(folder)) as house:
        company = house.registry.companies.add("Bench").company_id
        organization = house.registry.organizations.add("Bench").organization_id
        fill(house.lake, {})
        values = {"organization": organization, "company": company, "rows": rows}
        with house.lake.connect_writer() as connection:
            connection.execute(ROWS, values)
            deliveries.publish(house.registry, [], head(connection), datetime.now(UTC))
        asked = ("--organization", "Bench", "--period", "2026-09", "--format", file_format)
        return _measured([FINHOUSE, "extract", "run", "resources", *asked])


def of_writer(rows: int, file_format: str) -> Usage:
    """Return what the writing library takes for as many cells of the same kinds, in one process."""
    command = [sys.executable, "-m", "tests.benchmarks.extracts", "--rows", str(rows)]
    return _measured([*command, "--only-writer", file_format])


def _measured(command: list[str]) -> Usage:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    usage = measured(command, os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Usage(spent, usage.peak_bytes)


def write_alone(rows: int, file_format: str, path: Path) -> None:
    """Write equal rows, typed as the extract's."""
    cells = [
        "arn:aws:ec2:ap-northeast-2:012345678901:instance/i-0"
        if column.kind is Kind.TEXT
        else date(2026, 9, 1) if column.kind in {Kind.MONTH, Kind.DATE} else 1.25
        for column in RESOURCES.columns
    ]  # fmt: skip
    if file_format == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(cells for _ in range(rows))
        return
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        money = book.add_format({"num_format": "#,##0.00"})
        for row in range(rows):
            for number, cell in enumerate(cells):
                match cell:
                    case str():
                        sheet.write_string(row, number, cell)
                    case date():
                        sheet.write_datetime(row, number, cell, day)
                    case _:
                        sheet.write_number(row, number, cell, money)


def main() -> None:
    """Print seconds and memory, ours beside the library's."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--csv-rows", type=int, default=1_000_000)
    parser.add_argument("--xlsx-rows", type=int, default=500_000)
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--only-writer", choices=("csv", "xlsx"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_writer:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"cells.{arguments.only_writer}"
            write_alone(arguments.rows, arguments.only_writer, path)
        return
    for file_format, rows in (("csv", arguments.csv_rows), ("xlsx", arguments.xlsx_rows)):
        table = Table("File", "rows", "seconds", "memory", "writer alone", "memory", "ratio")
        alone, ours = of_writer(rows, file_format), of_house(rows, file_format)
        table.add_row(
            *(file_format, f"{rows:,}", f"{ours.seconds:.1f}", f"{ours.peak_bytes / GIB:.2f} GiB"),
            *(f"{alone.seconds:.1f}", f"{alone.peak_bytes / GIB:.2f} GiB"),
            f"{ours.seconds / alone.seconds:.2f}",
        )
        Console(width=100).print(table)


if __name__ == "__main__":
    main()
