"""Several kinds of plan at once: what all pools that share usage would come to, and how good it is.

An EC2 Instance Savings Plan for a family and a Compute plan for the rest may beat either alone. The
mix is sized on the last 30 days as a whole, without the guard of three days: it is shown beside the
proposals and nothing is proposed by it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.planning.mix import Mix, Plan, best_mix
from pipelines.planning.offers import HOURS_PER_MONTH
from pipelines.planning.sizing import GUARD_DAYS
from pipelines.planning.usage import HOURS_PER_DAY, Floats, Integers, Usage
from pipelines.providers.contract import OfferedRate
from pipelines.recommending import STEP, Pool, hours_of, pools_of, published_offers
from warehouse.eligible_usage import EligibleUsage


@dataclass(frozen=True)
class MixedPools:
    """What to commit to in each pool under one term and payment; pools apply in this order."""

    billing_currency: str
    term_months: int
    upfront_share: str
    rate_source: str
    days: int
    pools: Sequence[Pool]
    mix: Mix

    @property
    def monthly_savings(self) -> float:
        """Net, of a month of 730 hours."""
        return self.mix.savings * HOURS_PER_MONTH / (self.days * HOURS_PER_DAY)


def mixes(usage: EligibleUsage, offered: Sequence[OfferedRate]) -> Iterator[MixedPools]:
    """Yield the best mix under each term and payment that at least two pools are offered under."""
    base = hours_of(usage).last(GUARD_DAYS[-1])
    pools = pools_of(usage)
    terms: dict[tuple[int, str, str], dict[Pool, Floats]] = {}
    for pool, numbers in pools.items():
        for priced in published_offers(usage, pool, offered):
            rates = np.full(len(usage.lines), np.nan)
            rates[numbers] = priced.rates[numbers]
            if not np.isnan(rates).all():
                key = (
                    round(priced.offer.term_months), f"{priced.offer.upfront_share:f}",
                    priced.source,
                )  # fmt: skip
                terms.setdefault(key, {})[pool] = rates
    for (months, share, source), of_pools in sorted(terms.items()):
        # Those that cover least apply first, as AWS has it.
        ordered = sorted(of_pools, key=lambda pool: (len(pools[pool]), str(pool)))
        matrix = np.stack([of_pools[pool] for pool in ordered])
        if len(ordered) > 1:
            lines, merged = _merged(base, matrix)
            plans = [
                Plan(str(pool), rates, STEP) for pool, rates in zip(ordered, lines, strict=True)
            ]
            yield MixedPools(
                usage.billing_currency, months, share, source,
                base.hours // HOURS_PER_DAY, ordered, best_mix(merged, plans),
            )  # fmt: skip


def _merged(usage: Usage, rates: Floats) -> tuple[Floats, Usage]:
    """Make one line of all that cost the same under every plan: the programme grows with lines."""
    kinds, kind_of_line = np.unique(np.nan_to_num(rates, nan=-1.0), axis=1, return_inverse=True)
    line: Integers = kind_of_line.ravel()[usage.line].astype(np.int64)
    count = kinds.shape[1]
    costs = Usage(usage.hour, line, usage.on_demand, usage.hours).by_line(count)
    hour, number = np.nonzero(costs)
    return np.where(kinds < 0, np.nan, kinds), Usage(
        hour.astype(np.int64), number.astype(np.int64), costs[hour, number], usage.hours
    )
