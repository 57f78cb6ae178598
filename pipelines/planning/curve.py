"""What each size of a commitment displaces: an exact curve, and its best point."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np

from pipelines.planning.usage import Floats, Integers, Usage

TOLERANCE: Final = 1e-11
"""Sums of doubles that differ by less than this share of the base are equal."""
DENSE: Final = 4
"""Cells per element up to which hours and prices are counted into a table of all of them."""
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
    if (rates <= 0).any():
        raise ValueError(
            "A committed price is 0 or less. A commitment cannot be sized by it: leave its line out"
            " (not a number), or find its price."
        )
    hour, cost, rate = _merged(usage, rates, tiers)
    is_last = np.append(np.diff(hour) > 0, True)[: len(hour)]
    slope = 1 / rate
    following = np.where(is_last, 0.0, np.append(slope[1:], 0.0)[: len(slope)])
    ends = _ends(hour, cost * rate)
    order = np.argsort(ends)
    first = np.append(True, is_last[:-1])[: len(hour)]
    sizes, (displaced, used) = _integrals(
        np.append(0.0, ends[order]),
        slope[first].sum() + np.append(0.0, np.cumsum((following - slope)[order])),
        first.sum() - np.append(0.0, np.cumsum(is_last[order])),
    )
    return Curve(sizes, displaced, used, usage.hours, usage.on_demand_cost, held)


def _merged(usage: Usage, rates: Floats, tiers: Integers | None) -> tuple[Integers, Floats, Floats]:
    """Return hour, cost and rate in the order of application; equal lines of an hour are one."""
    tier = np.zeros(len(rates)) if tiers is None else tiers.astype(np.float64)
    kinds, kind_of_line = np.unique(np.stack((tier, rates)), axis=1, return_inverse=True)
    kept = (~np.isnan(rates) & (tier >= 0))[usage.line]
    key = (usage.hour * len(kinds[0]) + kind_of_line[usage.line])[kept]
    keys, costs = _summed(key, usage.on_demand[kept], usage.hours * len(kinds[0]))
    hour, kind = np.divmod(keys, len(kinds[0]))
    # A correction may bring an hour below 0, where there is nothing to displace.
    return hour, np.maximum(costs, 0), kinds[1][kind]


def _summed(key: Integers, cost: Floats, key_count: int) -> tuple[Integers, Floats]:
    """Return the keys there are, in order, and their costs."""
    if key_count <= DENSE * len(key):
        # Counting into a cell of every key there may be beats sorting ten million of them.
        sums = np.bincount(key, weights=cost, minlength=key_count)
        keys = np.flatnonzero(sums)
        return keys, sums[keys].astype(np.float64)
    keys, place = np.unique(key, return_inverse=True)
    return keys, np.bincount(place, weights=cost, minlength=len(keys)).astype(np.float64)


def _ends(hour: Integers, size: Floats) -> Floats:
    """Return up to where each line's part of a commitment reaches, within its hour."""
    total = np.cumsum(size)
    first = np.flatnonzero(np.diff(hour, prepend=-1))
    before = np.repeat(total[first] - size[first], np.diff(np.append(first, len(hour))))
    ends: Floats = total - before
    return ends


def _integrals(sizes: Floats, *slopes: Floats) -> tuple[Floats, tuple[Floats, ...]]:
    """Return the distinct sizes, and the integral of each slope up to them."""
    widths = np.diff(sizes)
    kept = np.append(True, widths > 0)
    sums = [np.append(0.0, np.cumsum(slope[:-1] * widths)) for slope in slopes]
    return sizes[kept], tuple(each[kept] for each in sums)


@dataclass(frozen=True)
class Limits:
    """What a purchase may not exceed, whatever it would save."""

    min_utilization: Decimal | None = None
    max_commitment: Decimal | None = None
    """Per hour."""
    max_upfront: Decimal | None = None
    step: Decimal | None = None
    """Sizes are rounded down to it: AWS sells Savings Plans by 0.001 an hour."""
    is_whole: bool = False
    """A step is a machine: the best whole number is sought, not the one below the best size."""

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
    if limits.is_whole and limits.step:
        # Straight in between, so the best whole number lies next to where the cost bends.
        step = float(limits.step)
        below = np.unique(np.floor(sizes / step + ROUNDING) * step)
        above = below + step
        sizes = np.unique(np.append(below, above[above <= cap * (1 + TOLERANCE)]))
    savings = curve.savings_at(sizes)
    equal = savings >= savings.max() - TOLERANCE * curve.on_demand_cost
    return rounded_down(float(sizes[np.argmax(equal)]), limits.step)


def rounded_down(size: float, step: Decimal | None) -> float:
    """Round a size down to a step, not below the one that a double just misses."""
    return float(np.floor(size / float(step) + ROUNDING) * float(step)) if step else size
