"""dbt, run as the house needs it: in its own environment, with its failures in few words."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.settings import DBT_PROJECT, Settings
from warehouse.lake import HELD, install_extensions

# Unit tests check the models, not the data: the test suite runs them.
BUILD = ("build", "--exclude-resource-type", "unit_test")
LAKE_SCHEMAS = ("marts", "intermediate")


# What DuckDB calls a value that is not what its column promises.
DATA_FAULTS = ("Conversion Error", "Invalid Input Error", "Out of Range Error")


class ModelsFailedError(Exception):
    """A model or one of its tests failed; says which and what dbt said of it.

    `is_data_fault`: a test failed or a value could not be read. Otherwise the house itself is at
    fault (disk, memory, catalog), and the same data may well load later.
    """

    def __init__(self, what: str, *, is_data_fault: bool = False) -> None:
        super().__init__(what)
        self.is_data_fault = is_data_fault


def dbt_executable() -> str:
    """Return the dbt of this environment: the PATH of a scheduler may hold another."""
    return str(Path(sys.executable).with_name("dbt"))


def build(settings: Settings, on_line: Callable[[str], None]) -> None:
    """Build and test all models of the plan; hand on dbt's lines as they come.

    Raises ModelsFailedError.
    """
    prepare(settings)
    with _started(settings, BUILD) as dbt:
        lines = []
        for line in dbt.stdout or ():
            lines.append(line.rstrip())
            on_line(lines[-1])
    if dbt.returncode:
        raise failure(settings, "\n".join(lines[-20:]))


def parse(settings: Settings) -> None:
    """Write the manifest that Dagster reads, unless it is younger than every file it is made of."""
    manifest = target(settings) / "manifest.json"
    sources = [path for path in DBT_PROJECT.rglob("*") if path.suffix in {".sql", ".yml", ".csv"}]
    newest = max(path.stat().st_mtime for path in sources)
    if manifest.exists() and manifest.stat().st_mtime > newest:
        return
    prepare(settings)
    with _started(settings, ("parse", "--quiet")) as dbt:
        said = dbt.communicate()[0]
    if dbt.returncode:
        raise ModelsFailedError(said)


def prepare(settings: Settings) -> None:
    """Make what dbt expects to find, and clear away what its last run said."""
    settings.layout.lake_catalog.parent.mkdir(parents=True, exist_ok=True)
    install_extensions(settings.layout.extensions)
    (target(settings) / "run_results.json").unlink(missing_ok=True)


def target(settings: Settings) -> Path:
    """Return where dbt writes its artifacts."""
    return settings.layout.dbt / "target"


def failure(settings: Settings, otherwise: str) -> ModelsFailedError:
    """Return what failed in dbt's last run, from its own record, or else its last words."""
    failed = [each for each in _results(settings) if each[1] in ("error", "fail")]
    return ModelsFailedError(
        "; ".join(f"{node}: {message}" for node, _, message in failed) or otherwise,
        is_data_fault=any(
            status == "fail" or any(fault in message for fault in DATA_FAULTS)
            for _, status, message in failed
        ),
    )


def built_tables(settings: Settings) -> list[tuple[str, str]]:
    """Return schema and name of the lake's tables that dbt's last run built."""
    manifest = json.loads((target(settings) / "manifest.json").read_text(encoding="utf-8"))
    nodes = {node["name"]: node for node in manifest["nodes"].values()}
    return [
        (nodes[name]["schema"], name)
        for name, status, _ in _results(settings)
        if status == "success" and nodes[name]["schema"] in LAKE_SCHEMAS
    ]


def _results(settings: Settings) -> list[tuple[str, str, str]]:
    try:
        text = (target(settings) / "run_results.json").read_text(encoding="utf-8")
        results = json.loads(text)["results"]
    except (OSError, ValueError, KeyError):
        return []
    return [
        (each["unique_id"].split(".")[2], each["status"], str(each["message"]).strip())
        for each in results
    ]


def _started(settings: Settings, arguments: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own dbt, our own arguments
        [dbt_executable(), *arguments],
        cwd=DBT_PROJECT,
        env=os.environ | settings.dbt_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=tuple(HELD),
    )


@cache
def data_classes() -> dict[str, str]:
    """Return the data class of every model and source table that has one, as its yml says."""
    found = {}
    for file in _yml("models"):
        tables = [table for source in file.get("sources", []) for table in source["tables"]]
        for node in [*file.get("models", []), *tables]:
            meta = node.get("config", {}).get("meta", {})
            if "data_class" in meta:
                found[node["name"]] = meta["data_class"]
    return found


@cache
def mart_contracts() -> dict[str, dict[str, str]]:
    """Return the columns and types that every mart's yml promises."""
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for file in _yml("models/marts")
        for model in file.get("models", [])
    }


def _yml(folder: str) -> Iterator[dict[str, Any]]:
    for path in sorted((DBT_PROJECT / folder).rglob("*.yml")):
        yield yaml.safe_load(path.read_text(encoding="utf-8"))
