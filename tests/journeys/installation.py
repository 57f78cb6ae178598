"""A whole installation in a temporary folder, driven as its operator drives it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from pipelines.house import House
from pipelines.settings import Settings
from tests.extensions import share_extensions
from tests.journeys.forked import give
from warehouse.layout import Layout
from warehouse.registry import deliveries
from warehouse.registry.sources import Source

FINHOUSE = str(Path(sys.executable).with_name("finhouse"))


@dataclass(frozen=True)
class Installation:
    """The `finhouse` command on a data folder of its own."""

    root: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    """More FINHOUSE_ settings, by name in the environment."""

    def __post_init__(self) -> None:
        """Spare each house 130 MB."""
        share_extensions(Layout(self.root / "data"))

    @cached_property
    def house(self) -> House:
        """The same house from inside, to look at what the command left."""
        given = {
            name.removeprefix("FINHOUSE_").lower(): value for name, value in self.settings.items()
        }
        return House.open(Settings(data_dir=self.root / "data", **given))

    @property
    def environment(self) -> dict[str, str]:
        """What the command runs in: loopback credentials, no colours, this data folder."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "COLUMNS": "200",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "FINHOUSE_DATA_DIR": str(self.root / "data"),
            **self.settings,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, so that a test can kill all of it."""
        return subprocess.Popen(
            [FINHOUSE, *arguments],
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a command to its end; return stdout and stderr together."""
        return "".join(self.told(*arguments, expect=expect))

    def told(self, *arguments: str, expect: int = 0) -> tuple[str, str]:
        """Run a command to its end; return stdout and stderr."""
        code, out, err = give(arguments, self.environment)
        assert code == expect, f"{arguments} exited {code}:\n{out}{err}"
        return out, err

    def refresh(self, *arguments: str, expect: int = 0) -> list[dict[str, Any]]:
        """Refresh and return what became of each announced delivery."""
        outcomes: list[dict[str, Any]] = json.loads(
            self.told("refresh", "--json", *arguments, expect=expect)[0]
        )
        return outcomes

    def connect(self, name: str, location: str, dataset: str, **options: str) -> str:
        """Register a connection of the one company and return its id."""
        source = Source("aws", location, "daily", dataset, options=options)
        return self.house.registry.connections.add(name, source).connection_id

    @contextmanager
    def lake(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the lake as readers do: at the published snapshot."""
        served = deliveries.published_snapshot(self.house.registry)
        assert served, "nothing is published"
        with self.house.lake.connect(served[0]) as connection:
            connection.execute("use lake.marts")
            yield connection

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Answer a question from what readers see."""
        with self.lake() as connection:
            return connection.execute(sql).fetchall()
