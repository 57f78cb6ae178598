"""DuckDB's own single pass: the normalising select of the same files, copied to Parquet.

Run as `python -m tests.benchmarks.baseline <compiled dbt models> <target file> <memory limit>`;
prints the seconds it took.
"""

import sys
import time
from pathlib import Path

import duckdb

VIEWS = (
    "stg_aws__line_items",
    "stg_aws__line_item_kinds",
    "stg_aws__line_item_parts",
    "stg_aws__line_item_costs",
    "stg_aws__line_item_charges",
    "stg_aws__fold_residuals",
    "stg_aws__focus_charges",
    "stg_aws__charges",
)


def main(compiled: str, target: str, memory_limit: str) -> None:
    """Build the staging views as dbt compiled them and copy the last one out."""
    config = {"memory_limit": memory_limit, "preserve_insertion_order": "false"}
    with duckdb.connect(config=config) as connection:
        connection.execute("create schema staging")
        for name in VIEWS:
            sql = (Path(compiled) / f"{name}.sql").read_text(encoding="utf-8")
            connection.execute(f"create view staging.{name} as {sql}")
        started = time.monotonic()
        connection.execute(f"copy (from staging.stg_aws__charges) to '{target}' (format parquet)")
        sys.stdout.write(f"{time.monotonic() - started}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
