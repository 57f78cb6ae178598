"""What to commit to, from what an organization used and what commitments cost.

A pool is what one commitment can cover: a program, and for those bound to machines a region and
a family or a machine. Each pool is sized under every term and payment whose price is known.

This reads and computes; it buys nothing and keeps nothing: that is `autosavings`' business.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from decimal import Decimal
from typing import Final

import numpy as np

from pipelines.planning.curve import Limits
from pipelines.planning.offers import HOURS_PER_MONTH, Offer, decimal
from pipelines.planning.sentences import Basis
from pipelines.planning.sizing import GUARD_DAYS, TRANCHE, Market, Recommendation, recommend
from pipelines.planning.usage import Floats, Usage
from pipelines.pooling import BOUND, OWNER_FIRST, WHOLE, place_of, prices_of, span
from pipelines.providers.contract import OfferedRate
from warehouse.eligible_usage import EligibleUsage, Line, Place

SIZED: Final = frozenset(
    {
        *("COMPUTE_SP", "EC2_INSTANCE_SP", "DATABASE_SP", "SAGEMAKER_SP"),
        *("COMPUTE_SAVINGS_PLAN", "FLEXIBLE_CUD"),
    }
)
"""Commitments to spend."""
BUYERS: Final = 5
"""Accounts tried as the buying one: those that use most of the pool."""
STEP: Final = Decimal("0.001")
BY_STEP: Final = Limits(step=STEP)
UPFRONT_SHARES: Final = {
    "No Upfront": Decimal(0),
    "Partial Upfront": Decimal("0.5"),
    "All Upfront": Decimal(1),
}


@dataclass(frozen=True)
class Pool:
    """What one commitment can cover."""

    program: str
    place: Place | None = None
    """None where it is bound to no machines."""

    @property
    def where(self) -> str:
        """What it is bound to, in words."""
        return " ".join(filter(None, astuple(self.place))) if self.place else ""

    def __str__(self) -> str:
        return f"{self.program} {self.where}".rstrip()


@dataclass(frozen=True)
class Proposal:
    """One way to commit in one pool. Those of a pool are alternatives and never add up."""

    pool: Pool
    billing_currency: str
    recommendation: Recommendation
    lines: frozenset[int]
    """What of the usage it may cover: pools that share some of it are alternatives too."""
    unit_price: Decimal | None = None
    """An hour of one, where whole ones are reserved."""
    is_daily: bool = False
    """The bill tells days only: their hours were taken as equal."""

    @property
    def basis(self) -> Basis:
        """What its figures stand on, for a sentence."""
        return Basis(self.unit_price, self.pool.where, is_daily=self.is_daily)

    @property
    def monthly_savings(self) -> Decimal:
        """Net, of all that it should come to."""
        return self.recommendation.target.monthly_net_savings

    @property
    def payment_option(self) -> str:
        """How it is paid, in AWS's words."""
        share = self.recommendation.offer.upfront_share
        return next(word for word, each in UPFRONT_SHARES.items() if each == share)


@dataclass(frozen=True)
class Unpriced:
    """A pool for which no price is known under any term."""

    pool: Pool
    billing_currency: str
    monthly_cost: Decimal
    """What it costs on demand, by the last 30 days."""


@dataclass(frozen=True)
class Priced:
    """An offer with its rates by line, and where they come from."""

    offer: Offer
    rates: Floats
    source: str
    unit_price: Decimal | None = None
    """An hour of one, where whole ones are reserved."""


def proposals(
    usage: EligibleUsage,
    offered: Sequence[OfferedRate] = (),
    *,
    limits: Limits = BY_STEP,
    share: Decimal = TRANCHE,
) -> Iterator[Proposal | Unpriced]:
    """Yield what to commit to in each pool, or that nobody knows what it would cost."""
    hours = hours_of(usage)
    pools = pools_of(usage, SIZED | BOUND)
    for pool, numbers in sorted(pools.items(), key=lambda item: str(item[0])):
        chosen = np.isin(hours.line, numbers)
        own = Usage(hours.hour[chosen], hours.line[chosen], hours.on_demand[chosen], hours.hours)
        offers = _offers(usage, pool, numbers, offered)
        for priced in offers:
            yield Proposal(
                pool,
                usage.billing_currency,
                recommend(
                    own,
                    list(_markets(usage.lines, own, priced)),
                    limits=replace(limits, step=priced.unit_price or limits.step),
                    covered_cost=_covered(usage, pool, numbers),
                    share=share,
                ),
                frozenset(numbers),
                priced.unit_price,
                usage.is_daily,
            )
        if not offers:
            base = own.last(GUARD_DAYS[-1])
            monthly = base.on_demand_cost * HOURS_PER_MONTH / base.hours
            yield Unpriced(pool, usage.billing_currency, decimal(monthly))


def hours_of(usage: EligibleUsage) -> Usage:
    """Return the usage as planning takes it."""
    return Usage(
        usage.columns["hour"].astype(np.int64),
        usage.columns["line"].astype(np.int64),
        usage.columns["cost"].astype(np.float64),
        usage.hours,
    )


def pools_of(usage: EligibleUsage, programs: frozenset[str] = SIZED) -> dict[Pool, list[int]]:
    """Return which lines each pool of the programs may cover."""
    pools: dict[Pool, list[int]] = defaultdict(list)
    for number, line in enumerate(usage.lines):
        for program in line.programs & programs:
            pools[Pool(program, place_of(usage, program, line))].append(number)
    return pools


def _offers(
    usage: EligibleUsage, pool: Pool, numbers: Sequence[int], offered: Iterable[OfferedRate]
) -> list[Priced]:
    """Return the published offers of a pool; without any, the terms that are held already."""
    for candidates in (published_offers(usage, pool, offered), _as_held(usage, pool)):
        if found := [each for each in candidates if not np.isnan(each.rates[numbers]).all()]:
            return found
    return []


def published_offers(
    usage: EligibleUsage, pool: Pool, offered: Iterable[OfferedRate]
) -> Iterator[Priced]:
    """Yield what is offered in a pool, term by term. An offer's files may be of several days."""
    terms: dict[tuple[int, str, str], dict[tuple[str, str, str], Decimal]] = defaultdict(dict)
    days: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    for rate in offered:
        if rate.program == pool.program and rate.currency == usage.billing_currency:
            name, _, day = rate.source.rpartition(", ")
            term = rate.term_months, rate.payment_option, name
            terms[term][rate.service_code, rate.usage_type, rate.operation] = rate.unit_price
            days[term].add(day)
    for (months, payment, name), prices in sorted(terms.items()):
        found = prices_of(usage, pool.program, pool.place, prices)
        rates = [_ratio(line, price) for line, price in zip(usage.lines, found, strict=True)]
        whole = max(filter(None, found), default=None) if pool.program in WHOLE else None
        source = f"{name}, {span(days[months, payment, name])}"
        yield Priced(_offer(pool, months, payment), np.array(rates), source, whole)


def _ratio(line: Line, price: Decimal | None) -> float:
    if not price or line.unit_price is None or line.unit_price <= 0:
        return np.nan
    return float(price / line.unit_price)


def _as_held(usage: EligibleUsage, pool: Pool) -> Iterator[Priced]:
    """Yield the terms of what is held, at the rates that the bill shows: one kind of terms only.

    Where plans of several terms are held, the bill's rate is a blend that nobody offers.
    """
    held = usage.held_terms.get(pool.program, frozenset())
    terms = [(months, payment) for months, payment in held if payment in UPFRONT_SHARES]
    ratios = {one.use: one.ratio for one in usage.covered if one.program == pool.program}
    if len(terms) == 1:
        [(months, payment)] = terms
        rates = np.array([ratios.get(line.use) or np.nan for line in usage.lines], np.float64)
        source = f"rates on the bill, 30 days to {usage.known_until:%Y-%m-%d}"
        yield Priced(_offer(pool, months, payment), rates, source)


def _offer(pool: Pool, months: int, payment: str) -> Offer:
    return Offer(pool.program, months * HOURS_PER_MONTH, UPFRONT_SHARES[payment])


def _markets(lines: Sequence[Line], own: Usage, priced: Priced) -> Iterator[Market]:
    """Yield the offer as bought by each of the accounts that use most.

    Where the owner is not served first, who buys changes nothing.
    """
    costs = np.bincount(own.line, weights=own.on_demand, minlength=len(lines))
    spent: dict[str, float] = defaultdict(float)
    for line, cost in zip(lines, costs, strict=True):
        spent[line.sub_account_id or ""] += cost
    is_owner_first = priced.offer.program in OWNER_FIRST
    buyers = BUYERS if is_owner_first else 1
    for account in sorted(spent, key=lambda each: -spent[each])[:buyers]:
        others = [account != (line.sub_account_id or "") for line in lines]
        tiers = np.array(others, np.int64) * is_owner_first
        yield Market(priced.offer, priced.rates, priced.source, account, tiers)


def _covered(usage: EligibleUsage, pool: Pool, numbers: Sequence[int]) -> float:
    """Return the on-demand equivalent that commitments cover of the pool's ways of using."""
    services = {usage.lines[number].service_code for number in numbers}
    costs = (
        one.ode_cost
        for one in usage.covered
        if one.service_code in services
        and (pool.place is None or place_of(usage, pool.program, one) == pool.place)
    )
    return float(sum(costs))
