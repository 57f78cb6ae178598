"""How clouds apply commitments to an hour's usage, in the order they publish.

AWS: zonal reservations, regional ones, EC2 Instance Savings Plans, Compute Savings Plans; database
and SageMaker plans are pools of their own. Owners come first, then those whom sharing reaches.
Azure: reservations, then savings plans, the narrowest scope first. Google Cloud: resource-based
discounts, then flexible ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from pipelines.planning.reserved import INFLEXIBLE_FAMILIES
from pipelines.planning.usage import Floats

ORDER: Final = (
    ("ZONAL_RI", "RESERVATION", "RESOURCE_CUD"),
    ("REGIONAL_RI",),
    ("EC2_INSTANCE_SP",),
    ("COMPUTE_SP", "DATABASE_SP", "SAGEMAKER_SP", "COMPUTE_SAVINGS_PLAN", "FLEXIBLE_CUD"),
)
"""Programs, those first that are applied first."""


@dataclass(frozen=True)
class Machine:
    """What a reservation is for, or what a line runs on."""

    family: str
    size: float
    """Normalization factor: large is 4."""
    region: str
    zone: str | None = None
    platform: str = "Linux"
    tenancy: str = "default"

    @property
    def is_flexible(self) -> bool:
        """True when a regional reservation of one size covers others of the family."""
        return (
            self.platform == "Linux"
            and self.tenancy == "default"
            and self.family not in INFLEXIBLE_FAMILIES
        )


@dataclass(frozen=True)
class Line:
    """A way of using that has one price in one account."""

    line_id: str
    account: str
    on_demand_rate: float
    """Per unit, at contracted prices."""
    plan_rates: Mapping[str, float] = field(default_factory=dict)
    """Program -> committed price per unit; what a program does not cover has none."""
    machine: Machine | None = None


@dataclass(frozen=True)
class Commitment:
    """What one account bought: money per hour, or a number of machines."""

    commitment_id: str
    account: str
    program: str
    hourly_cost: float
    machine: Machine | None = None
    """Of reservations, and of EC2 Instance Savings Plans, whose size is of no matter."""
    count: float = 0.0
    """Of machines reserved."""
    rings: tuple[frozenset[str], ...] | None = None
    """Accounts reached after the owner's, nearest first: a prioritised group, then the rest. None
    is everybody, an empty one nobody: sharing is off."""

    def reaches(self, line: Line) -> int | None:
        """Return how far a line's account is from the owner's; None out of reach."""
        if line.account == self.account:
            return 0
        if self.rings is None:
            return 1
        return next((n for n, ring in enumerate(self.rings, 1) if line.account in ring), None)

    def weight(self, line: Line) -> float | None:
        """Return how much of the commitment a unit of a line takes; None if it does not apply."""
        if self.count:
            return self._reserved_size(line.machine)
        if (rate := line.plan_rates.get(self.program)) is None:
            return None
        place = self.machine and (self.machine.family, self.machine.region)
        if place and (not line.machine or place != (line.machine.family, line.machine.region)):
            return None
        return rate

    @property
    def capacity(self) -> float:
        """What there is to take of: normalized units or machines, else money."""
        if self.machine and self.count:
            return self.count * (self.machine.size if self._is_flexible else 1)
        return self.hourly_cost

    @property
    def _is_flexible(self) -> bool:
        return self.machine is not None and self.machine.zone is None and self.machine.is_flexible

    def _reserved_size(self, used: Machine | None) -> float | None:
        own = self.machine
        if not own or not used or (own.zone and own.zone != used.zone):
            return None
        if (own.family, own.region, own.platform, own.tenancy) != (
            used.family, used.region, used.platform, used.tenancy,
        ):  # fmt: skip
            return None
        if self._is_flexible:
            return used.size
        return 1.0 if own.size == used.size else None


@dataclass(frozen=True)
class Applied:
    """What commitments did to hours of usage: rows are hours, columns lines."""

    covered: Mapping[str, Floats]
    """Commitment -> quantity covered."""
    used: Mapping[str, Floats]
    """Commitment -> share of it used, by hour."""
    rest: Floats
    """Quantity left on demand."""
    on_demand_cost: float
    committed_cost: float

    @property
    def total_cost(self) -> float:
        """What is billed: commitments, used or not, and the rest on demand."""
        return self.on_demand_cost + self.committed_cost


def apply(lines: Sequence[Line], quantities: Floats, commitments: Sequence[Commitment]) -> Applied:
    """Apply commitments to hours of usage; `quantities` has a row per hour, a column per line."""
    rest = quantities.astype(np.float64)
    left = {one.commitment_id: np.full(len(rest), one.capacity, np.float64) for one in commitments}
    covered = {one.commitment_id: np.zeros_like(rest) for one in commitments}
    for commitment, reached in _turns(lines, commitments):
        taken = draw(rest, left[commitment.commitment_id], reached)
        covered[commitment.commitment_id] += taken
    prices = np.array([line.on_demand_rate for line in lines])
    return Applied(
        covered,
        {
            one.commitment_id: 1 - left[one.commitment_id] / one.capacity
            for one in commitments
            if one.capacity
        },
        rest,
        float((rest @ prices).sum()),
        sum(one.hourly_cost for one in commitments) * len(rest),
    )


def draw(rest: Floats, left: Floats, weights: Sequence[tuple[int, float]]) -> Floats:
    """Take usage off `rest` and capacity off `left`, line by line, and return what was taken.

    `weights` are lines, those first that go first, each with the capacity a unit of it takes.
    """
    taken = np.zeros_like(rest)
    for line, weight in weights:
        units = np.minimum(rest[:, line], left / weight) if weight else rest[:, line].copy()
        taken[:, line] += units
        rest[:, line] -= units
        left -= units * weight
    np.maximum(left, 0, out=left)
    return taken


def _turns(
    lines: Sequence[Line], commitments: Sequence[Commitment]
) -> Iterator[tuple[Commitment, list[tuple[int, float]]]]:
    """Yield who takes its turn, and from which lines: all own accounts before any sharing."""
    for programs in ORDER:
        turn = [one for one in commitments if one.program in programs]
        rings = range(2 + max((len(one.rings or ()) for one in turn), default=0))
        for ring in rings:
            for one in turn:
                reached = [
                    (number, weight, line)
                    for number, line in enumerate(lines)
                    if one.reaches(line) == ring and (weight := one.weight(line)) is not None
                ]
                reached.sort(key=lambda each: _precedence(one, each[2], each[1]))
                yield one, [(number, weight) for number, weight, _ in reached]


def _precedence(commitment: Commitment, line: Line, weight: float) -> tuple[float, float]:
    """Smallest size first; of plans the highest saving first, then the lower rate."""
    if commitment.count:
        return weight, 0.0
    return weight / line.on_demand_rate, weight
