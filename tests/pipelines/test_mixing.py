"""Plans that share usage, sized together from published usage and prices."""

from decimal import Decimal

import pytest

from pipelines.mixing import mixes
from pipelines.providers.contract import OfferedRate
from tests.pipelines.marts import published

HOURS = 4 * 24


def rate(program: str, machine: str, price: str) -> OfferedRate:
    return OfferedRate(
        program, 12, "No Upfront", "AmazonEC2", f"APN2-BoxUsage:{machine}", "RunInstances",
        Decimal(price), "USD", "AWS Price List Offer, 2026-08-20",
    )  # fmt: skip


def test_a_family_plan_for_the_base_and_a_wide_one_for_the_rest_beat_either_alone() -> None:
    with published("fct_commitment_usage_hourly", "dim_commitments") as marts:
        for hour in range(HOURS):
            marts.use(hour, "10")
            marts.use(hour, "4", instance_type="c5.large", usage_type="APN2-BoxUsage:c5.large")
        offers = [
            rate("EC2_INSTANCE_SP", "m5.large", "0.06"),
            rate("COMPUTE_SP", "m5.large", "0.07"),
            rate("COMPUTE_SP", "c5.large", "0.07"),
        ]
        [found] = mixes(marts.usage(), offers)
    assert [str(pool) for pool in found.pools] == [
        "EC2_INSTANCE_SP ap-northeast-2 m5",
        "COMPUTE_SP",
    ]
    # All ten of m5 at 0.6, all four of c5 at 0.7: 8.8 instead of 14.
    assert found.mix.sizes == pytest.approx((6.0, 2.8))
    assert found.monthly_savings == pytest.approx(5.2 * 730)
    assert found.mix.gap == pytest.approx(0, abs=1e-6)


def test_one_pool_alone_is_no_mix() -> None:
    with published("fct_commitment_usage_hourly", "dim_commitments") as marts:
        for hour in range(HOURS):
            marts.use(hour, "10")
        assert list(mixes(marts.usage(), [rate("COMPUTE_SP", "m5.large", "0.07")])) == []
