"""Terms and payments, and what a commitment of a size comes to under each."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

import numpy as np

from pipelines.planning.curve import Curve
from pipelines.planning.reserved import ReservedMachine
from pipelines.planning.usage import Floats

HOURS_PER_MONTH: Final = 730
"""As AWS counts a month: 8,760 / 12."""
SCENARIOS: Final = (Decimal("0.70"), Decimal("0.85"), Decimal("1.00"), Decimal("1.15"))
"""Usage to come, as a share of the usage that was sized on. No probabilities: block-bootstrapped
ranges of 80 % held a quarter of the time."""
_PLACES: Final = Decimal("1e-10")


@dataclass(frozen=True)
class Offer:
    """How long one commits and how one pays."""

    program: str
    """In the words of `commitment_eligibility`: COMPUTE_SP, RESERVATION ..."""
    term_hours: int
    """AWS terms are 8,760 or 26,280 hours, and end a day early in a leap year."""
    upfront_share: Decimal
    """0 is No Upfront, 1 is All Upfront."""
    machine: ReservedMachine | None = None
    """What is reserved; None where money is committed."""

    @property
    def term_months(self) -> Decimal:
        """The term in months of 730 hours."""
        return Decimal(self.term_hours) / HOURS_PER_MONTH

    @property
    def upfront_hours(self) -> Decimal:
        """How many hours of the commitment are paid at once."""
        return self.term_hours * self.upfront_share

    def count(self, hourly_commitment: Decimal) -> int | None:
        """Return how many machines a commitment is; None where it is money."""
        if self.machine is None:
            return None
        return round(hourly_commitment / self.machine.hourly_price(self.term_hours))


@dataclass(frozen=True)
class BreakEven:
    """Months until a commitment has paid for itself; None where it never does."""

    cash: Decimal | None
    """Until what was paid upfront has come back, within the term."""
    commitment: Decimal | None
    """Until what it displaced equals all that it will cost: the measure of finops-toolkit."""

    @classmethod
    def of(
        cls,
        *,
        upfront: Decimal,
        monthly_recurring: Decimal,
        monthly_displaced: Decimal,
        term_months: Decimal,
    ) -> Self:
        """Compute both views from what is paid and what is displaced in a month."""
        gain = monthly_displaced - monthly_recurring
        cash = Decimal(0) if not upfront else upfront / gain if gain > 0 else None
        total = upfront + monthly_recurring * term_months
        return cls(
            cash if cash is None or cash <= term_months else None,
            total / monthly_displaced if monthly_displaced else None,
        )


@dataclass(frozen=True)
class Figures:
    """What one commitment comes to; a month has 730 hours, and costs are those of a month.

    Savings are net: of everything the commitment costs, used or not.
    """

    hourly_commitment: Decimal
    upfront: Decimal
    monthly_commitment: Decimal
    monthly_eligible_cost: Decimal
    """What could be covered, covered already or not, at on-demand prices."""
    monthly_displaced_cost: Decimal
    monthly_net_savings: Decimal
    savings_of_eligible: Decimal | None
    """Net savings / eligible cost."""
    savings_of_covered: Decimal | None
    """Net savings / on-demand cost that the commitment newly covers."""
    roi: Decimal | None
    """Net savings / cost of the commitment."""
    expected_utilization: Decimal | None
    coverage_before: Decimal | None
    coverage_after: Decimal | None
    break_even: BreakEven
    scenario_savings: dict[Decimal, Decimal]
    """Share of the usage -> monthly net savings of the same commitment."""


def figures(curve: Curve, size: float, offer: Offer, *, covered_cost: float = 0.0) -> Figures:
    """Return what a commitment of a size per hour comes to.

    `covered_cost` is the on-demand cost, over the curve's hours, that commitments outliving this
    purchase cover already; coverage counts it, savings do not.
    """
    monthly = HOURS_PER_MONTH / curve.hours
    commitment = decimal(size * HOURS_PER_MONTH)
    displaced = decimal(_at(curve.displaced_at, size) * monthly)
    covered = decimal((covered_cost + curve.displaced_by_held) * monthly)
    eligible = decimal((covered_cost + curve.on_demand_cost) * monthly)
    saved = decimal(_at(curve.savings_at, size) * monthly)
    return Figures(
        hourly_commitment=decimal(size),
        upfront=decimal(size) * offer.upfront_hours,
        monthly_commitment=commitment,
        monthly_eligible_cost=eligible,
        monthly_displaced_cost=displaced,
        monthly_net_savings=saved,
        savings_of_eligible=_ratio(saved, eligible),
        savings_of_covered=_ratio(saved, displaced),
        roi=_ratio(saved, commitment),
        expected_utilization=_ratio(decimal(_at(curve.used_at, size)), decimal(size * curve.hours)),
        coverage_before=_ratio(covered, eligible),
        coverage_after=_ratio(covered + displaced, eligible),
        break_even=BreakEven.of(
            upfront=decimal(size) * offer.upfront_hours,
            monthly_recurring=commitment * (1 - offer.upfront_share),
            monthly_displaced=displaced,
            term_months=offer.term_months,
        ),
        scenario_savings={
            share: decimal(_at(curve.scaled(float(share)).savings_at, size) * monthly)
            for share in SCENARIOS
        },
    )


def decimal(value: float) -> Decimal:
    """Return a double as the decimal that it stands for, to ten places."""
    return Decimal(value).quantize(_PLACES)


def _at(values: Callable[[Floats], Floats], size: float) -> float:
    return float(values(np.array([size]))[0])


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None
