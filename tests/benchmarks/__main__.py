"""Measure the main job: `make bench`, or `python -m tests.benchmarks --rows 1000000`."""

import argparse
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.backtest import SHAPES, backtest, mean_regrets, sweep_seconds
from tests.benchmarks.commitments import commitment_marts
from tests.benchmarks.house import BUCKET, BenchHouse
from tests.benchmarks.processes import Usage
from tests.benchmarks.s3 import bucket_of
from tests.benchmarks.sampled import MONTHS, ROWS, sampled_rules

GIB = 2**30
CLOUDS = {"azure-ea": "azure", "gcp-detailed": "gcp"}
"""Export -> provider: CSV.gz of actual and amortized cost, and Parquet with nested columns."""

console = Console(width=100)


def large_month(root: Path, rows: int, table: Table) -> None:
    """One CUR 2.0 month from S3 to marts, against DuckDB's own pass over its files."""
    house = BenchHouse(root)
    house.write_bills(rows, months=1)
    with bucket_of(house.bills / BUCKET) as endpoint:
        house.connect(f"s3://{BUCKET}", endpoint_url=endpoint)
        started = datetime.now(UTC)
        usage = house.run("refresh")
    _tell(table, house, "aws", started, usage)


def cloud_month(root: Path, export: str, provider: str, rows: int, table: Table) -> None:
    """One month of another cloud from a folder to marts, as the sample company gets it."""
    house = BenchHouse(root)
    house.be_billed(export, rows)
    started = datetime.now(UTC)
    usage = house.run("refresh")
    _tell(table, house, provider, started, usage)


def _tell(table: Table, house: BenchHouse, provider: str, started: datetime, usage: Usage) -> None:
    seconds = house.model_seconds()
    charges = seconds.pop("int_charges")
    marts = sum(spent for name, spent in seconds.items() if not name.startswith("stg_"))
    baseline = house.baseline_seconds(provider)
    landing = house.landing_seconds(started)
    for what, spent in (
        ("DuckDB's own pass: COPY (normalising select) TO parquet", baseline),
        ("charges written", charges),
        ("landing: fetching, hashes, inspection", landing),
        ("marts", marts),
        ("whole refresh, with checks", usage.seconds),
    ):
        table.add_row(what, f"{spent:.1f} s", f"{spent / baseline:.2f}")
    if text := sorted(house.sampled.rglob("*.csv.gz")):
        spent = house.text_seconds(f"{house.sampled}/**/*.csv.gz")
        table.add_row(
            f"DuckDB's own pass over the text: {len(text)} files", f"{spent:.1f} s", "1.00"
        )
        table.add_row("landing, to that", f"{landing:.1f} s", f"{landing / spent:.2f}")
    table.add_row("largest process", f"{usage.peak_bytes / GIB:.2f} GiB", "")


def sizing_rules(seeds: int, rows: int) -> Table:
    """What rules of sizing lose against hindsight, and how long the search for a size takes."""
    regrets = list(backtest(seeds))
    rules = mean_regrets(regrets)
    table = Table("Lost, % of on-demand cost", *rules)
    for shape in SHAPES:
        table.add_row(shape, *(f"{each:.2%}" for each in mean_regrets(regrets, shape).values()))
    table.add_section()
    table.add_row("all shapes", *(f"{each:.2%}" for each in rules.values()))
    table.add_section()
    table.add_row(f"best size of {rows:,} hours and lines", f"{sweep_seconds(rows):.1f} s")
    return table


def one_changed_month(root: Path, rows: int, months: int) -> float:
    """Return the median seconds to refresh the last of `months` months again."""
    house = BenchHouse(root)
    house.write_bills(rows, months)
    house.connect(str(house.bills / BUCKET))
    house.run("refresh")
    period = max(
        path.name.removeprefix("BILLING_PERIOD=") for path in house.bills.rglob("BILLING_PERIOD=*")
    )
    again = ("refresh", "--replay", "--period", period)
    house.run(*again)
    return statistics.median(house.run(*again).seconds for _ in range(3))


def main() -> None:
    """Print the ratios; absolute times are this machine's."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the large month")
    parser.add_argument(
        "--cloud-rows", type=int, default=1_000_000, help="rows of the month of Azure and GCP"
    )
    parser.add_argument("--history-rows", type=int, default=200_000, help="rows of each month")
    parser.add_argument("--seeds", type=int, default=12, help="histories of each shape of usage")
    parser.add_argument("--history", type=int, default=24, help="months of the long history")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        table = Table("One month of CUR 2.0", f"{arguments.rows:,} rows", "ratio")
        large_month(root / "large", arguments.rows, table)
        console.print(table)
        for export, provider in CLOUDS.items():
            table = Table(f"One month of {export}", f"{arguments.cloud_rows:,} rows", "ratio")
            cloud_month(root / provider, export, provider, arguments.cloud_rows, table)
            console.print(table)
        seconds, usage = commitment_marts(root / "commitments", arguments.rows)
        table = Table("Commitment marts, hourly rows", f"{arguments.rows:,} rows")
        table.add_row("all models", f"{seconds:.1f} s")
        table.add_row("with the start of dbt", f"{usage.seconds:.1f} s")
        table.add_row("largest process", f"{usage.peak_bytes / GIB:.2f} GiB")
        console.print(table)
        console.print(sizing_rules(arguments.seeds, arguments.rows))
        console.print(sampled_rules(root / "sampled", MONTHS, ROWS))
        short = one_changed_month(root / "short", arguments.history_rows, 2)
        long = one_changed_month(root / "long", arguments.history_rows, arguments.history)
        table = Table("One changed month of", f"{arguments.history_rows:,} rows", "ratio")
        table.add_row("2 months of history", f"{short:.1f} s", "1.00")
        table.add_row(
            f"{arguments.history} months of history", f"{long:.1f} s", f"{long / short:.2f}"
        )
        console.print(table)


if __name__ == "__main__":
    main()
