"""The sweep against a search that tries every size, and the mix against its bound."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from pipelines.planning.curve import Limits, curve, optimum
from pipelines.planning.mix import Mix, Plan, best_mix
from pipelines.planning.usage import Usage

INSTANCES = 1000
NEARLY = 1e-7
Hour = list[tuple[int, float, int]]
"""Cost, rate and tier of each line."""


def instance(number: int) -> tuple[list[Hour], float, Limits]:
    """Return hours with equal sizes and equal optima among them, what is held, and limits."""
    pick = random.Random(number)  # noqa: S311 - an instance, no secret
    lines = [
        (pick.choice((0.25, 0.45, 0.6, 0.72, 0.83, 0.95, 1.0, 1.1)), pick.randint(0, 2))
        for _ in range(pick.randint(1, 4))
    ]
    hours = [
        [(pick.randint(0, 12), rate, tier) for rate, tier in lines]
        for _ in range(pick.randint(1, 7))
    ]
    limits = pick.choice(
        (
            Limits(),
            Limits(max_commitment=Decimal(pick.randint(0, 8))),
            Limits(min_utilization=Decimal(pick.choice(("0.5", "0.8", "0.95", "1")))),
        )
    )
    return hours, pick.choice((0.0, 0.0, 1.0, 3.0)), limits


def spent(hour: Hour, size: float) -> tuple[float, float]:
    """Return an hour's on-demand cost beside a commitment, and what of that is used."""
    left, on_demand = size, 0.0
    for cost, rate, _ in sorted(hour, key=lambda line: (line[2], line[1])):
        taken = min(left, cost * rate)
        left -= taken
        on_demand += cost - taken / rate
    return on_demand, size - left


def total(hours: list[Hour], held: float, size: float) -> float:
    return sum(spent(hour, held + size)[0] + size for hour in hours)


def sizes_to_try(hours: list[Hour], held: float) -> Iterator[float]:
    """Yield each size that fills some lines of some hour, and a grid."""
    for hour in hours:
        for count in range(1, len(hour) + 1):
            for filled in itertools.combinations(hour, count):
                yield sum(cost * rate for cost, rate, _ in filled) - held
    yield from (step / 2 for step in range(1, 40))


def is_allowed(hours: list[Hour], held: float, limits: Limits, size: float) -> bool:
    if limits.max_commitment is not None:
        return size <= float(limits.max_commitment) + NEARLY
    if limits.min_utilization is not None:
        used = sum(spent(hour, held + size)[1] - spent(hour, held)[1] for hour in hours)
        return used >= (float(limits.min_utilization) - NEARLY) * size * len(hours)
    return True


def test_no_size_is_better_and_no_smaller_one_as_good_in_a_thousand_instances() -> None:
    beaten = []
    for number in range(INSTANCES):
        hours, held, limits = instance(number)
        swept = curve(
            Usage.of_hours([[cost for cost, _, _ in hour] for hour in hours]),
            np.array([rate for _, rate, _ in hours[0]]),
            tiers=np.array([tier for _, _, tier in hours[0]]),
            held=held,
        )
        found = optimum(swept, limits)
        ours = total(hours, held, found)
        costs = {
            size: total(hours, held, size)
            for size in {0.0, *sizes_to_try(hours, held)}
            if size >= 0 and is_allowed(hours, held, limits, size)
        }
        best = min(ours, *costs.values())
        as_good = min(size for size in (*costs, found) if costs.get(size, ours) <= best + NEARLY)
        if ours > best + NEARLY or found > as_good + NEARLY:
            beaten.append((number, found, as_good, ours, best))
        assert is_allowed(hours, held, limits, found)
    assert beaten == []


def test_no_whole_number_of_machines_is_better_in_a_thousand_instances() -> None:
    beaten = []
    for number in range(INSTANCES):
        hours, held, limits = instance(number)
        machine = Decimal(number % 5 + 1) / 2
        swept = curve(
            Usage.of_hours([[cost for cost, _, _ in hour] for hour in hours]),
            np.array([rate for _, rate, _ in hours[0]]),
            tiers=np.array([tier for _, _, tier in hours[0]]),
            held=held,
        )
        found = optimum(swept, replace(limits, step=machine, is_whole=True))
        most = sum(cost * rate for hour in hours for cost, rate, _ in hour) + 1
        tried = (float(machine) * count for count in range(int(most / float(machine)) + 1))
        allowed = [size for size in tried if is_allowed(hours, held, limits, size)]
        best = min(total(hours, held, size) for size in allowed)
        if found % float(machine) or total(hours, held, found) > best + NEARLY:
            beaten.append((number, found, best))
        assert is_allowed(hours, held, limits, found)
    assert beaten == []


def test_machines_that_ran_for_an_hour_only_are_sized_the_same_way() -> None:
    lines = np.arange(400)
    rates, costs = 0.4 + lines / 1000, 1.0 + lines % 7
    hours = [[(costs[n], rates[n], 0) for n in lines if n % 100 == hour] for hour in range(100)]
    found = optimum(curve(Usage(lines % 100, lines, costs, 100), rates))
    tried = {0.0, *sizes_to_try(hours, 0)}
    assert total(hours, 0, found) == pytest.approx(min(total(hours, 0, each) for each in tried))


def test_a_search_that_stops_where_cost_first_rises_would_buy_nothing() -> None:
    # The owner's dear line goes before the other account's cheap one.
    usage = Usage.of_hours([[1.0, 10.0]] * 24)
    rates, owner_first = np.array([1.1, 0.5]), np.array([0, 1])
    assert optimum(curve(usage, rates, tiers=owner_first)) == pytest.approx(6.1)


def families(number: int, hours: int = 168) -> tuple[Usage, list[Plan]]:
    """Return usage of five families over a week, plans for each, and one for all and Fargate."""
    pick = np.random.default_rng(number)
    level = pick.uniform(1, 10, (1, 6)) * (1 + pick.choice((0, 0.6), 6) * _daily(hours))
    costs = level * pick.normal(1, 0.05, (hours, 6)).clip(0.5)
    narrow = [np.where(np.arange(6) == family, 0.58 + 0.03 * family, np.nan) for family in range(5)]
    wide = np.array([0.66, 0.7, 0.74, 0.7, 0.76, 0.8])
    step = Decimal("0.001")
    plans = [Plan(f"family {family}", rates, step) for family, rates in enumerate(narrow)]
    return Usage.of_hours(costs.tolist()), [*plans, Plan("compute", wide, step)]


def _daily(hours: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return (np.arange(hours) % 24 >= 8).astype(np.float64).reshape(hours, 1)


@pytest.fixture(scope="module")
def mixes() -> list[tuple[Usage, list[Plan], Mix]]:
    instances = [families(number) for number in range(8)]
    return [(usage, plans, best_mix(usage, plans)) for usage, plans in instances]


def test_a_mix_costs_at_most_a_quarter_percent_more_than_any_could(
    mixes: list[tuple[Usage, list[Plan], Mix]],
) -> None:
    gaps = [mix.gap for _, _, mix in mixes]
    assert all(gap is not None and -1e-9 <= gap <= 0.0025 for gap in gaps), gaps


def test_a_mix_is_never_dearer_than_the_widest_plan_alone(
    mixes: list[tuple[Usage, list[Plan], Mix]],
) -> None:
    for usage, plans, mix in mixes:
        swept = curve(usage, plans[-1].rates)
        alone = swept.on_demand_cost - swept.savings_at(np.array([optimum(swept)]))[0]
        assert mix.bound <= mix.cost < alone


def test_reservations_of_a_mix_are_whole_and_bought_while_used_often_enough() -> None:
    # Ten machines by day, four by night, 1 an hour each: the fifth is used in 14 of 24 hours.
    usage = Usage.of_hours([[10.0 if hour % 24 < 14 else 4.0] for hour in range(240)])
    for rate, count in ((0.62, 4), (0.55, 10)):
        plan = Plan("m5.large", np.array([rate]), Decimal(str(rate)))
        assert best_mix(usage, [plan]).sizes == pytest.approx([count * rate])


def test_a_limit_holds_over_all_plans_of_a_mix() -> None:
    usage, plans = families(1, hours=48)
    mix = best_mix(usage, plans, Decimal(9))
    assert 8.9 < sum(mix.sizes) <= 9
    assert mix.gap is not None
    assert mix.gap < 0.0025


def test_a_machine_more_is_reserved_when_its_part_of_an_hour_pays_for_it() -> None:
    usage = Usage.of_hours([[4.6]] * 24)
    plan = Plan("m5.large", np.array([0.55]), Decimal("0.55"))
    assert best_mix(usage, [plan]).sizes == pytest.approx([5 * 0.55])
