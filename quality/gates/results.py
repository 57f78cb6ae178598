"""Validation results, kept as JSON: counts and names of columns, no value of a bill."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from quality.gates.measures import Verdict
from quality.gates.suites import LANDED, SUITES
from warehouse.layout import Layout

STAMP: Final = "%Y%m%dT%H%M%S%fZ"
SHOWN: Final = 5
"""How many names a sentence tells; the kept result has all."""
ADVICE: Final = "docs/operators.md, What the gates examine"


@dataclass(frozen=True)
class Result:
    """What was examined of one load."""

    examined_at: datetime
    path: Path
    verdicts: tuple[Verdict, ...]


def is_landed(verdict: Verdict) -> bool:
    """Tell whether a verdict is about a delivery; otherwise it is about a mart."""
    return verdict.suite.startswith(LANDED)


def sentence(verdict: Verdict, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """Say what was not met, for a person; `names` tells those of connections."""
    demand = next(each for each in SUITES[verdict.suite] if each.name == verdict.demand)
    named = ", ".join(verdict.found[:SHOWN])
    more = len(verdict.found) - SHOWN
    told = (f": {named}" if named else "") + (f" and {more} more" if more > 0 else "")
    about, _, rest = verdict.subject.partition(" ")
    return f"{names.get(about, about)} {rest}".strip() + f": {demand.says}{told}."


def keep(layout: Layout, verdicts: Sequence[Verdict], at: datetime) -> Result:
    """Write the verdicts of a load into a file of their own, whole or not at all."""
    layout.validations.mkdir(parents=True, exist_ok=True)
    path = layout.validations / f"{at:{STAMP}}.json"
    arriving = path.with_suffix(".arriving")
    arriving.write_text(
        json.dumps([asdict(each) for each in verdicts], ensure_ascii=False, indent=1), "utf-8"
    )
    arriving.replace(path)
    return Result(at, path, tuple(verdicts))


def since(layout: Layout, at: datetime) -> tuple[Result, ...]:
    """Return the results of the loads since then, oldest first."""
    return tuple(
        _read(path) for path in sorted(layout.validations.glob("*.json")) if _when(path) >= at
    )


def newest(layout: Layout) -> Result | None:
    """Return the result of the last load that was examined."""
    paths = sorted(layout.validations.glob("*.json"))
    return _read(paths[-1]) if paths else None


def refused_by(layout: Layout, subject: str) -> tuple[str, ...]:
    """Return the demands by which the last load of a delivery was refused; none where no gate did.

    A mart that is unfit refuses all deliveries of its load.
    """
    for path in sorted(layout.validations.glob("*.json"), reverse=True):
        verdicts = _read(path).verdicts
        if any(each.subject == subject for each in verdicts):
            return tuple(
                f"{each.demand} ({each.subject})" if not is_landed(each) else each.demand
                for each in verdicts
                if each.refuses
                and not each.passed
                and (each.subject == subject or not is_landed(each))
            )
    return ()


def tidy(layout: Layout, now: datetime, keep_for: timedelta) -> None:
    """Delete results that nobody looks back at any more."""
    for path in layout.validations.glob("*.json"):
        if _when(path) < now - keep_for:
            path.unlink(missing_ok=True)


def _when(path: Path) -> datetime:
    return datetime.strptime(path.stem, STAMP).replace(tzinfo=UTC)


def _read(path: Path) -> Result:
    rows = json.loads(path.read_text(encoding="utf-8"))
    verdicts = (Verdict(**row | {"found": tuple(row["found"])}) for row in rows)
    return Result(_when(path), path, tuple(verdicts))
