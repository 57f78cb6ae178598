"""Several kinds of commitment at once, with a bound that says how much better any mix could be.

A linear programme that may spread usage over plans as it likes costs no more than any cloud's own
order of application, so its optimum bounds every mix from below. Its sizes are then priced in that
order, and the difference is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from pipelines.planning.application import draw
from pipelines.planning.curve import TOLERANCE, Limits, curve, optimum, rounded_down
from pipelines.planning.programme import lower_bound
from pipelines.planning.usage import Floats, Integers, Usage


@dataclass(frozen=True)
class Plan:
    """Something to buy an hour of: an EC2 Instance or Compute Savings Plan, reservations, ..."""

    name: str
    rates: Floats
    """Committed price of each line as a share of its on-demand price; not a number out of reach."""
    step: Decimal
    """0.001 for AWS Savings Plans; for reservations, vCPUs or GiB the hourly price of one."""
    ranks: Integers | None = None
    """By line: what is covered first, whatever it saves; reservations cover small sizes first."""


@dataclass(frozen=True)
class Mix:
    """What to commit to of each plan, and how good that is; costs are of all hours."""

    sizes: tuple[float, ...]
    """Per hour, in the order of the plans."""
    cost: float
    bound: float
    """No mix of these plans costs less."""
    on_demand_cost: float

    @property
    def gap(self) -> float | None:
        """What is left between cost and bound, as a share of the on-demand cost."""
        return (self.cost - self.bound) / self.on_demand_cost if self.on_demand_cost else None

    @property
    def savings(self) -> float:
        """Net of everything committed."""
        return self.on_demand_cost - self.cost


def best_mix(usage: Usage, plans: Sequence[Plan], limit: Decimal | None = None) -> Mix:
    """Return what to buy of each plan, which apply in the order given.

    `limit` is the most to commit to per hour, over all plans.
    """
    costs = usage.by_line(len(plans[0].rates))
    sizes, bound = lower_bound(costs, [plan.rates for plan in plans], limit)
    whole = [rounded_down(size, plan.step) for size, plan in zip(sizes, plans, strict=True)]
    best = _last_again(usage, costs, plans, whole, limit)
    # A reservation is whole: the bound's fraction may be worth one more, or one less.
    for number, plan in enumerate(plans[:-1]):
        for size in (best[number] + float(plan.step), best[number] - float(plan.step)):
            changed = [*best[:number], max(0.0, size), *best[number + 1 :]]
            changed = _last_again(usage, costs, plans, changed, limit)
            if _allowed(changed, limit) and price(costs, plans, changed) < price(
                costs, plans, best
            ):
                best = changed
    return Mix(tuple(best), price(costs, plans, best), bound, usage.on_demand_cost)


def price(costs: Floats, plans: Sequence[Plan], sizes: Sequence[float]) -> float:
    """Return what hours cost with plans of these sizes, applied one after the other."""
    rest = _rest(costs, plans, sizes)
    return float(rest.sum()) + sum(sizes) * len(costs)


def _rest(costs: Floats, plans: Sequence[Plan], sizes: Sequence[float]) -> Floats:
    rest = costs.copy()
    for plan, size in zip(plans, sizes, strict=False):
        reached = np.flatnonzero(~np.isnan(plan.rates))
        ranks = reached * 0 if plan.ranks is None else plan.ranks[reached]
        reached = reached[np.lexsort((plan.rates[reached], ranks))]
        draw(rest, np.full(len(rest), size), [(int(line), plan.rates[line]) for line in reached])
    return rest


def _last_again(
    usage: Usage,
    costs: Floats,
    plans: Sequence[Plan],
    sizes: Sequence[float],
    limit: Decimal | None,
) -> list[float]:
    """Size the plan that applies last by what the others leave: exactly, at no one's expense."""
    rest = _rest(costs, plans[:-1], sizes)
    hour, line = np.nonzero(rest)
    left = None if limit is None else limit - Decimal(sum(sizes[:-1]))
    left_over = Usage(hour, line, rest[hour, line], usage.hours)
    swept = curve(left_over, plans[-1].rates, tiers=plans[-1].ranks)
    size = optimum(swept, Limits(max_commitment=left, step=plans[-1].step))
    # A step more may save a little too, when a step is a whole machine.
    down, up = [*sizes[:-1], size], [*sizes[:-1], size + float(plans[-1].step)]
    saved = swept.savings_at(np.array([down[-1], up[-1]]))
    is_better = saved[1] > saved[0] + TOLERANCE * usage.on_demand_cost
    return up if is_better and _allowed(up, limit) else down


def _allowed(sizes: Sequence[float], limit: Decimal | None) -> bool:
    return limit is None or sum(sizes) <= limit
