"""What a month of AutoSavings costs: a share of what it really saved, and nothing else.

The saving is the bill without managed commitments minus the bill with them, both computed by the
application order at contracted on-demand prices. What rows seem to save is no base: a plan that
displaces a cheaper one shows a saving on its own rows while the bill rises.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Resale:
    """A reservation sold on the marketplace."""

    price: Decimal
    marketplace_fee: Decimal
    """Share of the price that the marketplace keeps: 12 % at AWS."""
    book_value: Decimal
    """What of the upfront payment was not yet used up."""

    @property
    def gain(self) -> Decimal:
        """Proceeds above book value; below it, a loss."""
        return self.price * (1 - self.marketplace_fee) - self.book_value


@dataclass(frozen=True)
class MonthlyFee:
    """A row of `savings_fee_monthly`: what was saved, and what it costs."""

    cost_without_managed: Decimal
    cost_with_managed: Decimal
    resale_gain: Decimal
    true_up: Decimal
    loss_carry_in: Decimal
    fee_ratio: Decimal

    @property
    def realized_savings(self) -> Decimal:
        """What the month saved; below 0 it lost."""
        return self.cost_without_managed - self.cost_with_managed + self.resale_gain - self.true_up

    @property
    def fee_base(self) -> Decimal:
        """What is left of it after the losses of earlier months; never below 0."""
        return max(Decimal(0), self.realized_savings - self.loss_carry_in)

    @property
    def loss_carry_out(self) -> Decimal:
        """Losses that savings to come must make good first."""
        return max(Decimal(0), self.loss_carry_in - self.realized_savings)

    @property
    def fee(self) -> Decimal:
        """What is due. Savings not yet made are not billed, not on leaving either."""
        return self.fee_base * self.fee_ratio


def savings_fee(
    *,
    cost_without_managed: Decimal,
    cost_with_managed: Decimal,
    fee_ratio: Decimal,
    loss_carry_in: Decimal = Decimal(0),
    resales: Iterable[Resale] = (),
    true_ups: Iterable[Decimal] = (),
) -> MonthlyFee:
    """Return the fee of a month. Managed is what an approved action bought or changed."""
    if loss_carry_in < 0 or not 0 <= fee_ratio <= 1:
        raise ValueError(
            f"A fee of {fee_ratio} after a loss of {loss_carry_in} cannot be computed: give the"
            " share between 0 and 1, and losses above 0."
        )
    return MonthlyFee(
        cost_without_managed,
        cost_with_managed,
        sum((each.gain for each in resales), Decimal(0)),
        sum(true_ups, Decimal(0)),
        loss_carry_in,
        fee_ratio,
    )
