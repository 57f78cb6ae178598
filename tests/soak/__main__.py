"""Soak a house: `make soak`, or `python -m tests.soak --deliveries 500 --seed 1`."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.story import MONTHS, Soak, SoakError


def soak(story: Soak, deliveries: int, per_refresh: int) -> None:
    """Deliver so often, and refresh now and then, killed or not; at the end to the end."""
    chance = story.chance
    left = deliveries
    while left:
        for _ in range(min(left, chance.randint(1, 2 * per_refresh - 1))):
            story.deliver()
            left -= 1
        story.refresh(kill=chance.random() < 0.5)
    story.refresh(kill=False)


def main() -> None:
    """Tell what happens; exit code 1, and the folder is kept, when the house did not hold."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--deliveries", type=int, default=500)
    parser.add_argument("--per-refresh", type=int, default=12, help="deliveries, on average")
    parser.add_argument("--months", type=int, default=len(MONTHS), help="fewer are restated more")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    asked = parser.parse_args()
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {what}", file=sys.stderr, flush=True)

    root = Path(tempfile.mkdtemp(prefix="finhouse-soak-"))
    tell(f"seed {asked.seed}, {asked.deliveries} deliveries, in {root}")
    story = Soak(root, asked.seed, tell, periods=MONTHS[: asked.months])
    fault = ""
    try:
        soak(story, asked.deliveries, asked.per_refresh)
        story.forget()
    except (SoakError, AssertionError) as error:
        fault = str(error)
        tell(f"{fault}\nThe house is kept in {root}")
    result = {
        "seed": asked.seed,
        "deliveries": asked.deliveries,
        **story.counts,
        "seconds": round(time.monotonic() - began, 1),
        "held": not fault,
    }
    print(json.dumps(result) if asked.json else ", ".join(f"{k} {v}" for k, v in result.items()))
    sys.exit(bool(fault))


if __name__ == "__main__":
    main()
