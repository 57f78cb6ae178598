"""The worked cases of commitments, put to the planning's own functions."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np

from pipelines.planning.application import Applied, Commitment, Line, Machine, apply
from pipelines.planning.curve import Curve, Limits, curve
from pipelines.planning.usage import Usage
from pipelines.settings import DBT_PROJECT, PROJECT

CASES_FILE: Final = PROJECT.parent / "shared" / "cases" / "commitments.json"
PROGRAMS: Final = {
    "Compute": "COMPUTE_SP",
    "EC2Instance": "EC2_INSTANCE_SP",
    "EC2 Instance": "EC2_INSTANCE_SP",
    "EC2": "EC2_INSTANCE_SP",
    "Database": "DATABASE_SP",
    "SageMaker": "SAGEMAKER_SP",
}


@dataclass(frozen=True)
class Case:
    """One worked case."""

    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its id."""
        return str(self.content["id"])

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What it gives."""
        inputs: Mapping[str, Any] = self.content.get("inputs", {})
        return inputs

    def differences(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is not as expected, and what was not answered."""
        tolerance = Decimal(self.content["tolerance_abs"])
        expected = dict(_flat(self.content["expected"]))
        answers = dict(_flat(found))
        return {
            metric: (answers.get(metric, "no answer"), value)
            for metric, value in expected.items()
            if not _equal(answers.get(metric, "no answer"), value, tolerance)
        }


def cases(*groups: str) -> list[Case]:
    """Return the cases of these groups; none where the folder is absent."""
    if not CASES_FILE.is_file():
        return []
    content = json.loads(CASES_FILE.read_text("utf-8"))["cases"]
    return [Case(each) for each in content if each["group"] in groups]


def _flat(found: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name} ")
        else:
            yield f"{path}{name}", value


def _equal(found: Any, expected: Any, tolerance: Decimal) -> bool:
    if found is None or expected is None or isinstance(expected, bool):
        return found is expected
    return found != "no answer" and abs(Decimal(found) - Decimal(expected)) <= tolerance


def case_curve(inputs: Mapping[str, Any]) -> Curve:
    """Return the curve of a case's hours, each of whose lines has a rate of its own."""
    hours = inputs["hours"]
    lines = [(n, float(cost), float(rate)) for n, of in enumerate(hours) for cost, rate in of]
    usage = Usage(
        np.array([hour for hour, _, _ in lines], np.int64),
        np.arange(len(lines)),
        np.array([cost for _, cost, _ in lines]),
        len(hours),
    )
    rates = np.array([rate for _, _, rate in lines])
    return curve(usage, rates, held=float(inputs.get("existing_commit", 0)))


def case_limits(inputs: Mapping[str, Any]) -> Limits:
    """Return a case's limits."""
    given = {
        "min_utilization": inputs.get("min_utilization"),
        "max_commitment": inputs.get("max_commitment"),
        "max_upfront": inputs.get("max_upfront"),
        "step": inputs.get("round_to"),
    }
    return Limits(**{name: Decimal(text) for name, text in given.items() if text})


def applied(inputs: Mapping[str, Any]) -> Applied:
    """Apply a case's commitments to its one hour."""
    lines = [_line(each) for each in inputs["lines"]]
    quantities = np.array([[float(each["qty"]) for each in inputs["lines"]]])
    reservations = [_reservation(each) for each in inputs.get("ris", [])]
    plans = [_plan(each) for each in inputs.get("sps", [])]
    return apply(lines, quantities, [*reservations, *plans])


def _line(given: Mapping[str, Any]) -> Line:
    rates = {"COMPUTE_SP": given.get("csp"), "EC2_INSTANCE_SP": given.get("ec2sp")}
    return Line(
        given["id"],
        given["account"],
        float(given["od"]),
        {program: float(rate) for program, rate in rates.items() if rate},
        _machine(given) if given.get("itype") else None,
    )


def _machine(given: Mapping[str, Any]) -> Machine:
    family, _, size = given["itype"].partition(".")
    return Machine(
        family, normalization_factors()[size], given["region"], given.get("az"),
        given.get("platform", "Linux"), given.get("tenancy", "default"),
    )  # fmt: skip


def _reservation(given: Mapping[str, Any]) -> Commitment:
    count = float(given["count"])
    program = "ZONAL_RI" if given.get("az") else "REGIONAL_RI"
    cost = count * float(given["eff"])
    return Commitment(given["id"], given["account"], program, cost, _machine(given), count)


def _plan(given: Mapping[str, Any]) -> Commitment:
    place = Machine(given["family"], 1, given["region"]) if given.get("family") else None
    program = PROGRAMS[given["type"]]
    return Commitment(given["id"], given["account"], program, float(given["commit"]), place)


def normalization_factors() -> dict[str, float]:
    """Return the normalized units of each size."""
    path = DBT_PROJECT / "seeds" / "instance_size_factors.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["size"]: float(row["normalization_factor"]) for row in csv.DictReader(file)}
