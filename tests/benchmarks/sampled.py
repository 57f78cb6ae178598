"""What the rules of sizing would have lost on the sample company's bills, cloud by cloud.

`python -m tests.benchmarks.sampled --months 15` writes them, loads them, and asks the marts for
what commitments could cover in each hour, covered or not.
"""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
from rich.console import Console
from rich.table import Table

from pipelines.planning.usage import HOURS_PER_DAY, Floats
from tests.benchmarks.backtest import TRAINED_DAYS, mean_regrets, regrets_of
from tests.benchmarks.house import BenchHouse

EXPORTS: Final = ("cur2-parquet", "azure-ea", "gcp-detailed")
PROGRAMS: Final = ("COMPUTE_SP", "COMPUTE_SAVINGS_PLAN", "FLEXIBLE_CUD")
"""Of each cloud the commitment that covers most."""
MONTHS: Final = 15
ROWS: Final = 3_000


HOURS: Final = """
    with
        usage as (
            select provider_name, hour_at, hour_count, ode_cost
            from lake.marts.fct_commitment_usage_hourly
            where is_covered or list_has_any(string_split(eligible_programs, ', '), $programs)
        ),
        hours as (
            select
                provider_name,
                hour_at + to_hours(unnest(range(hour_count))) as hour_at,
                ode_cost / hour_count as cost
            from usage
        ),
        spans as (
            select provider_name, date_trunc('day', min(hour_at)) as since
            from hours
            group by all
        )
    select
        provider_name,
        date_diff('hour', since, hours.hour_at) as hour,
        sum(cost)::double as cost
    from hours
    inner join spans using (provider_name)
    group by all
"""


def sampled_house(root: Path, months: int, rows: int) -> BenchHouse:
    """Write the sample company's bills and load them."""
    house = BenchHouse(root)
    for export in EXPORTS:
        house.be_billed(export, rows, months)
    house.run("refresh")
    return house


def histories(lake: duckdb.DuckDBPyConnection) -> Mapping[str, Floats]:
    """Return each cloud's hourly on-demand equivalent of what its plans could cover."""
    found = lake.execute(HOURS, {"programs": list(PROGRAMS)}).fetchnumpy()
    return {
        str(name): _whole_days(found, found["provider_name"] == name)
        for name in np.unique(found["provider_name"])
    }


def _whole_days(found: Mapping[str, Floats], chosen: Floats) -> Floats:
    costs: Floats = np.bincount(found["hour"][chosen], weights=found["cost"][chosen])
    return costs[: len(costs) // HOURS_PER_DAY * HOURS_PER_DAY]


def sampled_rules(root: Path, months: int, rows: int) -> Table:
    """What rules of sizing lose on the sample company against hindsight."""
    with sampled_house(root, months, rows).house.lake.connect() as lake:
        costs = histories(lake)
    regrets = [each for name in costs for each in regrets_of(name, costs[name])]
    rules = mean_regrets(regrets)
    table = Table(f"Lost, % of on-demand cost, {months} months", *rules)
    for name in dict.fromkeys(each.shape for each in regrets):
        table.add_row(name, *(f"{each:.2%}" for each in mean_regrets(regrets, name).values()))
    return table


def main() -> None:
    """Print what each rule lost."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--months", type=int, default=MONTHS, help=f"more than {TRAINED_DAYS} days")
    parser.add_argument("--rows", type=int, default=ROWS, help="of each export and month")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = sampled_rules(Path(folder), arguments.months, arguments.rows)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
