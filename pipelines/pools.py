"""What one commitment can cover, and at which prices.

Commitments to spend cover a program, or of it what runs on machines of a family, or of a service,
in a region. Reservations are whole machines: those of one size cover a family in a region where AWS
lets them, else one way of using.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from decimal import Decimal
from typing import Final

import numpy as np

from pipelines.binding import BOUND, RESERVED, WHOLE, Key, key_of, place_of, prices_of, span
from pipelines.planning.offers import HOURS_PER_MONTH, Offer
from pipelines.planning.reserved import ReservedMachine
from pipelines.planning.usage import Floats, Integers
from pipelines.providers.contract import OfferedRate
from warehouse.eligible_usage import EligibleUsage
from warehouse.uses import Line, Place

PLANS: Final = frozenset({"COMPUTE_SP", "EC2_INSTANCE_SP", "DATABASE_SP", "SAGEMAKER_SP"})
"""Programs of AWS's commitments to spend."""
RATED: Final = PLANS | BOUND | {"COMPUTE_SAVINGS_PLAN", "FLEXIBLE_CUD"}
"""Programs that have one rate for a line."""
OWNER_FIRST: Final = PLANS | RESERVED
"""Commitments that cover the buying account first, and others by what is left."""
CONVERTIBLE: Final = "convertible"
STEP: Final = Decimal("0.001")
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
    use: str | None = None
    """The one way of using that a reservation without size flexibility covers."""
    offering_class: str | None = None

    def __str__(self) -> str:
        place = astuple(self.place) if self.place else ()
        return " ".join(filter(None, (self.program, *place, self.use, self.offering_class)))


@dataclass(frozen=True)
class Priced:
    """An offer with its rates by line, and where they come from."""

    offer: Offer
    payment_option: str
    rates: Floats
    source: str
    ranks: Integers | None = None
    """By line: which of an account's lines are covered first, whatever they save."""

    @property
    def step(self) -> Decimal:
        """Return by how much sizes differ: by a machine, where whole ones are bought."""
        machine = self.offer.machine
        return machine.hourly_price(self.offer.term_hours) if machine else STEP


@dataclass(frozen=True)
class Candidate:
    """A pool, the lines that it may cover, and what is offered in it: alternatives."""

    pool: Pool
    numbers: Sequence[int]
    offers: Sequence[Priced]
    """Empty where nobody knows what it would cost."""


def candidates(
    usage: EligibleUsage, offered: Sequence[OfferedRate], *, as_held: bool = True
) -> list[Candidate]:
    """Return every pool with its offers; without published ones, the terms that are held."""
    found = list(_reserved(usage, offered))
    for pool, numbers in _rated(usage).items():
        offers = _known(published_offers(usage, pool, offered), numbers)
        if not offers and as_held:
            offers = _known(_as_held(usage, pool), numbers)
        found.append(Candidate(pool, numbers, offers))
    return sorted(found, key=lambda each: str(each.pool))


def published_offers(
    usage: EligibleUsage, pool: Pool, offered: Iterable[OfferedRate]
) -> Iterator[Priced]:
    """Yield what is offered in a pool, term by term. An offer's files may be of several days."""
    terms: dict[tuple[int, str, str], dict[Key, Decimal]] = defaultdict(dict)
    days: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    for rate in offered:
        if rate.program == pool.program and rate.currency == usage.billing_currency:
            name, _, day = rate.source.rpartition(", ")
            term = rate.term_months, rate.payment_option, name
            terms[term][key_of(rate)] = rate.unit_price
            days[term].add(day)
    for (months, payment, name), prices in sorted(terms.items()):
        found = prices_of(usage, pool.program, pool.place, prices)
        rates = [_ratio(price, line) for price, line in zip(found, usage.lines, strict=True)]
        offer = replace(_offer(pool, months, payment), machine=_whole(pool, found))
        source = f"{name}, {span(days[months, payment, name])}"
        yield Priced(offer, payment, np.array(rates), source)


def _whole(pool: Pool, prices: Sequence[Decimal | None]) -> ReservedMachine | None:
    """Return what one of a pool of whole ones is; None where money is committed."""
    price = max(filter(None, prices), default=None)
    if price is None or pool.place is None or pool.program not in WHOLE:
        return None
    return ReservedMachine(pool.place.instance_family or "", "", Decimal(0), price)


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
        yield Priced(_offer(pool, months, payment), payment, rates, source)


def _offer(pool: Pool, months: int, payment: str) -> Offer:
    return Offer(pool.program, months * HOURS_PER_MONTH, UPFRONT_SHARES[payment])


def _known(offers: Iterable[Priced], numbers: Sequence[int]) -> list[Priced]:
    return [each for each in offers if not np.isnan(each.rates[list(numbers)]).all()]


def _rated(usage: EligibleUsage) -> dict[Pool, list[int]]:
    """Return which lines each commitment with one rate for a line may cover."""
    pools: dict[Pool, list[int]] = defaultdict(list)
    for number, line in enumerate(usage.lines):
        for program in line.programs & RATED:
            pools[Pool(program, place_of(usage, program, line))].append(number)
    return pools


def _reserved(usage: EligibleUsage, offered: Iterable[OfferedRate]) -> Iterator[Candidate]:
    """Yield the pools of reservations, and of each program what has no price."""
    published: dict[tuple[str, Key], list[OfferedRate]] = defaultdict(list)
    for rate in offered:
        if rate.machine and rate.currency == usage.billing_currency:
            published[rate.program, key_of(rate)].append(rate)
    pools: dict[Pool, dict[int, list[OfferedRate]]] = defaultdict(dict)
    unpriced: dict[Pool, list[int]] = defaultdict(list)
    for number, line in enumerate(usage.lines):
        for program in line.programs & RESERVED:
            found = published.get((program, key_of(line)), [])
            for rate in found:
                pools[_pool_of(line, rate)].setdefault(number, []).append(rate)
            if not found:
                unpriced[Pool(program)].append(number)
    for pool, rates in pools.items():
        yield Candidate(pool, list(rates), _known(_machines(usage, rates), list(rates)))
    for pool, numbers in unpriced.items():
        yield Candidate(pool, numbers, [])


def _pool_of(line: Line, rate: OfferedRate) -> Pool:
    if rate.machine is None:
        return Pool(rate.program)
    use = (
        None if rate.machine.flexible_size else f"{line.usage_type} {line.operation or ''}".rstrip()
    )
    return Pool(rate.program, line.place, use, rate.machine.offering_class)


def _machines(usage: EligibleUsage, rates: Mapping[int, Sequence[OfferedRate]]) -> Iterator[Priced]:
    """Yield the machine to reserve under each term and payment, and what it asks of each line.

    Of the sizes in use that cost least by their size the smallest: it leaves least unused.
    """
    terms: dict[tuple[int, str], dict[int, OfferedRate]] = defaultdict(dict)
    for number, of_line in rates.items():
        for rate in of_line:
            terms[rate.term_months, rate.payment_option][number] = rate
    for (months, payment), of_term in sorted(terms.items()):
        unit = min(of_term.values(), key=lambda rate: (round(_per_size(rate), 9), _size(rate)))
        by_line = np.full(len(usage.lines), np.nan)
        sizes = np.zeros(len(usage.lines))
        for number, rate in of_term.items():
            by_line[number] = _ratio(_per_size(unit) * _size(rate), usage.lines[number])
            sizes[number] = float(_size(rate))
        # The smallest size first: EC2 User Guide, "How Reserved Instance discounts are applied".
        ranks = np.unique(sizes, return_inverse=True)[1].astype(np.int64)
        yield Priced(_reservation(unit, months), payment, by_line, unit.source, ranks)


def _reservation(rate: OfferedRate, months: int) -> Offer:
    hours, machine = months * HOURS_PER_MONTH, rate.machine
    upfront = machine.upfront_price / hours if machine else Decimal(0)
    return Offer(rate.program, hours, upfront / rate.unit_price, machine)


def _size(rate: OfferedRate) -> Decimal:
    return (rate.machine and rate.machine.flexible_size) or Decimal(1)


def _per_size(rate: OfferedRate) -> Decimal:
    return rate.unit_price / _size(rate)


def _ratio(price: Decimal | None, line: Line) -> float:
    if not price or line.unit_price is None or line.unit_price <= 0:
        return np.nan
    return float(price / line.unit_price)
