"""What each size of a commitment displaces: an exact curve, and its best point."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np

from pipelines.planning.usage import Floats, Integers, Usage

TOLERANCE: Final = 1e-11
"""Sums of doubles that differ by less than this share of the base are equal."""
ROUNDING: Final = 1e-6
"""Share of a step by which a double may lie below the step that was meant."""


@dataclass(frozen=True)
class Curve:
    """What a commitment displaces and uses over all hours, by its size per hour.

    Piecewise linear, so its values at the breakpoints are all of it. Where owners come first it is
    not concave: a dear line of the owner's goes before a cheap line of others.
    """

    sizes: Floats
    displaced: Floats
    used: Floats
    hours: int
    on_demand_cost: float
    held: float = 0.0
    """Commitment per hour that is there already, from the same pool."""

    @cached_property
    def displaced_by_held(self) -> float:
        """The on-demand cost that is displaced already."""
        return float(np.interp(self.held, self.sizes, self.displaced))

    def displaced_at(self, size: Floats) -> Floats:
        """Return the on-demand cost that a further commitment of a size displaces."""
        return self._beyond(self.displaced, size)

    def savings_at(self, size: Floats) -> Floats:
        """Return what a further commitment saves, its unused part counted."""
        return self.displaced_at(size) - self.hours * size

    def used_at(self, size: Floats) -> Floats:
        """Return how much of a further commitment is used."""
        return self._beyond(self.used, size)

    def at_coverage(self, ratio: float) -> float:
        """Return the size that covers a share of the cost; the largest useful one if none does."""
        target = self.displaced_by_held + ratio * self.on_demand_cost
        return max(0.0, float(np.interp(target, self.displaced, self.sizes)) - self.held)

    def scaled(self, factor: float) -> "Curve":
        """Return the curve of the same hours with more or less usage: exact, nothing is sorted."""
        return Curve(
            self.sizes * factor,
            self.displaced * factor,
            self.used * factor,
            self.hours,
            self.on_demand_cost * factor,
            self.held,
        )

    @cached_property
    def breakpoints(self) -> Floats:
        """The sizes of a further commitment between which nothing bends."""
        further = self.sizes - self.held
        return np.concatenate((np.zeros(1), further[further > 0]))

    def largest_used(self, ratio: float) -> float:
        """Return the largest size used at least to this ratio, which falls as sizes grow."""
        sizes, used = self.breakpoints[1:], self.used_at(self.breakpoints[1:])
        slack = used - ratio * self.hours * sizes
        kept = int((slack >= -TOLERANCE * self.hours * sizes).sum())
        start = self.breakpoints[kept]
        start_slack = slack[kept - 1] if kept else 0.0
        if kept == len(sizes):
            # Beyond the last breakpoint a larger size is used by nothing more.
            return float(start + max(0.0, start_slack) / (ratio * self.hours)) if ratio else np.inf
        fall = start_slack - slack[kept]
        share = max(0.0, start_slack) / fall if fall > 0 else 0.0
        return float(start + share * (sizes[kept] - start))

    def _beyond(self, values: Floats, size: Floats) -> Floats:
        held = np.interp(self.held, self.sizes, values)
        result: Floats = np.interp(size + self.held, self.sizes, values) - held
        return result


def curve(
    usage: Usage, rates: Floats, *, tiers: Integers | None = None, held: float = 0.0
) -> Curve:
    """Sweep the breakpoints of all hours once, in O(n log n).

    `rates` are each line's committed price as a share of its on-demand price; a line whose rate is
    not a number is left out: it has none. `tiers` say whose lines a commitment reaches first, 0
    being its owner's; those below 0 it does not reach. Within a tier AWS takes the highest saving
    first (Savings Plans User Guide, "Understanding how Savings Plans apply").
    """
    rate = rates[usage.line]
    if (rate <= 0).any():
        raise ValueError(
            "A committed price is 0 or less. A commitment cannot be sized by it: leave its line out"
            " (not a number), or find its price."
        )
    tier = np.zeros(len(rate), np.int64) if tiers is None else tiers[usage.line]
    reached = ~np.isnan(rate) & (tier >= 0)
    order = np.flatnonzero(reached)
    order = order[np.lexsort((rate[order], tier[order], usage.hour[order]))]
    hour, rate = usage.hour[order], rate[order]
    cost = usage.on_demand[order]
    starts, ends = _spans(hour, cost * rate)
    sizes, steps = np.unique(np.concatenate((np.zeros(1), starts, ends)), return_inverse=True)
    moves = np.concatenate((np.zeros(1), 1 / rate, -1 / rate))
    counts = np.concatenate((np.zeros(1), np.ones(len(rate)), -np.ones(len(rate))))
    return Curve(
        sizes,
        _integral(sizes, _summed(steps, moves)),
        _integral(sizes, _summed(steps, counts)),
        usage.hours,
        usage.on_demand_cost,
        held,
    )


def _spans(hour: Integers, size: Floats) -> tuple[Floats, Floats]:
    """Return where each line's part of a commitment starts and ends, within its hour."""
    total = np.cumsum(size)
    first = np.flatnonzero(np.diff(hour, prepend=-1))
    before = np.repeat(total[first] - size[first], np.diff(np.append(first, len(hour))))
    ends = total - before
    starts = np.concatenate((np.zeros(1), ends[:-1]))[: len(ends)]
    starts[first] = 0
    return starts, ends


def _summed(steps: Integers, moves: Floats) -> Floats:
    return np.bincount(steps, weights=moves).astype(np.float64)


def _integral(sizes: Floats, moves: Floats) -> Floats:
    slopes = np.cumsum(moves)[:-1]
    return np.concatenate((np.zeros(1), np.cumsum(slopes * np.diff(sizes))))


@dataclass(frozen=True)
class Limits:
    """What a purchase may not exceed, whatever it would save."""

    min_utilization: Decimal | None = None
    max_commitment: Decimal | None = None
    """Per hour."""
    max_upfront: Decimal | None = None
    step: Decimal | None = None
    """Sizes are rounded down to it: AWS sells Savings Plans by 0.001 an hour."""

    def cap(self, curve: Curve, upfront_hours: Decimal = Decimal(0)) -> float:
        """Return the largest size allowed, when so many hours of it are paid at once."""
        caps = [np.inf]
        if self.min_utilization is not None:
            caps.append(curve.largest_used(float(self.min_utilization)))
        if self.max_commitment is not None:
            caps.append(float(self.max_commitment))
        if self.max_upfront is not None and upfront_hours:
            caps.append(float(self.max_upfront / upfront_hours))
        return max(0.0, min(caps))


UNLIMITED: Final = Limits()


def optimum(curve: Curve, limits: Limits = UNLIMITED, upfront_hours: Decimal = Decimal(0)) -> float:
    """Return the size per hour that costs least; the smallest where several do.

    Looks at every breakpoint and at the limit: between them the cost is straight, and a search
    that stops where it first rises misses what lies behind an owner's dear lines.
    """
    cap = limits.cap(curve, upfront_hours)
    sizes = np.append(curve.breakpoints[curve.breakpoints < cap], min(cap, curve.breakpoints[-1]))
    savings = curve.savings_at(sizes)
    equal = savings >= savings.max() - TOLERANCE * curve.on_demand_cost
    return rounded_down(float(sizes[np.argmax(equal)]), limits.step)


def rounded_down(size: float, step: Decimal | None) -> float:
    """Round a size down to a step, not below the one that a double just misses."""
    return float(np.floor(size / float(step) + ROUNDING) * float(step)) if step else size
