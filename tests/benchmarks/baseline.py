"""DuckDB's own single pass: the normalising select of the same files, copied to Parquet.

Run as `python -m tests.benchmarks.baseline <dbt target folder> <provider> <target file> <memory
limit>`; prints the seconds it took. With `text` for a provider and a glob of CSV files for the
folder it is the pass over the text instead.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipelines.settings import DBT_PROJECT

Node = dict[str, Any]


def main(source: str, provider: str, target: str, memory_limit: str) -> None:
    """Copy one select over all the rows to one Parquet file."""
    config = {"memory_limit": memory_limit, "preserve_insertion_order": "false"}
    with duckdb.connect(config=config) as connection:
        if provider == "text":
            rows = f"read_csv('{source}', all_varchar = true, union_by_name = true)"
        else:
            rows = _normalised(connection, Path(source), provider)
        started = time.monotonic()
        connection.execute(f"copy (from {rows}) to '{target}' (format parquet)")
        sys.stdout.write(f"{time.monotonic() - started}\n")


def _normalised(connection: duckdb.DuckDBPyConnection, target: Path, provider: str) -> str:
    """Build the provider's staging views as dbt compiled them; return the last one's name."""
    nodes = json.loads((target / "manifest.json").read_text("utf-8"))["nodes"]
    name = ""
    for node in _lineage(nodes, f"model.finhouse.stg_{provider}__charges"):
        name = node["relation_name"]
        connection.execute(f'create schema if not exists "{node["schema"]}"')
        if node["resource_type"] == "seed":
            path = DBT_PROJECT / node["original_file_path"]
            types = node["config"]["column_types"]
            sql = f"create table {name} as from read_csv('{path}', header = true, types = {types})"
        else:
            compiled = target / "compiled" / "finhouse" / node["original_file_path"]
            sql = f"create view {name} as {compiled.read_text('utf-8')}"
        connection.execute(sql)
    return name


def _lineage(nodes: dict[str, Node], name: str, seen: set[str] | None = None) -> Iterator[Node]:
    """Yield a model after everything it is made of; sources are files and need no making."""
    seen = set() if seen is None else seen
    if name in nodes and name not in seen:
        seen.add(name)
        for each in nodes[name]["depends_on"].get("nodes", ()):
            yield from _lineage(nodes, each, seen)
        yield nodes[name]


if __name__ == "__main__":
    main(*sys.argv[1:])
