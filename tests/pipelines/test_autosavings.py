"""From the published marts to what waits for approval."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.autosavings.drafts import refunds_within, ways_out
from pipelines.autosavings.fees import run_fees
from pipelines.autosavings.portal import steps, summary
from pipelines.autosavings.weekly import Week, run_week
from pipelines.planning.reserved import ReservedMachine
from pipelines.providers.contract import BillingPeriod, OfferedRate
from tests.pipelines.marts import START, Marts, published
from warehouse.held_commitments import Held, subscription_stop
from warehouse.registry import Registry, open_registry
from warehouse.registry.action_rows import Action, Draft
from warehouse.registry.callers import Caller
from warehouse.registry.fees import Fee
from warehouse.scope import Island

ACCOUNT = "111111111111"
DAYS = 4
NOW = datetime(2026, 9, 5, 9, tzinfo=UTC)
ARN = f"arn:aws:savingsplans::{ACCOUNT}:savingsplan/1"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = open_registry(f"sqlite:///{tmp_path}/registry.sqlite", lambda: NOW)
    registry.companies.add("한빛")
    registry.organizations.add("결제")
    registry.accounts.add("aws", ACCOUNT, "결제")
    return registry


@pytest.fixture
def marts(registry: Registry) -> Iterator[Marts]:
    place = registry.organizations.get("결제")
    names = ("fct_commitment_usage_hourly", "dim_commitments", "fct_commitment_inventory")
    with published(*names) as empty:
        yield replace(empty, organization_id=place.organization_id, company_id=place.company_id)


def rate(program: str, price: str, months: int = 12) -> OfferedRate:
    return OfferedRate(
        program, months, "No Upfront", "AmazonEC2", "APN2-BoxUsage:m5.large", "RunInstances",
        Decimal(price), "USD", "AWS Price List Offer, 2026-08-20",
    )  # fmt: skip


def week(registry: Registry, marts: Marts, *rates: OfferedRate) -> Week:
    island = Island(marts.company_id, marts.organization_id)
    return run_week(registry, marts.lake, island, lambda _: rates, NOW)


def use_machines(marts: Marts) -> None:
    for hour in range(DAYS * 24):
        marts.use(hour, "10", sub_account_id=ACCOUNT)


def test_alternatives_are_kept_side_by_side_and_only_one_is_chosen_and_proposed(
    registry: Registry, marts: Marts
) -> None:
    use_machines(marts)
    found = week(
        registry, marts,
        rate("COMPUTE_SP", "0.07"), rate("COMPUTE_SP", "0.05", 36), rate("EC2_INSTANCE_SP", "0.06"),
    )  # fmt: skip
    assert [(each.pool, each.term_months, each.is_chosen) for each in found.recommendations] == [
        ("COMPUTE_SP", 12, False),
        ("COMPUTE_SP", 36, True),
        ("EC2_INSTANCE_SP ap-northeast-2 m5", 12, False),
    ]
    [kept] = [each for each in registry.recommendations.latest("결제") if each.is_chosen]
    assert (kept.rate_source, kept.figures["days"]) == ("AWS Price List Offer, 2026-08-20", DAYS)
    assert "USD 912.50" in kept.reason_ko
    [action] = found.actions
    assert action.recommendation_id == kept.recommendation_id
    assert action.order["hourly_commitment"] == "1.250"
    assert action.committed_cost == Decimal("1.25") * 26280


def test_a_plan_is_summed_up_with_its_cost_its_term_and_that_it_stays(
    registry: Registry, marts: Marts
) -> None:
    use_machines(marts)
    [action] = week(registry, marts, rate("COMPUTE_SP", "0.05")).actions
    assert summary(action) == (
        f"Buy USD 1.250 an hour of COMPUTE_SP in aws account {ACCOUNT}. Commits to USD 10,950.00"
        " over 12 months, of that USD 0.00 upfront. Expected to save USD 912.50 a month net, of 4"
        " days' usage to 2026-09-05; AWS Price List Offer, 2026-08-20. It cannot be cancelled: it"
        " is paid to its last hour, used or not."
    )


def test_a_reservation_is_proposed_in_whole_machines_and_says_that_the_bill_tells_days(
    registry: Registry, marts: Marts
) -> None:
    subscription = "5f6f1c7e-0000-4000-8000-000000000001"
    registry.accounts.add("azure", subscription, "결제")
    for day in range(DAYS):
        marts.use(
            24 * day, "48", hour_count=24, provider_name="Microsoft", sub_account_id=subscription,
            service_code="microsoft.compute/virtualmachines", region_id="koreacentral",
            instance_type="Standard_D4s_v5", usage_type="D4s v5", operation="Dsv5 Series",
            sku_price_id="P/m1", eligible_programs="RESERVATION", pricing_quantity=Decimal(240),
        )  # fmt: skip
    price = OfferedRate(
        "RESERVATION", 12, "No Upfront", "", "m1", "", Decimal("0.1"), "USD",
        "Azure Retail Prices, 2026-09-01",
    )  # fmt: skip
    found = week(registry, marts, price)
    [action], [kept] = found.actions, found.recommendations
    assert summary(action).startswith(
        f"Buy 2 x Standard_D4s_v5 RESERVATION koreacentral in azure account {subscription}."
        " Commits to USD 1,752.00 over 12 months"
    )
    assert "4 days' usage to 2026-09-05, told by the day" in summary(action)
    assert steps(action).startswith("Azure portal > Reservations > Add")
    assert "koreacentral Standard_D4s_v5 2개" in kept.reason_ko


def test_usage_without_a_price_is_told_and_not_proposed(registry: Registry, marts: Marts) -> None:
    use_machines(marts)
    found = week(registry, marts)
    assert {(each.pool.program, each.monthly_cost) for each in found.unpriced} == {
        ("COMPUTE_SP", Decimal(7300)),
        ("EC2_INSTANCE_SP", Decimal(7300)),
        ("EC2_RI", Decimal(7300)),
    }
    assert (found.recommendations, found.actions) == ((), ())


def test_machines_are_ordered_by_the_terms_that_their_offering_is_found_by(
    registry: Registry, marts: Marts
) -> None:
    for hour in range(DAYS * 24):
        marts.use(hour, "1", sub_account_id=ACCOUNT, pricing_quantity=Decimal(10))
    machine = ReservedMachine(
        "m5.large", "standard", Decimal("262.8"), Decimal("0.03"), Decimal(4), "Linux/UNIX",
        "default",
    )  # fmt: skip
    reserved = replace(rate("EC2_RI", "0.06"), payment_option="Partial Upfront", machine=machine)
    [action] = week(registry, marts, reserved).actions
    assert action.order == {
        "program": "EC2_RI", "term_months": "12", "payment_option": "Partial Upfront",
        "currency": "USD", "region_id": "ap-northeast-2", "instance_family": "m5", "count": "2",
        "instance_type": "m5.large", "offering_class": "standard", "platform": "Linux/UNIX",
        "tenancy": "default", "fixed_price": "262.8", "recurring_price": "0.03",
        "upfront": "525.60",
    }  # fmt: skip
    assert summary(action).startswith(
        f"Buy 2 x m5.large standard EC2_RI ap-northeast-2 in aws account {ACCOUNT}. Commits to USD"
        " 1,051.20 over 12 months, of that USD 525.60 upfront."
    )


def give(marts: Marts, **terms: Any) -> None:
    """Hold convertible reservations of c5 that nobody uses, with a hundred days left."""
    arn = f"arn:aws:ec2:ap-northeast-2:{ACCOUNT}:reserved-instances/1"
    paid = {"payment_option": "No Upfront", "upfront_cost": Decimal(0)} | terms
    marts.add(
        "dim_commitments", commitment_id=arn, provider_name="AWS", owner_account_id=ACCOUNT,
        commitment_type="Reserved Instance", term_months=12, region_id="ap-northeast-2",
        instance_type="c5.large", instance_family="c5", offering_class="convertible",
        reserved_count=4, payment_option=paid["payment_option"],
    )  # fmt: skip
    marts.add(
        "fct_commitment_inventory", commitment_id=arn, provider_name="AWS",
        ended_at=(NOW + timedelta(days=100)).replace(tzinfo=None), as_of_date=date(2026, 9, 4),
        commitment_category="Usage", days_remaining=100, hourly_commitment_cost=Decimal("0.24"),
        upfront_cost=paid["upfront_cost"], monthly_net_savings_cost=Decimal(-100),
        trailing_utilization_ratio=0.1, break_even_utilization_ratio=0.6, is_resellable=False,
    )  # fmt: skip


def convertible() -> OfferedRate:
    machine = ReservedMachine(
        "m5.large", "convertible", Decimal(0), Decimal("0.07"), Decimal(4), "Linux/UNIX", "default"
    )
    return replace(rate("EC2_RI", "0.07"), machine=machine)


def test_a_convertible_reservation_that_loses_is_exchanged_for_machines_in_use(
    registry: Registry, marts: Marts
) -> None:
    for hour in range(DAYS * 24):
        marts.use(hour, "1", sub_account_id=ACCOUNT, pricing_quantity=Decimal(10))
    give(marts)
    # Nothing else is proposed for the usage: next week's bills tell what is left of it.
    [action] = week(registry, marts, convertible()).actions
    asked = {name: action.order[name] for name in ("instance_type", "count", "max_true_up")}
    # Worth 0.24 an hour for 100 days: 3.43 of 0.07, so four, whose price is all by the hour.
    assert (action.kind, asked) == (
        "exchange", {"instance_type": "m5.large", "count": "4", "max_true_up": "0.00"},
    )  # fmt: skip
    # Four on demand cost 0.4 an hour and reserved 0.28; and the 100 a month lost are lost no more.
    assert action.expected_monthly_savings == Decimal("0.12") * 730 + 100


def test_what_was_paid_upfront_is_not_exchanged_for_no_upfront(
    registry: Registry, marts: Marts
) -> None:
    for hour in range(DAYS * 24):
        marts.use(hour, "1", sub_account_id=ACCOUNT, pricing_quantity=Decimal(10))
    give(marts, payment_option="All Upfront", upfront_cost=Decimal("2102.40"))
    [action] = week(registry, marts, convertible()).actions
    assert action.kind == "buy"


def test_a_plan_that_ends_soon_is_queued_for_its_last_minute_as_far_as_it_is_used(
    registry: Registry, marts: Marts
) -> None:
    ends = START + timedelta(days=20)
    marts.add(
        "dim_commitments", commitment_id=ARN, provider_name="AWS", owner_account_id=ACCOUNT,
        commitment_type="ComputeSavingsPlans", term_months=12, payment_option="All Upfront",
    )  # fmt: skip
    marts.add(
        "fct_commitment_inventory", commitment_id=ARN, provider_name="AWS", ended_at=ends,
        as_of_date=date(2026, 9, 4), commitment_category="Spend", days_remaining=17,
        hourly_commitment_cost=Decimal(10), monthly_net_savings_cost=Decimal(400),
        trailing_utilization_ratio=0.9, break_even_utilization_ratio=0.7, is_resellable=False,
    )  # fmt: skip
    [action] = week(registry, marts).actions
    assert (action.kind, action.order["hourly_commitment"]) == ("queue", "9.000")
    assert action.order["start_at"] == "2026-09-21T00:00:00+00:00"
    assert action.order["upfront"] == "78840.00"


HELD = Held(
    ARN, "AWS", "COMPUTE_SP", ACCOUNT, None, None, None, None, "No Upfront", 12, None, "USD",
    NOW - timedelta(days=2), NOW + timedelta(days=363), NOW + timedelta(days=5), Decimal(10),
    Decimal(0), Decimal(87120), Decimal(-500), Decimal("0.4"), Decimal("0.7"), 363, False,
)  # fmt: skip
RESERVED = replace(
    HELD, program=None, region_id="ap-northeast-2", offering_class="standard",
    returnable_until_at=None, started_at=NOW - timedelta(days=200), reserved_count=2,
    upfront_cost=Decimal(0), hourly_cost=Decimal("0.6"), break_even_utilization=Decimal("0.6"),
    trailing_utilization=Decimal("0.1"), is_resellable=True, days_remaining=100,
)  # fmt: skip


def only(held: Held, now: datetime = NOW) -> Draft | None:
    found = list(ways_out(held, now))
    assert len(found) < 2
    return found[0] if found else None


def test_a_plan_that_loses_is_returned_while_aws_takes_it_back() -> None:
    draft = only(HELD)
    assert draft
    assert (draft.kind, draft.expected_monthly_savings) == ("return", 500)
    assert only(HELD, NOW + timedelta(days=6)) is None
    assert only(replace(HELD, trailing_utilization=Decimal("0.8"))) is None
    # AWS takes back no more than 100 an hour.
    assert only(replace(HELD, hourly_cost=Decimal("100.001"))) is None


def test_a_reservation_below_its_pace_is_sold_even_for_nothing_when_its_fee_costs_more() -> None:
    draft = only(RESERVED)
    assert draft
    assert (draft.kind, draft.order["price"], draft.order["count"]) == ("resell", "0.00", "2")
    # A month of 730 hours: the fee of 0.6 saved, the 10 % use at 1.0 on demand paid again.
    assert draft.expected_monthly_savings == Decimal("0.5") * 730
    assert only(replace(RESERVED, is_resellable=False)) is None


def test_azure_refunds_stay_within_the_limit_of_twelve_months() -> None:
    azure = replace(RESERVED, provider_name="Microsoft", is_resellable=False)
    drafts = [
        each
        for number, rest in enumerate(("30000", "15000", "10000"))
        for each in ways_out(
            replace(azure, commitment_id=f"r-{number}", remaining_cost=Decimal(rest)), NOW
        )
    ]
    assert [each.kind for each in drafts] == ["return"] * 3
    done = [
        Action(
            **vars(drafts[2]), action_id="act-a", company_id="c", organization_id="o",
            state="executed", proposed_at=NOW, proposed_by="operator", expires_at=NOW,
            decided_at=NOW, decided_by="mem", attempted_at=NOW, ended_at=NOW, result_id=None,
            idempotency_token="t", evidence=(),
        )
    ]  # fmt: skip
    left = refunds_within(drafts[:2], tuple(done), NOW)
    assert [each.subject for each in left] == ["r-1"]


def test_a_company_unpaid_for_thirty_days_is_stopped_from_that_day_on() -> None:
    with published("dim_subscriptions") as marts:
        marts.add(
            "dim_subscriptions", subscription_status="unpaid", is_autosavings_stopped=False,
            autosavings_stops_date=date(2026, 9, 6),
        )  # fmt: skip
        assert subscription_stop(marts.lake, "c", NOW) is None
        assert subscription_stop(marts.lake, "c", NOW + timedelta(days=1))
        assert subscription_stop(marts.lake, "other", NOW + timedelta(days=1)) is None


@pytest.fixture
def bills_of(registry: Registry) -> Iterator[Marts]:
    place = registry.organizations.get("결제")
    names = (
        *("fct_commitment_usage_hourly", "dim_commitments"),
        "fct_commitment_utilization_hourly",
    )
    with published(*names) as empty:
        yield replace(empty, organization_id=place.organization_id, company_id=place.company_id)


def hold(marts: Marts, name: str, program: str, hourly: int, used: int, hours: range) -> None:
    """Hold a plan that commits to so much, and say what of it was used."""
    place = {"region_id": "ap-northeast-2", "instance_family": "m5"}
    marts.add(
        "dim_commitments", commitment_id=name, provider_name="AWS", commitment_type=program,
        owner_account_id=ACCOUNT, **(place if "EC2" in program else {}),
    )  # fmt: skip
    for hour in hours:
        marts.add(
            "fct_commitment_utilization_hourly", commitment_id=name, provider_name="AWS",
            billing_period="2026-09", hour_at=START + timedelta(hours=hour), hour_count=1,
            committed_cost=Decimal(hourly), used_cost=Decimal(used), is_final=True,
        )  # fmt: skip


def covered(marts: Marts, hour: int, ode: str, cost: str, program: str) -> None:
    marts.use(
        hour, ode, sub_account_id=ACCOUNT, effective_cost=Decimal(cost), is_covered=True,
        eligible_programs=None, commitment_type=program, billing_period="2026-09",
    )  # fmt: skip


def executed(registry: Registry, *names: str) -> None:
    owner = registry.members.add("kim@hanbit.kr")
    member = registry.acting_as(Caller("kim", frozenset({owner.member_id})))
    for name in names:
        draft = Draft("buy", "aws", ACCOUNT, name, {}, "USD", Decimal(1), Decimal(1), "")
        [action] = registry.actions.propose("결제", [draft])
        member.actions.approve(action.action_id)
        registry.actions.begin(action.action_id)
        registry.actions.finish(action.action_id, "executed", {}, result_id=name)


def fees(registry: Registry, marts: Marts) -> tuple[Fee, ...]:
    return run_fees(
        registry, marts.lake, Island(marts.company_id, marts.organization_id), Decimal("0.2"),
        BillingPeriod.parse("2026-09"),
    )  # fmt: skip


def test_a_fee_is_a_share_of_what_the_bill_would_have_cost_more(
    registry: Registry, bills_of: Marts
) -> None:
    # Ten on demand in two hours; a managed plan of 5 covers them from the second one on.
    bills_of.use(0, "10", sub_account_id=ACCOUNT, billing_period="2026-09")
    covered(bills_of, 1, "10", "5", "ComputeSavingsPlans")
    hold(bills_of, "managed", "ComputeSavingsPlans", 5, 5, range(1, 2))
    executed(registry, "managed")
    [fee] = fees(registry, bills_of)
    assert (fee.cost_without_managed, fee.cost_with_managed) == (20, 15)
    assert (fee.realized_savings, fee.fee, fee.is_final) == (5, 1, True)
    # Final: what is told of the month later changes nothing.
    bills_of.use(0, "10", sub_account_id=ACCOUNT, billing_period="2026-09")
    assert fees(registry, bills_of) == (fee,)


def test_a_plan_that_displaces_an_owned_one_saves_on_its_rows_and_costs_no_fee(
    registry: Registry, bills_of: Marts
) -> None:
    # M46: the owned Compute plan of 7 covered all ten; now the managed Instance plan of 6 does.
    covered(bills_of, 0, "10", "6", "EC2InstanceSavingsPlans")
    covered(bills_of, 1, "10", "7", "ComputeSavingsPlans")
    hold(bills_of, "owned", "ComputeSavingsPlans", 7, 7, range(2))
    hold(bills_of, "managed", "EC2InstanceSavingsPlans", 6, 6, range(1))
    executed(registry, "managed")
    [fee] = fees(registry, bills_of)
    assert (fee.cost_without_managed, fee.cost_with_managed) == (14, 20)
    assert (fee.fee, fee.loss_carry_out) == (0, 6)


def test_what_plans_of_another_organization_cover_earns_no_fee(
    registry: Registry, bills_of: Marts
) -> None:
    covered(bills_of, 0, "10", "5", "ComputeSavingsPlans")
    hold(bills_of, "managed", "ComputeSavingsPlans", 5, 0, range(1))
    executed(registry, "managed")
    [fee] = fees(registry, bills_of)
    assert (fee.cost_without_managed, fee.cost_with_managed, fee.fee) == (0, 5, 0)


def test_without_an_executed_action_there_is_no_fee(registry: Registry, bills_of: Marts) -> None:
    covered(bills_of, 0, "10", "5", "ComputeSavingsPlans")
    hold(bills_of, "owned", "ComputeSavingsPlans", 5, 5, range(1))
    assert fees(registry, bills_of) == ()
