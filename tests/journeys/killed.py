"""Run retention as of a later day, and die at one of its steps.

`python -m tests.journeys.killed DAYS STEP`; a step that there is not is never died at.
"""

import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta

from pipelines.assets.traces import clean_dagster
from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.retention import retention_engine
from pipelines.settings import settings


def main(days: str, last: str) -> None:
    """Run until the step."""

    def die(step: str) -> None:
        if step == last:
            os.kill(os.getpid(), signal.SIGKILL)

    house = House.open(settings())
    engine = retention_engine(house, lambda: clean_dagster(house.settings))
    replace(engine, on_step=die).run(utc_now() + timedelta(days=int(days)))


if __name__ == "__main__":
    main(*sys.argv[1:])
