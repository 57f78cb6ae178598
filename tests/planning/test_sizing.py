"""How much is recommended, where, and in which words."""

import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from pipelines.planning.curve import Limits
from pipelines.planning.offers import Offer
from pipelines.planning.sentences import sentence
from pipelines.planning.sizing import Market, guarded, recommend, tranche
from pipelines.planning.usage import HOURS_PER_DAY, Usage
from tests.benchmarks.backtest import (
    DROPPED,
    OURS,
    WEEKLY,
    Regret,
    backtest,
    mean_regrets,
)

STEP = Limits(step=Decimal("0.001"))
ONE_YEAR = Offer("COMPUTE_SP", 8760, Decimal(0))
THREE_YEARS = Offer("COMPUTE_SP", 26280, Decimal(1))


def days(*levels: tuple[int, float]) -> Usage:
    """Return one line's usage: so many days at each cost an hour."""
    return Usage.of_hours(
        [[level] for count, level in levels for _ in range(count * HOURS_PER_DAY)]
    )


def market(offer: Offer = ONE_YEAR, rate: float = 0.7, account: str = "111122223333") -> Market:
    own = np.zeros(1, np.int64)
    return Market(offer, np.array([rate]), "AWS price list, 2026-11-20", account, own)


def test_a_fall_three_days_ago_is_believed_and_a_rise_is_not() -> None:
    assert guarded(days((87, 10.0), (3, 4.0)), market()) == pytest.approx(2.8)
    assert guarded(days((87, 4.0), (3, 10.0)), market()) == pytest.approx(2.8)


def test_three_years_are_committed_to_where_usage_was_never_lower() -> None:
    usage = days((30, 4.0), (60, 10.0))
    assert guarded(usage, market()) == pytest.approx(7)
    assert guarded(usage, market(THREE_YEARS, 0.5)) == pytest.approx(2)


def test_a_quarter_of_the_gap_is_bought_a_week_and_the_gap_closes() -> None:
    assert tranche(2.8, STEP.step) == pytest.approx(0.7)
    assert tranche(0.002, STEP.step) == pytest.approx(0.001)
    assert tranche(0.0, STEP.step) == 0


def test_a_recommendation_has_figures_of_all_of_it_of_a_week_and_of_ninety_days() -> None:
    usage = days((45, 10.0), (45, 4.0))
    told = recommend(usage, [market()], limits=STEP, covered_cost=720 * 6.0)
    assert told.days == 30
    assert told.target.hourly_commitment == Decimal("2.8")
    assert told.target.monthly_net_savings == Decimal("876")
    assert told.target.coverage_before == Decimal("0.6")
    assert told.target.coverage_after == 1
    assert told.tranche.hourly_commitment == Decimal("0.7")
    assert told.shown_days == 90
    assert told.shown.monthly_eligible_cost == 730 * 7
    assert told.target.scenario_savings == {
        Decimal("0.70"): Decimal("0"),
        Decimal("0.85"): Decimal("438"),
        Decimal("1.00"): Decimal("876"),
        Decimal("1.15"): Decimal("876"),
    }


def test_the_account_that_saves_most_buys() -> None:
    # The owner's line goes first: bought by the first account, the dear line comes first.
    usage = Usage.of_hours([[5.0, 5.0]] * 720)
    rates, sources = np.array([0.9, 0.5]), "table, 2026-11-01"
    dear = Market(ONE_YEAR, rates, sources, "dear", np.array([0, 1]))
    cheap = Market(ONE_YEAR, rates, sources, "cheap", np.array([1, 0]))
    told = recommend(usage, [dear, cheap], limits=replace(STEP, max_commitment=Decimal("2.5")))
    assert told.account == "cheap"
    assert told.target.monthly_net_savings == Decimal("1825")


def test_usage_without_a_price_is_told_and_left_out() -> None:
    usage = Usage.of_hours([[5.0, 2.0]] * 72)
    unpriced = replace(market(), rates=np.array([0.6, np.nan]), tiers=np.zeros(2, np.int64))
    told = recommend(usage, [unpriced], limits=STEP)
    assert told.target.hourly_commitment == 3
    assert told.unpriced_cost == 1460
    assert told.target.coverage_after == pytest.approx(Decimal(5) / 7)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_sentence_tells_every_figure_with_its_base(language: str) -> None:
    told = recommend(days((90, 10.0)), [market(THREE_YEARS, 0.5)], limits=STEP)
    text = sentence(told, told.target, "USD", language)  # type: ignore[arg-type] # of a table
    figures = re.findall(r"\d[\d,]*(?:\.\d+)?%?", text)
    expected = {
        "111122223333", "3", "5.000", "3,650.00", "131,400.00", "30", "7,300.00", "50.00%",
        "100.00%", "0.00%", "18.0", "36",
    }  # fmt: skip
    assert expected <= set(figures)
    assert ("기준" in text) == (language == "ko")
    assert "AWS price list, 2026-11-20" in text


def test_nothing_to_buy_is_said_so() -> None:
    told = recommend(days((87, 10.0), (3, 0.0)), [market()], limits=STEP)
    assert "Buy nothing" in sentence(told, told.target, "USD", "en")
    assert "구매하지 않는" in sentence(told, told.target, "USD", "ko")


@pytest.fixture(scope="module")
def regrets() -> list[Regret]:
    return list(backtest(seeds=2))


def test_our_rule_loses_half_of_what_thirty_days_lose(regrets: list[Regret]) -> None:
    lost = mean_regrets(regrets)
    assert lost[OURS] <= 0.031
    assert lost[OURS] < 0.6 * lost["30 days"] < 0.6 * lost["90 days"]


def test_weekly_quarters_lose_half_of_that(regrets: list[Regret]) -> None:
    assert mean_regrets(regrets)[WEEKLY] <= 0.016


def test_a_fall_just_before_the_purchase_costs_nothing(regrets: list[Regret]) -> None:
    lost = mean_regrets(regrets, DROPPED)
    assert lost[OURS] <= 0.005
    assert lost["30 days"] > 0.1
