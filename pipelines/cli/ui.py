"""`finhouse ui`: Dagster in the browser."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.identity import operators_house
from pipelines.settings import PROJECT, settings


def ui(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Open Dagster on 127.0.0.1: assets, runs, schedules and checks of this data folder.

    Example: finhouse ui --port 3001
    """
    # Dagster takes seconds to import: only this command pays for it.
    from pipelines.assets.instance import open_instance  # noqa: PLC0415

    operators_house("open Dagster")
    open_instance(settings()).dispose()
    tools = Path(sys.executable).parent
    os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
    os.chdir(PROJECT)
    dagster = str(tools / "dagster")
    os.execv(  # noqa: S606 - our own dagster, no shell
        dagster, [dagster, "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    )
