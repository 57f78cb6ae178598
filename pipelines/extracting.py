"""Make the report that an extract's file is written from, by hand or by the clock."""

from dataclasses import replace

import duckdb

from pipelines.house import House
from warehouse.extracts.freshness import bills_as_of
from warehouse.extracts.reading import Published, Request, read
from warehouse.extracts.report import Report


def report_of(
    house: House, lake: duckdb.DuckDBPyConnection, request: Request, published: Published
) -> Report:
    """Read an extract and how fresh its bills are. Raises ExtractError when it has no rows."""
    as_of = bills_as_of(lake, house.registry, request)
    return read(lake, request, replace(published, bills_as_of=as_of))
