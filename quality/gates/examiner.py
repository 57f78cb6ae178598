"""The living judge: started early, asked once, gone with its asker."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

from quality.gates.measures import Measure, Verdict
from quality.gates.suites import SUITES

ENVIRONMENT: Final = {"GX_ANALYTICS_ENABLED": "false", "PYTHONUTF8": "1"}
"""All that the judge is told of this process. It asks no server how many people use it."""


class ExaminerError(Exception):
    """The judge itself failed: nothing is known of what it should have judged."""


@dataclass(frozen=True)
class Examiner:
    """A judge that is getting ready, or waits for measures."""

    process: subprocess.Popen[str]

    def examine(self, measures: Sequence[Measure]) -> tuple[Verdict, ...]:
        """Return a verdict for each demand and subject. To be asked once.

        Raises ExaminerError.
        """
        by_suite: dict[str, list[Measure]] = defaultdict(list)
        for measure in measures:
            by_suite[measure.suite].append(measure)
        requests = [
            {
                "suite": suite,
                "rows": [measure.row for measure in rows],
                "demands": [asdict(demand) for demand in SUITES[suite]],
            }
            for suite, rows in by_suite.items()
        ]
        out, err = self.process.communicate(json.dumps(requests))
        if self.process.returncode:
            last = err.strip().splitlines()[-1:] or ["it said nothing"]
            raise ExaminerError(f"Great Expectations could not be asked: {last[0][:300]}")
        answers = json.loads(out)
        return tuple(
            verdict
            for (suite, rows), answered in zip(by_suite.items(), answers, strict=True)
            for verdict in _verdicts(suite, rows, answered)
        )


def _verdicts(
    suite: str, rows: Sequence[Measure], answered: Sequence[dict[str, Any]]
) -> Iterator[Verdict]:
    by_name = {each["demand"]: each for each in answered}
    subjects: dict[str, int] = defaultdict(int)
    for row in rows:
        subjects[row.subject] += 1
    for demand in SUITES[suite]:
        answer = by_name[demand.name]
        unmet: dict[str, list[str]] = defaultdict(list)
        for subject, name in answer["unmet"]:
            unmet[subject].append(name)
        if not answer["success"] and not unmet:
            raise ExaminerError(f"{suite} {demand.name} failed without saying where.")
        for subject, checked in subjects.items():
            names = tuple(name[:200] for name in unmet[subject] if name)
            failed = len(unmet[subject])
            yield Verdict(suite, subject, demand.name, demand.refuses, checked, failed, names)


@contextmanager
def examiner() -> Iterator[Examiner]:
    """Start a judge that imports Great Expectations while its asker does something else."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "quality.gates.judge"],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield Examiner(process)
        finally:
            process.kill()
