"""Worked cases of recommendations, application order, fees and ways out, each by its id."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from pipelines.planning.actions import (
    Exchange,
    Reservation,
    SaleOrKeeping,
    Seller,
    azure_refundable,
    list_value,
    resale_obstacle,
    return_obstacle,
)
from pipelines.planning.curve import curve, optimum
from pipelines.planning.fees import Resale, savings_fee
from pipelines.planning.mix import Plan, best_mix
from pipelines.planning.offers import HOURS_PER_MONTH, BreakEven, Offer, figures
from pipelines.planning.usage import Usage
from tests.planning.cases import Case, applied, case_curve, case_limits, cases

pytestmark = pytest.mark.skipif(
    not cases("fee"), reason="needs the folder `shared` beside the checkout"
)
MONTHLY = Offer("COMPUTE_SP", 8760, Decimal(0))
LOWEST_STEP = Decimal("0.0000001")


def of(*groups: str) -> pytest.MarkDecorator:
    """Run a test once for every case of the groups."""
    found = cases(*groups) or [Case({"id": "absent"})]
    return pytest.mark.parametrize("case", found, ids=lambda case: case.name)


def only(name: str) -> Case:
    [case] = [case for case in cases("recommendation") if case.name == name]
    return case


SWEPT = [case for case in cases("recommendation") if isinstance(case.inputs.get("hours"), list)]


@pytest.mark.parametrize(
    "case",
    [case for case in SWEPT if "plans" not in case.inputs] or [Case({"id": "absent"})],
    ids=lambda case: case.name,
)
def test_the_best_size_and_what_it_comes_to(case: Case) -> None:
    inputs = case.inputs
    swept = case_curve(inputs)
    share = Decimal(inputs.get("upfront_share", "0"))
    offer = Offer("COMPUTE_SP", inputs.get("term_hours", 8760), share)
    size = optimum(swept, case_limits(inputs), offer.upfront_hours)
    told = figures(swept, size, offer)
    hours = swept.hours / Decimal(HOURS_PER_MONTH)
    before = swept.on_demand_cost - swept.displaced_by_held
    assert told.coverage_after is not None
    assert told.coverage_before is not None
    found = {
        "commit": told.hourly_commitment,
        "cost": Decimal(before) - told.monthly_net_savings * hours,
        "savings": told.monthly_net_savings * hours,
        "utilization": told.expected_utilization,
        "coverage_gain": told.coverage_after - told.coverage_before,
        "upfront": told.upfront,
        "roi": told.roi,
    }
    assert case.differences(found) == {}


@pytest.mark.parametrize("name", ["R15"])
def test_a_mix_buys_the_narrow_plan_for_what_is_stable(name: str) -> None:
    case = only(name)
    lines = sorted({line for hour in case.inputs["hours"] for line in hour})
    hours = [[float(hour.get(line, 0)) for line in lines] for hour in case.inputs["hours"]]
    # Narrow plans apply first; the one with most lines last.
    plans = sorted(case.inputs["plans"].items(), key=lambda plan: len(plan[1]["rate"]))
    rates = [
        np.array([float(plan["rate"].get(line, "nan")) for line in lines]) for _, plan in plans
    ]
    mix = best_mix(Usage.of_hours(hours), [Plan("", rate, LOWEST_STEP) for rate in rates])
    found = dict(zip((name for name, _ in plans), mix.sizes, strict=True))
    assert case.differences(found | {"cost": mix.cost, "savings": mix.savings}) == {}
    assert mix.gap == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", ["R17"])
def test_terms_and_payments_stand_side_by_side(name: str) -> None:
    case = only(name)
    usage = Usage.of_hours([[float(case.inputs["od_hourly"])]])
    found = {}
    for option, given in case.inputs["options"].items():
        offer = Offer("COMPUTE_SP", given["term_hours"], Decimal(given["upfront_share"]))
        swept = curve(usage, np.array([float(given["rate"])]))
        told = figures(swept, optimum(swept), offer)
        found[option] = {
            "commit": told.hourly_commitment,
            "monthly_savings": told.monthly_net_savings,
            "upfront": told.upfront,
            "roi": told.roi,
            "break_even_commitment_months": told.break_even.commitment,
            "break_even_cash_months": told.break_even.cash,
        }
    assert case.differences(found) == {}


@pytest.mark.parametrize("name", ["R19"])
def test_a_coverage_to_reach_tells_the_size_and_the_saving(name: str) -> None:
    inputs = only(name).inputs
    eligible, before = Decimal(inputs["eligible_monthly_od"]), Decimal(inputs["coverage_before"])
    covered = eligible * before
    swept = curve(
        Usage.of_hours([[float((eligible - covered) / HOURS_PER_MONTH)]]),
        np.array([float(inputs["rate"])]),
    )
    gain = Decimal(inputs["coverage_after"]) - before
    size = swept.at_coverage(float(gain / (1 - before)))
    told = figures(swept, size, MONTHLY, covered_cost=float(covered / HOURS_PER_MONTH))
    assert told.coverage_after is not None
    found = {
        "monthly_savings": told.monthly_net_savings,
        "monthly_commitment": told.monthly_commitment,
        "coverage_gain": told.coverage_after - before,
        "roi": told.roi,
    }
    assert only(name).differences(found) == {}


@of("break_even")
def test_break_even_in_cash_and_by_commitment(case: Case) -> None:
    inputs = case.inputs
    found = {}
    for option, given in inputs["options"].items():
        both = BreakEven.of(
            upfront=Decimal(given["upfront"]),
            monthly_recurring=Decimal(given["recurring_monthly"]),
            monthly_displaced=Decimal(inputs["ode_displaced_per_month"]),
            term_months=Decimal(inputs["term_months"]),
        )
        found[option] = {"cash": both.cash, "commitment": both.commitment}
    assert case.differences(found) == {}


@of("message")
def test_a_message_whose_figures_have_no_common_base_is_refuted(case: Case) -> None:
    inputs = {name: float(value) for name, value in case.inputs.items()}

    def told(discount: float, coverage: float) -> Any:
        swept = curve(Usage.of_hours([[1.0]]), np.array([1 - discount]))
        return figures(swept, swept.at_coverage(coverage), MONTHLY)

    highest = told(inputs["discount_max"], inputs["coverage_gain"])
    found = {
        "max_roi_multiple_at_72pct": highest.roi,
        "max_savings_pct_of_eligible_for_8pt_coverage": highest.savings_of_eligible,
        "roi_for_12pct_discount": told(inputs["covered_savings_rate"], 1).roi,
    }
    assert case.differences(found) == {}


@of("application")
def test_commitments_apply_in_the_published_order(case: Case) -> None:
    result = applied(case.inputs)
    lines = [line["id"] for line in case.inputs["lines"]]
    covered = sum(quantity[0] for quantity in result.covered.values())
    capacities = {plan["id"]: float(plan["commit"]) for plan in case.inputs.get("sps", [])}
    found = {
        "ode_total": sum(float(line["qty"]) * float(line["od"]) for line in case.inputs["lines"]),
        "used": {name: result.used[name][0] * capacity for name, capacity in capacities.items()},
        "utilization": {name: share[0] for name, share in result.used.items()},
        "covered_qty": dict(zip(lines, covered, strict=True)),
        "on_demand_cost": result.on_demand_cost,
        "total_cost": result.total_cost,
    }
    assert case.differences(found) == {}


@of("fee")
def test_a_fee_is_a_share_of_what_was_saved(case: Case) -> None:
    inputs = case.inputs
    fee = savings_fee(
        **_bills(inputs),
        fee_ratio=Decimal(inputs["fee_pct"]),
        loss_carry_in=Decimal(inputs.get("loss_carry_in", "0")),
        resales=[
            Resale(*(Decimal(each[word]) for word in ("price", "aws_fee_pct", "book_value")))
            for each in inputs.get("resales", [])
        ],
    )
    found = {
        "net_savings_managed": fee.realized_savings,
        "fee_base": fee.fee_base,
        "fee": fee.fee,
        "loss_carry_out": fee.loss_carry_out,
    }
    assert case.differences(found) == {}


def _bills(inputs: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return the bill without managed commitments, and with them."""
    if "net_savings_managed" in inputs:
        without, saved = Decimal(1000), Decimal(inputs["net_savings_managed"])
        return {"cost_without_managed": without, "cost_with_managed": without - saved}
    bills = {"cost_without_managed": Decimal(0), "cost_with_managed": Decimal(0)}
    for each in inputs["commitments"]:
        committed = Decimal(each["effective_used"]) + Decimal(each["unused"])
        without = Decimal(each["ode_used"]) if each["managed"] else committed
        bills["cost_without_managed"] += without
        bills["cost_with_managed"] += committed
    return bills


@of("resell")
def test_what_may_be_sold_and_whether_it_should(case: Case) -> None:
    inputs = case.inputs
    found: dict[str, Any]
    if "items" in inputs:
        found = {name: _may_sell(inputs, item) for name, item in inputs["items"].items()}
    else:
        choice = SaleOrKeeping(
            Decimal(inputs["remaining_hours"]),
            Decimal(inputs["recurring_hourly"]),
            Decimal(inputs["od_hourly"]),
            Decimal(inputs["expected_use"]),
            Decimal(inputs["fee_pct"]),
        )
        price = Decimal(inputs["list_price"])
        found = {
            "keep_value": choice.keep_value,
            "sell_proceeds": choice.proceeds(price),
            "advantage_of_selling": choice.advantage(price),
            "break_even_use": choice.break_even_use,
        }
    assert case.differences(found) == {}


def _may_sell(inputs: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    limits = inputs["limits"]
    seller = Seller(
        item["seller"],
        sold=Decimal(limits["sold_usd"]),
        limit=Decimal(limits["usd"]),
        count_limit=limits["count"],
    )
    reservation = Reservation(
        item["service"],
        item["class"],
        date.fromisoformat(item["start"]),
        date.fromisoformat(item["end"]),
        item["upfront_paid"],
        item["region_opt_in"],
    )
    today = date.fromisoformat(inputs["as_of"])
    return resale_obstacle(reservation, seller, Decimal(item["list_price"]), today) is None


@of("exchange")
def test_an_exchange_rounds_up_and_is_paid_on_top(case: Case) -> None:
    inputs = {name: Decimal(value) for name, value in case.inputs.items()}
    found: dict[str, Any]
    if "fixed_price" in inputs:
        found = {"list_value": list_value(**inputs)}
    else:
        exchange = Exchange(**inputs)
        found = {"quantity": exchange.quantity, "true_up": exchange.true_up}
    assert case.differences(found) == {}


@of("return")
def test_what_may_be_given_back(case: Case) -> None:
    inputs = case.inputs
    found: dict[str, Any]
    if "items" in inputs:
        found = {
            name: return_obstacle(
                Decimal(item["commit"]),
                datetime.fromisoformat(item["bought"]),
                datetime.fromisoformat(item["now"]),
            )
            is None
            for name, item in inputs["items"].items()
        }
    else:
        today = date(2026, 11, 22)
        refunds = [(today, Decimal(amount)) for amount in inputs["cancellations"]]
        left = azure_refundable(refunds, today, Decimal(inputs["limit"]))
        found = {
            "available_after": left,
            "second_allowed": Decimal(inputs["request"]) <= left,
        }
    assert case.differences(found) == {}
