"""Ways out of a commitment, and what each is worth: resale, exchange, return, refund.

Who proposes and who approves is decided elsewhere; here stands what a cloud allows and what it
comes to. Sources: Amazon EC2 User Guide (Reserved Instance Marketplace, exchange Convertible
Reserved Instances), AWS Savings Plans User Guide (return a Savings Plan), Microsoft Learn
(exchange and refund Azure reservations).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Final

from warehouse.retention.dates import add_months

MARKETPLACE_FEE: Final = Decimal("0.12")
RESALE_LIMIT: Final = Decimal(50_000)
RESALE_COUNT_LIMIT: Final = 5_000
RESALE_AGE: Final = timedelta(days=30)
RESALE_REST_MONTHS: Final = 1
EXCHANGE_REST: Final = timedelta(hours=24)
RETURN_LIMIT: Final = Decimal(100)
RETURN_WINDOW: Final = timedelta(days=7)
AZURE_REFUND_LIMIT: Final = Decimal(50_000)
AZURE_REFUND_MONTHS: Final = 12


@dataclass(frozen=True)
class Reservation:
    """A reservation that might be sold."""

    service: str
    """EC2; nothing else is traded."""
    offering_class: str
    start_date: date
    end_date: date
    is_upfront_received: bool
    """AWS has the upfront payment."""
    is_in_opt_in_region: bool
    """Its region is not enabled by default."""
    count: int = 1


@dataclass(frozen=True)
class Seller:
    """Whom the marketplace knows, and what they sold in their life."""

    is_registered: bool
    """By the root user, with a bank in the United States."""
    sold: Decimal = Decimal(0)
    sold_count: int = 0
    limit: Decimal = RESALE_LIMIT
    count_limit: int = RESALE_COUNT_LIMIT


def resale_obstacle(
    reservation: Reservation, seller: Seller, price: Decimal, today: date
) -> str | None:
    """Return what keeps a reservation from the marketplace; None if nothing does.

    A regional one must be made zonal in the console first; that is a step, not an obstacle.
    """
    obstacles = {
        "only EC2 reservations are traded": reservation.service != "EC2",
        "only standard reservations are traded": reservation.offering_class != "standard",
        "its region is not enabled by default": reservation.is_in_opt_in_region,
        "the upfront payment has not been received": not reservation.is_upfront_received,
        "it has been active for less than 30 days": today - reservation.start_date < RESALE_AGE,
        "less than a month is left": add_months(today, RESALE_REST_MONTHS) > reservation.end_date,
        "the seller is not registered": not seller.is_registered,
        "a price cannot be below 0": price < 0,
        f"sales of a life may not exceed {seller.limit:,}": seller.sold + price > seller.limit,
        f"nor {seller.count_limit:,} reservations": (
            seller.sold_count + reservation.count > seller.count_limit
        ),
    }
    return next((words for words, is_met in obstacles.items() if is_met), None)


@dataclass(frozen=True)
class SaleOrKeeping:
    """What keeping a reservation is worth until its end, and what selling it brings.

    The upfront payment is spent either way, and a buyer takes over the recurring fee.
    """

    remaining_hours: Decimal
    recurring_hourly: Decimal
    on_demand_hourly: Decimal
    expected_use: Decimal
    """Share of the remaining hours."""
    marketplace_fee: Decimal = MARKETPLACE_FEE

    @property
    def keep_value(self) -> Decimal:
        """On-demand cost that it will displace, minus its fee."""
        hourly = self.expected_use * self.on_demand_hourly - self.recurring_hourly
        return self.remaining_hours * hourly

    @property
    def break_even_use(self) -> Decimal | None:
        """Use above which keeping beats giving it away; None where nothing is displaced."""
        return self.recurring_hourly / self.on_demand_hourly if self.on_demand_hourly else None

    @property
    def floor_price(self) -> Decimal:
        """The lowest price worth selling for; 0 where giving it away is better than keeping it."""
        return max(Decimal(0), self.keep_value / (1 - self.marketplace_fee))

    def proceeds(self, price: Decimal) -> Decimal:
        """Return what the seller gets."""
        return price * (1 - self.marketplace_fee)

    def advantage(self, price: Decimal) -> Decimal:
        """Return by how much selling at a price beats keeping."""
        return self.proceeds(price) - self.keep_value


def list_value(fixed_price: Decimal, hourly: Decimal, hours: Decimal) -> Decimal:
    """Return what a reservation lists at: its upfront price and all hours to come."""
    return fixed_price + hourly * hours


@dataclass(frozen=True)
class Exchange:
    """Convertible reservations given for others."""

    old_list_value: Decimal
    new_list_value_each: Decimal
    new_prorated_upfront: Decimal
    """Of all new ones, for what is left of the term."""
    old_remaining_upfront: Decimal

    @property
    def quantity(self) -> int:
        """How many one gets: as many as equal the old value, rounded up."""
        return int(
            (self.old_list_value / self.new_list_value_each).to_integral_value(ROUND_CEILING)
        )

    @property
    def true_up(self) -> Decimal:
        """What is paid on top; nothing is paid back."""
        return max(Decimal(0), self.new_prorated_upfront - self.old_remaining_upfront)


def exchange_obstacle(
    *,
    ends_at: datetime,
    now: datetime,
    regions: tuple[str, str],
    upfront_shares: tuple[Decimal, Decimal],
    values: tuple[Decimal, Decimal],
) -> str | None:
    """Return what keeps a convertible reservation (first) from becoming another (second)."""
    obstacles = {
        "less than 24 hours are left": ends_at - now < EXCHANGE_REST,
        "an exchange stays in its region": regions[0] != regions[1],
        "what was paid upfront cannot become No Upfront": bool(upfront_shares[0])
        and not upfront_shares[1],
        "an exchange is for equal or higher value": values[1] < values[0],
    }
    return next((words for words, is_met in obstacles.items() if is_met), None)


def return_obstacle(hourly_commitment: Decimal, bought_at: datetime, now: datetime) -> str | None:
    """Return what keeps a Savings Plan from being returned; None if nothing does.

    The number of returns in a year is AWS's to say; DescribeSavingsPlans has `returnableUntil`.
    """
    obstacles = {
        f"it commits to more than {RETURN_LIMIT} an hour": hourly_commitment > RETURN_LIMIT,
        "it was bought more than 7 days ago": now - bought_at > RETURN_WINDOW,
        "it was bought in another month (UTC)": _month(bought_at) != _month(now),
    }
    return next((words for words, is_met in obstacles.items() if is_met), None)


def azure_refundable(
    refunds: Iterable[tuple[date, Decimal]], today: date, limit: Decimal = AZURE_REFUND_LIMIT
) -> Decimal:
    """Return what may still be refunded: the limit less the refunds of the last 12 months."""
    counted = add_months(today, -AZURE_REFUND_MONTHS)
    return limit - sum((amount for day, amount in refunds if day > counted), Decimal(0))


def azure_exchange_obstacle(new_value: Decimal, remaining_value: Decimal) -> str | None:
    """Return what keeps an Azure reservation from being exchanged; refunds are not counted."""
    if new_value < remaining_value:
        return "an exchange is for at least the value that remains"
    return None


def _month(moment: datetime) -> tuple[int, int]:
    utc = moment.astimezone(UTC)
    return utc.year, utc.month
