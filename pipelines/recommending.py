"""What to commit to, from what an organization used and what commitments cost.

Each pool is sized under every term and payment whose price is known.

This reads and computes; it buys nothing and keeps nothing: that is `autosavings`' business.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import numpy as np

from pipelines.binding import place_of
from pipelines.planning.curve import Limits
from pipelines.planning.offers import HOURS_PER_MONTH, decimal
from pipelines.planning.sentences import Language, sentence
from pipelines.planning.sizing import GUARD_DAYS, TRANCHE, Market, Recommendation, recommend
from pipelines.planning.usage import Usage
from pipelines.pools import OWNER_FIRST, STEP, Pool, Priced, candidates
from pipelines.providers.contract import OfferedRate
from warehouse.eligible_usage import EligibleUsage
from warehouse.uses import Line

BUYERS: Final = 5
"""Accounts tried as the buying one: those that use most of the pool."""
BY_STEP: Final = Limits(step=STEP)


@dataclass(frozen=True)
class Proposal:
    """One way to commit in one pool. Those of a pool are alternatives and never add up."""

    pool: Pool
    billing_currency: str
    payment_option: str
    """In AWS's words."""
    recommendation: Recommendation
    lines: frozenset[int]
    """What of the usage it may cover: pools that share some of it are alternatives too."""
    is_daily: bool = False
    """The bill tells days only: their hours were taken as equal."""

    def sentence(self, language: Language) -> str:
        """Say what to buy this week, and why."""
        told, place = self.recommendation, self.pool.place
        return sentence(
            told, told.tranche, self.billing_currency, language,
            region=place.region_id if place else None, is_daily=self.is_daily,
        )  # fmt: skip

    @property
    def monthly_savings(self) -> Decimal:
        """Net, of all that it should come to."""
        return self.recommendation.target.monthly_net_savings


@dataclass(frozen=True)
class Unpriced:
    """A pool for which no price is known under any term."""

    pool: Pool
    billing_currency: str
    monthly_cost: Decimal
    """What it costs on demand, by the last 30 days."""


def proposals(
    usage: EligibleUsage,
    offered: Sequence[OfferedRate] = (),
    *,
    limits: Limits = BY_STEP,
    share: Decimal = TRANCHE,
) -> Iterator[Proposal | Unpriced]:
    """Yield what to commit to in each pool, or that nobody knows what it would cost."""
    on_demand, ending = hours_of(usage, usage.columns), hours_of(usage, usage.ending)
    for each in candidates(usage, offered):
        own, soon = on_demand.within(each.numbers), ending.within(each.numbers)
        covered = _covered(usage, each.pool, each.numbers)
        for priced in each.offers:
            told = recommend(
                own,
                list(markets(usage.lines, own.with_more(soon), priced)),
                ending=soon,
                limits=replace(limits, step=priced.step, is_whole=bool(priced.offer.machine)),
                covered_cost=covered,
                share=share,
            )
            yield Proposal(
                each.pool, usage.billing_currency, priced.payment_option, told,
                frozenset(each.numbers), usage.is_daily,
            )  # fmt: skip
        if not each.offers:
            base = own.with_more(soon).last(GUARD_DAYS[-1])
            monthly = base.on_demand_cost * HOURS_PER_MONTH / base.hours
            yield Unpriced(each.pool, usage.billing_currency, decimal(monthly))


def hours_of(usage: EligibleUsage, columns: Mapping[str, Any]) -> Usage:
    """Return the usage of some columns as planning takes it."""
    return Usage(
        columns["hour"].astype(np.int64),
        columns["line"].astype(np.int64),
        columns["cost"].astype(np.float64),
        usage.hours,
    )


def markets(lines: Sequence[Line], own: Usage, priced: Priced) -> Iterator[Market]:
    """Yield the offer as bought by each of the accounts that use most.

    Where the owner is not served first, who buys changes nothing.
    """
    costs = np.bincount(own.line, weights=own.on_demand, minlength=len(lines))
    spent: dict[str, float] = defaultdict(float)
    for line, cost in zip(lines, costs, strict=True):
        spent[line.sub_account_id or ""] += cost
    buyers = BUYERS if priced.offer.program in OWNER_FIRST else 1
    for account in sorted(spent, key=lambda each: -spent[each])[:buyers]:
        yield market_of(lines, priced, account)


def market_of(lines: Sequence[Line], priced: Priced, account: str) -> Market:
    """Return an offer as bought by an account: at AWS its own lines are covered first."""
    others = [account != (line.sub_account_id or "") for line in lines]
    tiers = np.array(others, np.int64) * (priced.offer.program in OWNER_FIRST)
    if priced.ranks is not None:
        tiers = tiers * (1 + priced.ranks.max()) + priced.ranks
    return Market(priced.offer, priced.rates, priced.source, account, tiers)


def _covered(usage: EligibleUsage, pool: Pool, numbers: Sequence[int]) -> float:
    """Return the on-demand equivalent of what is covered, and stays so, of the pool's uses."""
    uses = {usage.lines[number].use for number in numbers}
    services = {usage.lines[number].service_code for number in numbers}
    costs = (
        one.lasting_ode_cost
        for one in usage.covered
        if one.service_code in services
        and (pool.place is None or place_of(usage, pool.program, one) == pool.place)
        and (pool.use is None or one.use in uses)
    )
    return float(sum(costs))
