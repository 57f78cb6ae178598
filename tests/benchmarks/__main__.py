"""Measure the main job: `make bench`, or `python -m tests.benchmarks --rows 1000000`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.processes import Usage, measured
from tests.benchmarks.s3 import bucket_of

MEMORY_LIMIT = "2.5GB"
GIB = 2**30
FINHOUSE = str(Path(sys.executable).with_name("finhouse"))
console = Console()


class House:
    """A data folder of its own, driven through the `finhouse` command."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = os.environ | {
            "FINHOUSE_DATA_DIR": str(root / "data"),
            "FINHOUSE_MEMORY_LIMIT": MEMORY_LIMIT,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
        }

    def run(self, *arguments: str) -> Usage:
        """Run one `finhouse` command and measure it."""
        return measured([FINHOUSE, *arguments], self.environment)

    def ask(self, *arguments: str) -> Any:
        """Run one `finhouse ... --json` command and read its answer."""
        answer = subprocess.run(
            [FINHOUSE, *arguments, "--json"], env=self.environment, check=True, capture_output=True
        )
        return json.loads(answer.stdout)

    def model_seconds(self) -> dict[str, float]:
        """Return the seconds each model of the last run took, by name."""
        results = self.root / "data" / "dbt" / "target" / "run_results.json"
        return {
            result["unique_id"].split(".")[-1]: result["execution_time"]
            for result in json.loads(results.read_text(encoding="utf-8"))["results"]
            if result["unique_id"].startswith("model.")
        }


def large_month(root: Path, rows: int, table: Table) -> None:
    """One CUR 2.0 month from S3 to marts, against DuckDB's own pass over its files."""
    house = House(root)
    bills = root / "bills"
    house.run("sample", "--rows", str(rows), "--months", "1", "--exports", "cur2-parquet",
              "--folder", str(bills))  # fmt: skip
    with bucket_of(bills) as endpoint:
        house.run("sample", "--rows", "1")
        usage = house.run("refresh")
    seconds = house.model_seconds()
    compiled = root / "data/dbt/target/compiled/finhouse/models/staging/aws"
    baseline = float(
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.baseline", str(compiled),
             str(root / "baseline.parquet"), MEMORY_LIMIT],
            check=True, capture_output=True, text=True,
        ).stdout
    )  # fmt: skip
    charges = seconds["int_charges"]
    table.add_row("DuckDB's own pass (COPY of the normalising select)", f"{baseline:.1f} s", "1.00")
    table.add_row("charges written", f"{charges:.1f} s", f"{charges / baseline:.2f}")
