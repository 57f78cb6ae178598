"""The table of faults: what was broken on purpose, what one sees then, and the tests that show it.

`pytest -m fault --fault-table=docs/faults.md` writes it from the tests that passed in that run.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("faults.csv")
MARK = "fault"
_HEAD = """# Faults

What was broken on purpose, what you see when it happens to you, and the test that breaks it. In
none of these a row is lost or counted twice. What to do when a message names one stands in
[operators.md](operators.md#when-something-is-refused).

`make faults` runs these tests and writes this page again from those that passed.
[`tests/faults.csv`](../tests/faults.csv) lists the faults, and says what cannot be shown here;
those with an H are the house's own.
"""


@dataclass(frozen=True, order=True)
class Fault:
    """One way of going wrong."""

    area: str
    fault_id: str
    what: str
    not_shown: str
    """What no test here shows of it, and why; empty when all is shown."""


@dataclass(frozen=True, order=True)
class Proof:
    """One test that shows a fault."""

    fault_id: str
    test: str
    """`tests/path.py::test_name`, whatever its parameters."""
    seen: str
    """What one sees; empty where another test of the fault says it."""


def faults(path: Path = LIST) -> list[Fault]:
    """Read the list of faults, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Fault(row["area"], row["id"], row["fault"], row.get("not_shown", ""))
            for row in csv.DictReader(file)
        ]


def page(proofs: Iterable[Proof]) -> str:
    """Return the page that these tests fill."""
    ordered = sorted(proofs)
    parts = [_HEAD]
    for area, listed in groupby(faults(), key=lambda fault: fault.area):
        parts.append(f"\n## {area}\n\n| | Fault | What you see | Shown by |\n|---|---|---|---|\n")
        for fault in listed:
            own = [proof for proof in ordered if proof.fault_id == fault.fault_id]
            parts.append(_row(fault, own))
    return "".join(parts)


def _row(fault: Fault, proofs: list[Proof]) -> str:
    seen = [f"{proof.seen}." for proof in proofs if proof.seen]
    if fault.not_shown:
        seen.append(f"*Not shown: {fault.not_shown}.*")
    if not proofs:
        seen.append("" if fault.not_shown else "**No test showed it.**")
    tests = dict.fromkeys(proof.test for proof in proofs)
    links = (f"[{test.partition('::')[2]}](../{test.partition('::')[0]})" for test in tests)
    cells = (fault.fault_id, fault.what, " ".join(dict.fromkeys(seen)), "<br>".join(links))
    return f"| {' | '.join(cell.replace('|', '&#124;').strip() for cell in cells)} |\n"


class FaultTable:
    """Hears how tests end, here and in xdist's workers, and writes the page at the end."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self._shown: set[Proof] = set()
        self._unmet: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test showed; one that fails for any parameter shows nothing."""
        test = report.nodeid.partition("[")[0]
        if not report.passed:
            self._unmet.add(test)
        elif report.when == "call":
            for name, value in report.user_properties:
                if name == MARK:
                    fault_id, seen = str(value).split("\t")
                    self._shown.add(Proof(fault_id, test, seen))

    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        shown = (proof for proof in self._shown if proof.test not in self._unmet)
        self.target.write_text(page(shown), "utf-8")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the page's path."""
    parser.addoption("--fault-table", metavar="PAGE", help="write what the passed tests showed")


def pytest_configure(config: pytest.Config) -> None:
    """Listen where all reports arrive: a worker of xdist hears only its own."""
    target = config.getoption("--fault-table")
    if target and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FaultTable(config.invocation_params.dir / target))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test's report carry its marks, also from a worker."""
    for item in items:
        item.user_properties.extend((MARK, "\t".join(marked)) for marked in _marks(item))


def _marks(item: pytest.Item) -> Iterator[tuple[str, str]]:
    for mark in item.iter_markers(MARK):
        fault_id, seen = (*mark.args, "")[:2]
        yield fault_id, seen
