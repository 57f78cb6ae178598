"""The bill of a month with some of its plans, as the clouds would have applied them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.planning.application import Commitment, Line, Machine, apply
from pipelines.planning.usage import Floats, Usage


@dataclass(frozen=True)
class PlanInForce:
    """A plan, and what it commits to in each hour: nothing before it began."""

    commitment_id: str
    account: str
    program: str
    hourly: Floats
    machine: Machine | None = None
    """What it is bound to."""


def bill(lines: Sequence[Line], usage: Usage, plans: Sequence[PlanInForce]) -> float:
    """Return what usage and plans cost together; hours with the same plans are one calculation."""
    quantities = usage.by_line(len(lines))
    if not plans:
        return float(quantities.sum())
    sizes, span_of_hour = np.unique(
        np.stack([plan.hourly for plan in plans]), axis=1, return_inverse=True
    )
    total = 0.0
    for span in range(sizes.shape[1]):
        commitments = [
            Commitment(plan.commitment_id, plan.account, plan.program, float(size), plan.machine)
            for plan, size in zip(plans, sizes[:, span], strict=True)
            if size > 0
        ]
        chosen = quantities[span_of_hour.ravel() == span]
        total += apply(lines, chosen, commitments).total_cost
    return total
