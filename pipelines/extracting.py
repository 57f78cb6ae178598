"""Make the report that an extract's file is written from, by hand or by the clock."""

from collections.abc import Iterator
from dataclasses import replace

import duckdb

from pipelines.house import House
from warehouse.extracts.catalog import EXTRACTS
from warehouse.extracts.files import FileFormat, Shape, write
from warehouse.extracts.freshness import bills_as_of
from warehouse.extracts.question import ask
from warehouse.extracts.reading import Published, Request, read
from warehouse.extracts.report import ExtractError, Report
from warehouse.extracts.xlsx_file import fits_sheet
from warehouse.layout import Holder
from warehouse.registry import deliveries


def report_of(
    house: House, lake: duckdb.DuckDBPyConnection, request: Request, published: Published
) -> Report:
    """Read an extract and how fresh its bills are. Raises ExtractError when it has no rows."""
    as_of = bills_as_of(lake, house.registry, request)
    return read(lake, request, replace(published, bills_as_of=as_of))


def write_all(house: House, holder: Holder, month: str) -> Iterator[tuple[str, str]]:
    """Write every monthly extract of an organization; yield its name and where it lies.

    One without rows says so. What no sheet holds becomes a CSV.
    """
    served = deliveries.published_snapshot(house.registry)
    if served is None:
        return
    with house.lake.connect(served[0]) as lake:
        for extract in EXTRACTS:
            if not extract.is_monthly or extract.is_of_company:
                continue
            request = Request(extract, holder, ask(extract), month)
            try:
                report = report_of(house, lake, request, Published(*served))
            except ExtractError as error:
                yield extract.name, error.what
                continue
            shape = Shape() if fits_sheet(report) else Shape(FileFormat.CSV)
            path = house.settings.layout.extract(holder, month, shape.name(extract.name))
            path.parent.mkdir(parents=True, exist_ok=True)
            yield extract.name, str(write(report, path, shape)[0])
