"""A data folder of its own, driven through the `finhouse` command and measured."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import duckdb

from pipelines.house import House
from pipelines.settings import Settings
from tests.benchmarks.processes import Usage, measured
from warehouse.registry import Source, deliveries

MEMORY_LIMIT = "2.5GB"
ORGANIZATIONS = 5
BUCKET = "hanbit-billing"
FINHOUSE = str(Path(sys.executable).with_name("finhouse"))


class BenchHouse:
    """One company with five organizations, and its bills as the sample writes them."""

    def __init__(self, root: Path) -> None:
        """Make the company in a new data folder."""
        self.root = root
        self.bills = root / "bills"
        self.environment = os.environ | {
            "FINHOUSE_DATA_DIR": str(root / "data"),
            "FINHOUSE_MEMORY_LIMIT": MEMORY_LIMIT,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
        }
        self.registry.companies.add("Bench")
        for number in range(ORGANIZATIONS):
            self.registry.organizations.add(f"Organization {number}")

    @property
    def sampled(self) -> Path:
        """Where the bills of `be_billed` lie."""
        return self.house.settings.layout.sample

    @cached_property
    def house(self) -> House:
        """The house from inside."""
        return House.open(Settings(data_dir=self.root / "data"))

    @property
    def registry(self):  # noqa: ANN201 - the registry says what it is
        """Its registry."""
        return self.house.registry

    def run(self, *arguments: str) -> Usage:
        """Run one `finhouse` command and measure it."""
        return measured([FINHOUSE, *arguments], self.environment)

    def write_bills(self, rows: int, months: int) -> Usage:
        """Write closed CUR 2.0 months, as the sample company gets them."""
        return self._sample("cur2-parquet", rows, months, "--folder", str(self.bills))

    def be_billed(self, export: str, rows: int, months: int = 1) -> Usage:
        """Write closed months of an export of any cloud, and connect it as the sample does."""
        return self._sample(export, rows, months)

    def _sample(self, export: str, rows: int, months: int, *more: str) -> Usage:
        last = datetime.now(UTC).replace(day=1)
        until = f"{last.year - (last.month == 1)}-{(last.month - 2) % 12 + 1:02d}"
        return self.run(
            *("sample", "--exports", export, "--rows", str(rows), "--accounts", "20"),
            *("--months", str(months), "--until", until, *more),
        )

    def connect(self, location: str, **options: str) -> None:
        """Connect the bills and register their accounts, shared out among the organizations."""
        source = Source("aws", f"{location}/cur2-parquet", "hanbit-cur2", "cur2", options)
        self.registry.connections.add("bench", source)
        accounts = duckdb.sql(
            "select distinct line_item_usage_account_id"
            f" from read_parquet('{self.bills}/**/*.parquet') order by 1"
        ).fetchall()
        for number, (account,) in enumerate(accounts[1:]):
            self.registry.accounts.add("aws", account, f"Organization {number % ORGANIZATIONS}")

    def landing_seconds(self, started: datetime) -> float:
        """Return how long the last refresh took from its start to the last sealed delivery."""
        [connection] = self.registry.connections.living()
        records = deliveries.of_connection(self.registry, connection.connection_id)
        return (max(item.landed_at for item in records) - started).total_seconds()

    def model_seconds(self) -> dict[str, float]:
        """Return the seconds each model of the last run took, by name."""
        results = self.root / "data" / "dbt" / "target" / "run_results.json"
        return {
            result["unique_id"].split(".")[-1]: result["execution_time"]
            for result in json.loads(results.read_text(encoding="utf-8"))["results"]
            if result["unique_id"].startswith("model.")
        }

    def baseline_seconds(self, provider: str) -> float:
        """Return what DuckDB needs for one pass over the rows of the last run."""
        return self._own_pass(str(self.root / "data" / "dbt" / "target"), provider)

    def text_seconds(self, files: str) -> float:
        """Return what DuckDB needs for one pass over CSV files, to Parquet as they are."""
        return self._own_pass(files, "text")

    def _own_pass(self, source: str, kind: str) -> float:
        target = self.root / "baseline.parquet"
        answer = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.baseline", source, kind, target, MEMORY_LIMIT],
            check=True,
            capture_output=True,
            text=True,
        )
        target.unlink()
        return float(answer.stdout)
