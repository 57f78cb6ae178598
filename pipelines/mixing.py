"""Several kinds of commitment at once: what all pools that share usage would come to, and how good.

Reservations and an EC2 Instance Savings Plan for a family, and a Compute plan for the rest, may
beat either alone. The mix is sized on the last 30 days as a whole, without the guard of three days:
it is shown beside the proposals and nothing is proposed by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.binding import BOUND
from pipelines.planning.mix import Mix, Plan, best_mix
from pipelines.planning.offers import HOURS_PER_MONTH, Offer, decimal
from pipelines.planning.sizing import GUARD_DAYS
from pipelines.planning.usage import HOURS_PER_DAY, Floats, Integers, Usage
from pipelines.pools import CONVERTIBLE, Candidate, Pool, Priced, candidates
from pipelines.providers.contract import OfferedRate
from pipelines.recommending import hours_of
from warehouse.eligible_usage import EligibleUsage


@dataclass(frozen=True)
class MixedPools:
    """What to commit to in each pool under one term and payment; pools apply in this order."""

    billing_currency: str
    term_months: int
    payment_option: str
    rate_source: str
    days: int
    pools: Sequence[Pool]
    offers: Sequence[Offer]
    """Of each pool."""
    mix: Mix

    @property
    def monthly_savings(self) -> float:
        """Net, of a month of 730 hours."""
        return self.mix.savings * HOURS_PER_MONTH / (self.days * HOURS_PER_DAY)

    @property
    def counts(self) -> Sequence[int | None]:
        """Of each pool how many machines; None where money is committed."""
        sizes = zip(self.offers, self.mix.sizes, strict=True)
        return [offer.count(decimal(size)) for offer, size in sizes]


def mixes(usage: EligibleUsage, offered: Sequence[OfferedRate]) -> Iterator[MixedPools]:
    """Yield the best mix under each term and payment that at least two pools are offered under."""
    whole = hours_of(usage, usage.columns).with_more(hours_of(usage, usage.ending))
    base = whole.last(GUARD_DAYS[-1])
    terms: dict[tuple[int, str], dict[Pool, tuple[Candidate, Priced]]] = {}
    for each in candidates(usage, offered, as_held=False):
        if each.pool.offering_class == CONVERTIBLE or each.pool.program in BOUND:
            # Convertible ones are dearer than standard ones of the same usage: no cheapest mix has
            # them. What is bound one by one makes more pools than a programme takes.
            continue
        for priced in each.offers:
            key = round(priced.offer.term_months), priced.payment_option
            terms.setdefault(key, {})[each.pool] = each, priced
    for (months, payment), of_pools in sorted(terms.items()):
        if len(of_pools) > 1:
            yield _mixed(usage, base, months, payment, of_pools)


def _mixed(
    usage: EligibleUsage,
    base: Usage,
    months: int,
    payment: str,
    of_pools: Mapping[Pool, tuple[Candidate, Priced]],
) -> MixedPools:
    ordered = sorted(of_pools, key=lambda pool: _turn(*of_pools[pool]))
    offers = [of_pools[pool][1] for pool in ordered]
    rates = np.stack([_within(*of_pools[pool]) for pool in ordered])
    ranks = np.stack(
        [np.zeros(len(usage.lines)) if one.ranks is None else one.ranks for one in offers]
    ).astype(np.float64)
    rates, ranks, merged = _merged(base, rates, ranks)
    plans = [
        Plan(str(pool), rate, one.step, rank.astype(np.int64))
        for pool, one, rate, rank in zip(ordered, offers, rates, ranks, strict=True)
    ]
    return MixedPools(
        usage.billing_currency, months, payment,
        "; ".join(sorted({one.source for one in offers})), base.hours // HOURS_PER_DAY,
        ordered, [one.offer for one in offers], best_mix(merged, plans),
    )  # fmt: skip


def _turn(candidate: Candidate, priced: Priced) -> tuple[bool, int, str]:
    """Order pools as AWS applies them: reservations, then the plans that cover least."""
    return priced.offer.machine is None, len(candidate.numbers), str(candidate.pool)


def _within(candidate: Candidate, priced: Priced) -> Floats:
    rates = np.full(len(priced.rates), np.nan)
    numbers = list(candidate.numbers)
    rates[numbers] = priced.rates[numbers]
    return rates


def _merged(usage: Usage, rates: Floats, ranks: Floats) -> tuple[Floats, Floats, Usage]:
    """Make one line of all that cost the same under every plan: the programme grows with lines."""
    told = np.concatenate((np.nan_to_num(rates, nan=-1.0), ranks))
    kinds, kind_of_line = np.unique(told, axis=1, return_inverse=True)
    line: Integers = kind_of_line.ravel()[usage.line].astype(np.int64)
    count = kinds.shape[1]
    costs = Usage(usage.hour, line, usage.on_demand, usage.hours).by_line(count)
    hour, number = np.nonzero(costs)
    of_kind, ranked = np.split(kinds, 2)
    return (
        np.where(of_kind < 0, np.nan, of_kind),
        ranked,
        Usage(hour.astype(np.int64), number.astype(np.int64), costs[hour, number], usage.hours),
    )
