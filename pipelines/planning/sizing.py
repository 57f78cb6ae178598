"""How much of the best size to buy, and when: what the past does not say about the future.

Backtested (docs/benchmarks.md): sized on 90 days, a single purchase loses 6.6 % of the on-demand
cost against hindsight, and a third of it when usage fell just before. The lower of 3 and 30 days,
which Azure documents too, loses 3 %; bought in weekly quarters of the gap, half of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from pipelines.planning.curve import UNLIMITED, Curve, Limits, curve, optimum, rounded_down
from pipelines.planning.offers import HOURS_PER_MONTH, Figures, Offer, decimal, figures
from pipelines.planning.usage import HOURS_PER_DAY, Floats, Integers, Usage

GUARD_DAYS: Final = (3, 30)
SHOWN_DAYS: Final = 90
"""Shown beside, never sized on."""
TRANCHE: Final = Decimal("0.25")
LONG_TERM_HOURS: Final = 26_280


@dataclass(frozen=True)
class Market:
    """What an offer costs each line, and whom it reaches when one account buys it."""

    offer: Offer
    rates: Floats
    """By line; not a number where no price is known."""
    rate_source: str
    """Where the prices come from, and of which day."""
    account: str
    """That buys."""
    tiers: Integers
    """By line: 0 in the buying account, 1 ... where sharing reaches, below 0 where it does not."""

    def curve(self, usage: Usage, held: float = 0.0) -> Curve:
        """Return what sizes of this offer would have displaced."""
        return curve(usage, self.rates, tiers=self.tiers, held=held)


@dataclass(frozen=True)
class Recommendation:
    """What to commit to under one offer. Offers are alternatives: their figures never add up."""

    offer: Offer
    account: str
    rate_source: str
    days: int
    """Length of the usage that figures are of: their base."""
    target: Figures
    """All of it, by the guard."""
    tranche: Figures
    """What to buy of it now."""
    shown: Figures
    """What the long view would have had one buy, by its own days."""
    shown_days: int
    unpriced_cost: Decimal
    """Monthly on-demand cost without a known rate: left out, not guessed."""


def guarded(usage: Usage, market: Market, limits: Limits = UNLIMITED, held: float = 0.0) -> float:
    """Return the lower of the best sizes of the last 3 and 30 days.

    Three years are only committed to where usage never was lower in all the days known.
    """
    hours = market.offer.upfront_hours
    sizes = [optimum(market.curve(usage.last(days), held), limits, hours) for days in GUARD_DAYS]
    if market.offer.term_hours >= LONG_TERM_HOURS:
        always = market.curve(usage, held).largest_used(1.0)
        sizes.append(rounded_down(always, limits.step))
    return min(sizes)


def tranche(target: float, step: Decimal | None, share: Decimal = TRANCHE) -> float:
    """Return this week's part of what is missing: at least a step, so that the gap closes."""
    part = rounded_down(target * float(share), step)
    return min(target, max(part, float(step or 0)))


def recommend(
    usage: Usage,
    markets: Sequence[Market],
    *,
    limits: Limits = UNLIMITED,
    held: float = 0.0,
    covered_cost: float = 0.0,
    share: Decimal = TRANCHE,
    ending: Usage | None = None,
) -> Recommendation:
    """Return what to buy under one offer, in the account where it saves most.

    `usage` ends with the last hour known and is on demand now; `ending` will be soon. The target is
    of both, this week's part of the first alone: two commitments of one usage pay for nothing.
    `covered_cost` is what commitments outliving both cover in the last 30 days, by which figures
    are told.
    """
    to_come = usage if ending is None else usage.with_more(ending)
    base, now = to_come.last(GUARD_DAYS[-1]), usage.last(GUARD_DAYS[-1])
    sized = [(market, guarded(to_come, market, limits, held)) for market in markets]
    market, target = max(
        sized,
        key=lambda each: float(each[0].curve(base, held).savings_at(np.array([each[1]]))[0]),
    )
    swept, long = market.curve(base, held), market.curve(to_come.last(SHOWN_DAYS), held)
    part = min(target, tranche(guarded(usage, market, limits, held), limits.step, share))
    unpriced = float(base.on_demand[np.isnan(market.rates[base.line])].sum())
    return Recommendation(
        market.offer,
        market.account,
        market.rate_source,
        base.hours // HOURS_PER_DAY,
        figures(swept, target, market.offer, covered_cost=covered_cost),
        figures(
            market.curve(now, held),
            part,
            market.offer,
            covered_cost=covered_cost + base.on_demand_cost - now.on_demand_cost,
        ),
        figures(long, optimum(long, limits, market.offer.upfront_hours), market.offer),
        long.hours // HOURS_PER_DAY,
        decimal(unpriced * HOURS_PER_MONTH / base.hours),
    )
