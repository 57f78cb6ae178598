"""Measure what publishing files costs, beside DuckDB's own pass over the same rows.

`python -m tests.benchmarks.serving` publishes a year of resources of ten organizations, then the
same with one month of one of them changed, then with nothing changed. Seconds are the processor's:
others may use it too.
"""

import argparse
import resource
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipelines.house import House
from pipelines.serving import descriptions
from tests.benchmarks.resources import resource_rows
from tests.published import fill, house_in
from warehouse.publication import head
from warehouse.registry import deliveries
from warehouse.serving.digests import read_digests
from warehouse.serving.organization_files import publish_files

MART = "fct_daily_resource_costs"
ROWS = resource_rows(
    "'org-' || number % 10",
    "'co-bench'",
    "printf('2026-%02d', 1 + number // 10 % 12)",
    "date '2026-01-01' + cast(number % 365 as integer)",
    "number // 30",
)
CHANGE = (
    f"update lake.marts.{MART} set billed_cost = billed_cost + 1"
    " where organization_id = 'org-3' and billing_period = '2026-12'"
)
ELSEWHERE = "insert into lake.marts.dim_members (company_id) values ('co-bench')"
"""A new snapshot whose files are all the same."""


def seconds(work: Callable[[], object]) -> float:
    """Return the processor's seconds that work takes in this process."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def write(house: House, statement: str, values: dict[str, int] | None = None) -> None:
    """Change the lake and publish it."""
    with house.lake.connect_writer() as connection:
        connection.execute(statement, values)
        deliveries.publish(house.registry, [], head(connection), datetime.now(UTC))


def copied(house: House, target: Path) -> None:
    """Do DuckDB's own pass: read the mart once, write it once."""
    with house.lake.connect() as lake:
        lake.execute(f"copy (from lake.marts.{MART}) to '{target}' (format parquet)")


def digested(house: House) -> None:
    """Look for what changed, and build nothing."""
    with house.lake.connect() as lake:
        read_digests(lake, head(lake), [MART], house.settings.layout.digests)


def measured(house: House, rows: int, folder: Path) -> dict[str, float]:
    """Return what each step takes."""
    fill(house.lake, {})
    partitioned = (
        f"alter table lake.marts.{MART} set partitioned by (organization_id, billing_period)"
    )
    write(house, partitioned)
    write(house, ROWS, {"rows": rows})

    def publish() -> None:
        publish_files(house.registry, house.lake, descriptions())

    found = {"DuckDB's own pass: COPY to Parquet": seconds(lambda: copied(house, folder / "all"))}
    found["digests of all months"] = seconds(lambda: digested(house))
    house.settings.layout.digests.unlink()
    found["all files, digests included"] = seconds(publish)
    write(house, CHANGE)
    found["one month of one organization changed"] = seconds(publish)
    write(house, ELSEWHERE)
    found["nothing changed"] = seconds(publish)
    return found


def main() -> None:
    """Print seconds, and ratios to DuckDB's own pass."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder, house_in(Path(folder) / "house") as house:
        found = measured(house, rows, Path(folder))
    table = Table(f"{rows:,} rows of 10 organizations, 12 months", "seconds", "ratio")
    own = next(iter(found.values()))
    for what, took in found.items():
        table.add_row(what, f"{took:.1f}", f"{took / own:.2f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
