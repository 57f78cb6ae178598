"""Exchanges that pay: convertible reservations that lose, for machines that are in use.

AWS takes the old ones at what is left of their price, gives new ones of at least that value to the
same end, and asks for the difference that is paid upfront.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import Self

import numpy as np

from pipelines.autosavings.drafts import CENT, machine_words
from pipelines.planning.actions import Exchange, exchange_obstacle, list_value
from pipelines.planning.offers import HOURS_PER_MONTH, decimal
from pipelines.planning.reserved import ReservedMachine
from pipelines.planning.sizing import GUARD_DAYS
from pipelines.pools import CONVERTIBLE, Candidate, Priced, candidates
from pipelines.providers.contract import OfferedRate
from pipelines.providers.registry import CLOUDS
from pipelines.recommending import hours_of, market_of
from warehouse.eligible_usage import EligibleUsage
from warehouse.held_commitments import Held
from warehouse.registry.action_rows import Draft


@dataclass(frozen=True)
class Exchanged:
    """A proposal, and what of the usage it covers: nothing else is to be bought for it."""

    draft: Draft
    lines: frozenset[int]


@dataclass(frozen=True)
class _Given:
    """What is left of a reservation; amounts are of all of its machines."""

    held: Held
    hours: Decimal
    term_hours: int
    prepaid_hourly: Decimal
    recurring_hourly: Decimal

    @classmethod
    def of(cls, held: Held, usage: EligibleUsage, now: datetime) -> Self | None:
        """Return what would be given; None where it earns its cost or the bills leave it open."""
        billed = usage.provider_name, usage.billing_currency
        if billed != (held.provider_name, held.billing_currency):
            return None
        if held.offering_class != CONVERTIBLE or not held.loses:
            return None
        if not (held.hourly_cost and held.term_months and held.payment_option):
            return None
        if held.payment_option != "No Upfront" and not held.upfront_cost:
            return None
        term_hours = held.term_months * HOURS_PER_MONTH
        prepaid = held.upfront_cost / term_hours
        hours = Decimal((held.ended_at - now) // timedelta(hours=1))
        return cls(held, hours, term_hours, prepaid, held.hourly_cost - prepaid)

    @property
    def value(self) -> Decimal:
        """What AWS takes it at."""
        return list_value(self.prepaid_hourly * self.hours, self.recurring_hourly, self.hours)

    @property
    def monthly_worth(self) -> Decimal:
        """What keeping it saves a month: the upfront payment is spent either way."""
        return self.held.monthly_net_savings + self.prepaid_hourly * HOURS_PER_MONTH


def exchanges(
    usage: EligibleUsage, offered: Sequence[OfferedRate], held: Iterable[Held], now: datetime
) -> Iterator[Exchanged]:
    """Yield the best exchange of each convertible reservation that loses; no usage serves twice."""
    losing = [given for one in held if (given := _Given.of(one, usage, now))]
    if not losing:
        return
    taken: frozenset[int] = frozenset()
    pools = [
        each
        for each in candidates(usage, offered, as_held=False)
        if each.pool.offering_class == CONVERTIBLE
    ]
    for given in losing:
        made = [
            exchanged
            for wanted in pools
            for priced in wanted.offers
            if not taken & set(wanted.numbers)
            if (exchanged := _exchanged(usage, given, wanted, priced, now))
        ]
        if made:
            best = max(made, key=lambda each: each.draft.expected_monthly_savings)
            taken |= best.lines
            yield best


def _exchanged(
    usage: EligibleUsage, given: _Given, wanted: Candidate, priced: Priced, now: datetime
) -> Exchanged | None:
    """Return one exchange; None where AWS refuses it or keeping is worth as much."""
    traded = _traded(given, wanted, priced, now)
    if traded is None:
        return None
    count, true_up, machine = traded
    account = given.held.owner_account_id
    costs = machine.recurring_price * count + true_up / given.hours
    worth = _displaced(usage, wanted, priced, account, count) - costs * HOURS_PER_MONTH
    gain = worth - given.monthly_worth
    if gain <= 0:
        return None
    held = given.held
    words = {
        "commitment_id": held.commitment_id, "currency": held.billing_currency,
        "region_id": held.region_id or "", "max_true_up": f"{true_up:f}",
        "term_months": f"{held.term_months}", "payment_option": priced.payment_option,
    }  # fmt: skip
    draft = Draft(
        "exchange", CLOUDS[held.provider_name], account, held.commitment_id,
        words | machine_words(machine, count), held.billing_currency, costs * given.hours, gain,
        f"the lower of {GUARD_DAYS[0]} and {GUARD_DAYS[1]} days' usage to"
        f" {usage.known_until:%Y-%m-%d}; {priced.source}",
        commitment_id=held.commitment_id,
    )  # fmt: skip
    return Exchanged(draft, frozenset(wanted.numbers))


def _traded(
    given: _Given, wanted: Candidate, priced: Priced, now: datetime
) -> tuple[int, Decimal, ReservedMachine] | None:
    """Return how many of which machine one gets, and what is paid on top; None if nothing."""
    machine, place, held = priced.offer.machine, wanted.pool.place, given.held
    if not (machine and place) or place.instance_family == held.instance_family:
        return None
    upfront = machine.upfront_price * given.hours / given.term_hours
    each = list_value(upfront, machine.recurring_price, given.hours)
    if not each or priced.offer.term_hours != given.term_hours:
        return None
    count = Exchange(given.value, each, upfront, Decimal(0)).quantity
    trade = Exchange(given.value, each, upfront * count, given.prepaid_hourly * given.hours)
    obstacle = exchange_obstacle(
        ends_at=held.ended_at,
        now=now,
        regions=(held.region_id or "", place.region_id or ""),
        upfront_shares=(given.prepaid_hourly, priced.offer.upfront_share),
        values=(given.value, each * count),
    )
    return None if obstacle else (count, trade.true_up.quantize(CENT, ROUND_UP), machine)


def _displaced(
    usage: EligibleUsage, wanted: Candidate, priced: Priced, account: str, count: int
) -> Decimal:
    """Return the on-demand cost of a month that the machines would displace."""
    own = hours_of(usage, usage.columns).within(wanted.numbers)
    market = market_of(usage.lines, priced, account)
    size = np.array([float(priced.step) * count])
    days = [own.last(each) for each in GUARD_DAYS]
    monthly = (
        float(market.curve(each).displaced_at(size)[0]) * HOURS_PER_MONTH / each.hours
        for each in days
    )
    return decimal(min(monthly))
