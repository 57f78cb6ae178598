"""Fees, resale, exchange and return at their edges."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from pipelines.planning.actions import (
    Exchange,
    Reservation,
    SaleOrKeeping,
    Seller,
    azure_exchange_obstacle,
    azure_refundable,
    exchange_obstacle,
    resale_obstacle,
    return_obstacle,
)
from pipelines.planning.application import Commitment, Line, apply
from pipelines.planning.fees import Resale, savings_fee
from pipelines.planning.offers import decimal

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SELLER = Seller(is_registered=True)
SELLABLE = Reservation(
    "EC2", "standard", date(2026, 10, 23), date(2026, 12, 22),
    is_upfront_received=True, is_in_opt_in_region=False,
)  # fmt: skip


def test_a_plan_that_displaces_a_cheaper_one_saves_on_its_rows_and_costs_no_fee() -> None:
    # The instance plan applies first and takes what the owned Compute plan covered.
    lines = [Line("m5", "a", 1.0, {"COMPUTE_SP": 0.7, "EC2_INSTANCE_SP": 0.6})]
    owned = Commitment("owned", "a", "COMPUTE_SP", 7.0)
    managed = Commitment("managed", "a", "EC2_INSTANCE_SP", 6.0)
    without, with_managed = (
        decimal(apply(lines, np.array([[10.0]]), held).total_cost)
        for held in ([owned], [owned, managed])
    )
    fee = savings_fee(
        cost_without_managed=without, cost_with_managed=with_managed, fee_ratio=Decimal("0.2")
    )
    assert (without, with_managed) == (7, 13)
    assert (fee.fee, fee.loss_carry_out) == (0, 6)


def test_losses_are_made_good_before_a_fee_is_due() -> None:
    def month(saved: int, carried: Decimal) -> tuple[Decimal, Decimal]:
        fee = savings_fee(
            cost_without_managed=Decimal(saved), cost_with_managed=Decimal(0),
            fee_ratio=Decimal("0.2"), loss_carry_in=carried,
        )  # fmt: skip
        return fee.fee, fee.loss_carry_out

    assert month(-120, Decimal(0)) == (0, 120)
    assert month(100, Decimal(120)) == (0, 20)
    assert month(100, Decimal(20)) == (16, 0)


def test_a_sale_below_book_value_and_a_true_up_lessen_what_was_saved() -> None:
    fee = savings_fee(
        cost_without_managed=Decimal(100), cost_with_managed=Decimal(40),
        fee_ratio=Decimal("0.2"), true_ups=[Decimal(10)],
        resales=[Resale(Decimal(50), Decimal("0.12"), Decimal(54))],
    )  # fmt: skip
    assert (fee.realized_savings, fee.fee) == (40, 8)


def test_a_share_above_all_savings_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        savings_fee(
            cost_without_managed=Decimal(1), cost_with_managed=Decimal(0), fee_ratio=Decimal(20)
        )


@pytest.mark.parametrize(
    ("reservation", "seller", "obstacle"),
    [
        (SELLABLE, SELLER, None),
        (replace(SELLABLE, start_date=date(2026, 10, 24)), SELLER, "less than 30 days"),
        (replace(SELLABLE, end_date=date(2026, 12, 21)), SELLER, "less than a month"),
        (replace(SELLABLE, is_upfront_received=False), SELLER, "upfront"),
        (replace(SELLABLE, count=2), replace(SELLER, sold_count=4_999), "5,000"),
        (SELLABLE, replace(SELLER, sold=Decimal("49900.01")), "50,000"),
        (SELLABLE, Seller(is_registered=False), "registered"),
    ],
)
def test_a_reservation_is_sold_only_if_the_marketplace_takes_it(
    reservation: Reservation, seller: Seller, obstacle: str | None
) -> None:
    found = resale_obstacle(reservation, seller, Decimal(100), TODAY)
    assert found is None if obstacle is None else obstacle in (found or "")


def test_the_floor_price_pays_what_keeping_is_worth() -> None:
    choice = SaleOrKeeping(Decimal(2190), Decimal(0), Decimal("0.10"), Decimal("0.2"))
    assert choice.advantage(choice.floor_price) == pytest.approx(0, abs=Decimal("1e-20"))
    unwanted = replace(choice, recurring_hourly=Decimal("0.06"))
    assert unwanted.floor_price == 0
    assert unwanted.advantage(Decimal(0)) > 0


def test_an_exchange_pays_nothing_back() -> None:
    exchange = Exchange(Decimal(30), Decimal(10), Decimal(400), Decimal(500))
    assert (exchange.quantity, exchange.true_up) == (3, 0)


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ({}, None),
        ({"ends_at": NOW + timedelta(hours=23)}, "24 hours"),
        ({"regions": ("us-east-1", "us-west-2")}, "region"),
        ({"upfront_shares": (Decimal("0.5"), Decimal(0))}, "No Upfront"),
        ({"values": (Decimal(35), Decimal(34))}, "higher value"),
    ],
)
def test_an_exchange_stays_in_its_region_and_does_not_shrink(
    change: dict[str, object], obstacle: str | None
) -> None:
    given = {
        "ends_at": NOW + timedelta(hours=24),
        "now": NOW,
        "regions": ("us-east-1", "us-east-1"),
        "upfront_shares": (Decimal(0), Decimal(0)),
        "values": (Decimal(35), Decimal(35)),
    }
    found = exchange_obstacle(**(given | change))  # type: ignore[arg-type] # a table of changes
    assert found is None if obstacle is None else obstacle in (found or "")


def test_the_month_of_a_return_is_counted_in_utc() -> None:
    seoul = datetime.fromisoformat("2026-12-01T08:59:59+09:00")
    assert return_obstacle(Decimal(5), datetime(2026, 11, 29, tzinfo=UTC), seoul) is None
    later = seoul + timedelta(seconds=1)
    assert "another month" in (
        return_obstacle(Decimal(5), datetime(2026, 11, 29, tzinfo=UTC), later) or ""
    )


def test_azure_counts_refunds_of_twelve_rolling_months_and_no_exchange() -> None:
    refunds = [(date(2025, 11, 22), Decimal(30_000)), (date(2025, 11, 23), Decimal(2_400))]
    assert azure_refundable(refunds, TODAY) == 47_600
    assert azure_exchange_obstacle(Decimal(99), Decimal(100)) is not None
    assert azure_exchange_obstacle(Decimal(100), Decimal(100)) is None
