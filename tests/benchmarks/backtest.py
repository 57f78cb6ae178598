"""What sizing rules would have lost: bought after 90 days of usage, paid for a year.

Regret is the year's cost above that of the best constant commitment known in hindsight, as a share
of the on-demand cost. Usage is synthetic: shapes that teams know, with noise, each in several
seeds; `tests.benchmarks.sampled` asks the same of the sample company's bills.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from time import perf_counter
from typing import Final

import numpy as np

from pipelines.planning.curve import Limits, curve, optimum
from pipelines.planning.offers import Offer
from pipelines.planning.sizing import Market, guarded, tranche
from pipelines.planning.usage import HOURS_PER_DAY, Floats, Usage

TRAINED_DAYS, YEAR_DAYS = 90, 365
DAYS: Final = TRAINED_DAYS + YEAR_DAYS
WEEK_DAYS: Final = 7
LOOKBACKS: Final = (30, 60, 90)
OURS, WEEKLY = "lower of 3 and 30 days", "the same, weekly quarters of the gap"
DROPPED: Final = "dropped"
"""The shape of a fall in the days before the purchase."""

hour = np.arange(DAYS * HOURS_PER_DAY)
day = hour / HOURS_PER_DAY
since = day - TRAINED_DAYS
at_work = (hour % 24 >= 9) & (hour % 24 < 19) & (hour // 24 % 7 < 5)


def _walk(pick: np.random.Generator) -> Floats:
    """Return a level that wanders by 1.5 % a day."""
    steps = pick.normal(0, 0.015, DAYS).cumsum()
    return np.repeat(np.exp(steps), HOURS_PER_DAY)


SHAPES: Final[Mapping[str, Callable[[np.random.Generator], Floats]]] = {
    "steady": lambda pick: np.ones(len(hour)),
    "office hours": lambda pick: 0.4 + 0.6 * at_work,
    "diurnal": lambda pick: 1 + 0.35 * np.sin(2 * np.pi * (hour % 24 - 9) / 24),
    "nightly batch": lambda pick: 0.5 + 1.5 * (hour % 24 < 4),
    "spikes": lambda pick: 1 + 3 * (pick.random(len(hour)) < 0.02),
    "growth": lambda pick: 1 + 0.5 * day / DAYS,
    "decline": lambda pick: 1 - 0.3 * day / DAYS,
    "season": lambda pick: 1 + 0.25 * np.sin(2 * np.pi * (day / 365 + pick.random())),
    "step up": lambda pick: np.where(since < pick.uniform(-30, 200), 1.0, 1.5),
    "step down": lambda pick: np.where(since < pick.uniform(21, 63), 1.0, 0.75),
    DROPPED: lambda pick: np.where(since < -pick.uniform(3, 9), 1.0, 0.65),
    "random walk": _walk,
}
"""Shape -> hourly usage before noise, 90 days before the purchase and a year after it."""


@dataclass(frozen=True)
class Regret:
    """What one rule lost on one history."""

    shape: str
    rule: str
    ratio: float


def history(shape: str, seed: int) -> Floats:
    """Return hourly on-demand cost: a shape with a day's and an hour's noise."""
    pick = np.random.default_rng((seed, *shape.encode()))
    noise = np.repeat(pick.normal(1, 0.03, DAYS), HOURS_PER_DAY) * pick.normal(1, 0.05, len(hour))
    costs: Floats = 10 * SHAPES[shape](pick) * noise.clip(0.2)
    return costs


def usage_of(costs: Floats) -> Usage:
    """Return the usage of one line."""
    hours = len(costs)
    return Usage(np.arange(hours), np.zeros(hours, np.int64), costs, hours)


def backtest(seeds: int, discount: float = 0.28) -> Iterator[Regret]:
    """Yield what each rule lost on each shape and seed."""
    for shape in SHAPES:
        for seed in range(seeds):
            yield from regrets_of(shape, history(shape, seed), discount)


def regrets_of(name: str, costs: Floats, discount: float = 0.28) -> Iterator[Regret]:
    """Yield what each rule lost on a history: bought after 90 days of it, held to its end."""
    rate = np.array([1 - discount])
    offer = Offer("COMPUTE_SP", 8760, Decimal(0))
    market = Market(offer, rate, name, "", np.zeros(1, np.int64))
    trained = usage_of(costs[: TRAINED_DAYS * HOURS_PER_DAY])
    one_off = {f"{days} days": optimum(curve(trained.last(days), rate)) for days in LOOKBACKS}
    for rule, size in (one_off | {OURS: guarded(trained, market)}).items():
        yield Regret(name, rule, regret(costs, rate, np.full(_days_held(costs), size)))
    yield Regret(name, WEEKLY, regret(costs, rate, _weekly(costs, market)))


def _days_held(costs: Floats) -> int:
    return len(costs) // HOURS_PER_DAY - TRAINED_DAYS


def _weekly(costs: Floats, market: Market) -> Floats:
    """Return the commitment of each day when a quarter of what is missing is bought each week."""
    held = 0.0
    sizes = []
    days = _days_held(costs)
    for week in range(0, days, WEEK_DAYS):
        known = usage_of(costs[: (TRAINED_DAYS + week) * HOURS_PER_DAY]).last(TRAINED_DAYS)
        held += tranche(guarded(known, market, held=held), Decimal("0.001"))
        sizes += [held] * WEEK_DAYS
    return np.array(sizes[:days])


def regret(costs: Floats, rate: Floats, daily_size: Floats) -> float:
    """Return the cost held above the best constant commitment's, over its on-demand cost."""
    year = costs[TRAINED_DAYS * HOURS_PER_DAY :]
    size = np.repeat(daily_size, HOURS_PER_DAY)
    cost = float((size + np.maximum(0, year - size / rate[0])).sum())
    swept = curve(usage_of(year), rate)
    best = float(year.sum() - swept.savings_at(np.array([optimum(swept, Limits())]))[0])
    return (cost - best) / float(year.sum())


def mean_regrets(regrets: list[Regret], *shapes: str) -> dict[str, float]:
    """Return each rule's mean regret, over these shapes or over all."""
    rules = dict.fromkeys(each.rule for each in regrets)
    return {
        rule: float(
            np.mean(
                [
                    each.ratio
                    for each in regrets
                    if each.rule == rule and (not shapes or each.shape in shapes)
                ]
            )
        )
        for rule in rules
    }


def sweep_seconds(rows: int) -> float:
    """Return the seconds to find the best size for 90 days of lines at 200 different prices."""
    hours = TRAINED_DAYS * HOURS_PER_DAY
    lines = -(-rows // hours)
    pick = np.random.default_rng(0)
    usage = Usage(
        np.repeat(np.arange(hours), lines),
        np.tile(np.arange(lines), hours),
        pick.uniform(0.01, 2, hours * lines),
        hours,
    )
    started = perf_counter()
    optimum(curve(usage, pick.choice(np.linspace(0.4, 0.9, 200), lines)))
    return perf_counter() - started
