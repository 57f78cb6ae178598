"""Eligible usage by hour, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HOURS_PER_DAY = 24


@dataclass(frozen=True)
class Usage:
    """On-demand cost of what could be covered: one element per hour and line that cost something.

    A line is a way of using that has one price: an account's m5.large in Seoul, say. Hours count
    from 0 and the last is `hours - 1`; hours without usage count too, for commitments are paid in
    them as well.
    """

    hour: Integers
    line: Integers
    on_demand: Floats
    hours: int

    @classmethod
    def of_hours(cls, hours: Sequence[Sequence[float]]) -> Self:
        """Return the usage of hours given as costs, the n-th of which belongs to line n."""
        counts = [len(costs) for costs in hours]
        return cls(
            np.repeat(np.arange(len(hours), dtype=np.int64), counts),
            np.array([n for count in counts for n in range(count)], dtype=np.int64),
            np.array([cost for costs in hours for cost in costs], dtype=np.float64),
            len(hours),
        )

    @property
    def on_demand_cost(self) -> float:
        """What all of it cost."""
        return float(self.on_demand.sum())

    def within(self, lines: Sequence[int]) -> Self:
        """Return the usage of some lines."""
        chosen = np.isin(self.line, lines)
        return type(self)(self.hour[chosen], self.line[chosen], self.on_demand[chosen], self.hours)

    def with_more(self, other: Self) -> Self:
        """Return both usages of the same hours and lines."""
        return type(self)(
            np.concatenate((self.hour, other.hour)),
            np.concatenate((self.line, other.line)),
            np.concatenate((self.on_demand, other.on_demand)),
            self.hours,
        )

    def last(self, days: int) -> Self:
        """Return the usage of the last days, or all of it where there is less."""
        hours = min(self.hours, days * HOURS_PER_DAY)
        chosen = self.hour >= self.hours - hours
        return type(self)(
            self.hour[chosen] - (self.hours - hours),
            self.line[chosen],
            self.on_demand[chosen],
            hours,
        )

    def by_line(self, count: int) -> Floats:
        """Return the cost of each hour (rows) and line (columns)."""
        flat = np.bincount(
            self.hour * count + self.line, weights=self.on_demand, minlength=self.hours * count
        )
        return flat.astype(np.float64).reshape(self.hours, count)
