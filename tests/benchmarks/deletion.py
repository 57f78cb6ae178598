"""Measure the deletion of one of ten organizations, put straight into the ledger.

Run as `python -m tests.benchmarks.deletion --rows 100000000`.
"""

import argparse
import hashlib
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml
from rich.console import Console
from rich.table import Table

from pipelines.house import House
from pipelines.retention import retention_engine
from pipelines.settings import DBT_PROJECT, Settings
from warehouse.publication import head
from warehouse.registry import deliveries
from warehouse.retention.engine import Engine

MEMORY_LIMIT = "2GB"
ORGANIZATIONS, HOURS = 10, 365 * 24
CONTRACT = DBT_PROJECT / "models" / "intermediate" / "charges" / "int_charges.yml"
LEDGER = "lake.intermediate.int_charges"
ROWS = f"""
    insert into {LEDGER} by name
    select
        $organization as organization_id,
        $company as company_id,
        'bench' as connection_id,
        timestamp '{{first}}' + to_hours(number * {HOURS} // {{rows}}) as charge_period_start,
        strftime(charge_period_start, '%Y-%m') as billing_period,
        charge_period_start + interval 1 hour as charge_period_end,
        $organization || '-' || number as charge_id,
        'payer' as billing_account_id,
        $organization || '-account-' || number % 4 as sub_account_id,
        $organization || '-resource-' || hash(number % 5000) as resource_id,
        'USD' as billing_currency,
        'AWS' as provider_name,
        'Usage' as charge_category,
        'service ' || number % 40 as service_name,
        'region-' || number % 6 as region_id,
        'Hrs' as consumed_unit,
        'BoxUsage:' || number % 60 as x_usage_type,
        cast(0.01 + number % 9973 / 1000 as decimal(38, 12)) as billed_cost,
        billed_cost as effective_cost,
        billed_cost as contracted_cost,
        billed_cost as list_cost,
        1 as consumed_quantity
    from (select range as number from range({{rows}}))
"""


class Ledger:
    """A house whose lake holds nothing but charges."""

    def __init__(self, root: Path, rows: int) -> None:
        """Write a year of charges, as many for each organization."""
        settings = Settings(data_dir=root / "data", memory_limit=MEMORY_LIMIT)
        self.house = House.open(settings)
        registry = self.house.registry
        self.company_id = registry.companies.add("Bench", plan="standard").company_id
        names = [f"Organization {number}" for number in range(ORGANIZATIONS)]
        self.organizations = [registry.organizations.add(name).organization_id for name in names]
        settings.layout.lake_data.mkdir(parents=True)
        with self.house.lake.connect_writer() as connection:
            connection.execute("set preserve_insertion_order = false")
            connection.execute("create schema lake.intermediate")
            connection.execute(f"create table {LEDGER} ({_columns()})")
            by = "organization_id, billing_period"
            connection.execute(f"alter table {LEDGER} set partitioned by ({by})")
            first = f"{datetime.now(UTC) - timedelta(days=365):%Y-%m}-01"
            for organization in self.organizations:
                connection.execute(
                    ROWS.format(rows=rows // ORGANIZATIONS, first=first),
                    {"organization": organization, "company": self.company_id},
                )
            deliveries.publish(registry, [], head(connection), datetime.now(UTC))

    def files_of(self, organization: str) -> set[Path]:
        """Return the files that hold one organization's charges, and nobody else's."""
        with self.house.lake.connect() as connection:
            found = connection.execute(
                f"select distinct filename from {LEDGER} where organization_id = $its",
                {"its": organization},
            ).fetchall()
        return {Path(path) for (path,) in found}

    def engine(self, **options: Any) -> Engine:
        """Return retention over it, that lets any size go."""
        return replace(retention_engine(self.house), self_approved_bytes=10**15, **options)


def _columns() -> str:
    columns = yaml.safe_load(CONTRACT.read_text("utf-8"))["models"][0]["columns"]
    return ", ".join(f"{column['name']} {column['data_type']}" for column in columns)


def hashes(files: Iterable[Path]) -> dict[Path, str]:
    """Return the hash of each file."""
    found = {}
    for path in files:
        with path.open("rb") as file:
            found[path] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def own_pass(files: Iterable[Path], target: Path) -> float:
    """Return the seconds that DuckDB needs to read files once and write one Parquet file."""
    with duckdb.connect(config={"memory_limit": MEMORY_LIMIT}) as connection:
        connection.execute("set preserve_insertion_order = false")
        started = time.monotonic()
        connection.execute(
            f"copy (from read_parquet({[str(path) for path in files]})) to '{target}'"
            " (format parquet)"
        )
        return time.monotonic() - started


def measure(root: Path, rows: int) -> Table:
    """Delete one organization; fail when a file of another one is not what it was."""
    ledger = Ledger(root, rows)
    gone, *others = ledger.organizations
    files = ledger.files_of(gone)
    owned = sum(path.stat().st_size for path in files)
    kept = hashes(path for each in others for path in ledger.files_of(each))
    baseline = own_pass(files, root / "baseline.parquet")
    ledger.house.registry.deletions.request(gone, company=ledger.company_id, reason="bench")
    at: dict[str, float] = {"start": time.monotonic()}
    engine = ledger.engine(on_step=lambda step: at.update({step: time.monotonic()}))
    engine.run(datetime.now(UTC) + timedelta(days=1))
    if hashes(kept) != kept or any(path.exists() for path in files):
        raise AssertionError("Files of another organization were touched, or its own are left.")
    table = Table("One of 10 organizations deleted", f"of {rows:,} charges", "ratio")
    table.add_row("its files", f"{len(files)}, {owned / 1e6:,.1f} MB", "")
    table.add_row("files of the others, unchanged", f"{len(kept)}", "")
    for what, seconds in (
        ("DuckDB's own pass over its files", baseline),
        ("deleted from the lake", at["catalog"] - at["suppress"]),
        ("search before, of all files", at["begin"] - at["start"]),
        ("search after, of what is left", at["verify"] - at["tools"]),
    ):
        table.add_row(what, f"{seconds:.1f} s", f"{seconds / baseline:.2f}")
    return table


def main() -> None:
    """Print the seconds, and the ratio to DuckDB's own pass over the same bytes."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000, help="charges in the lake")
    with tempfile.TemporaryDirectory() as folder:
        Console(width=100).print(measure(Path(folder), parser.parse_args().rows))


if __name__ == "__main__":
    main()
