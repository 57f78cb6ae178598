"""Use a house on a disk that fills up and then takes no writes; print what one sees.

`python -m tests.warehouse.retention.on_small_disk FOLDER`, with the disk mounted there.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pipelines.cli import disk
from tests.warehouse.retention.small import Small

COUNT = "select count(*)::int from lake.intermediate.int_charges"


def load(house: Small, period: str, rows: int) -> str:
    """Load a month as a refresh does; return how it ended, in one word."""
    try:
        with house.lake.writing():
            house.spend("company", "organization", period, rows)
    except disk.FAILURES as error:
        return str(disk.in_words(error)).partition(":")[0]
    return "loaded"


def main(folder: str) -> None:
    """Load a month; one more on a full disk, and again with room; and one on a read-only disk."""
    house = Small(Path(folder))
    print(load(house, "2026-01", 30), house.ask(COUNT))
    ballast = house.folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as out:
        while out.write(bytes(4096)):
            pass
    print(load(house, "2026-02", 50_000), house.ask(COUNT))
    ballast.unlink()
    print(load(house, "2026-02", 50_000), house.ask(COUNT))
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)  # noqa: S607
    said = load(house, "2026-03", 30)
    subprocess.run(["mount", "-o", "remount,rw", folder], check=True)  # noqa: S607
    print(said, house.ask(COUNT))


if __name__ == "__main__":
    main(*sys.argv[1:])
