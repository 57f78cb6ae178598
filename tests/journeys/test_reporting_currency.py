"""Costs in one currency: months converted at their own rate, again only where it changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pytest

from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import Folder
from tests.providers.focus.feeds import line, put_month
from warehouse.registry import Source, deliveries

pytestmark = pytest.mark.slow


def put(folder: Folder, month: str, *costs: tuple[str, int]) -> None:
    """Write a month with one line per currency and amount."""
    rows = [line("a", cost, month, BillingCurrency=currency) for currency, cost in costs]
    put_month(folder, month, rows, parts=1)


def published_at(house: Installation) -> dict[str, datetime | None]:
    """When readers first saw what each month holds now."""
    [connection] = house.house.registry.connections.living()
    found = deliveries.of_connection(house.house.registry, connection.connection_id)
    return {each.billing_period: each.published_at for each in found}


def reported(house: Installation) -> list[tuple[str, Decimal]]:
    return house.ask(
        "select billing_period, sum(effective_reporting_cost) from fct_monthly_costs"
        " group by all order by all"
    )


def effects(house: Installation, month: str) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    return house.ask(
        "select billing_currency, effective_reporting_cost_change, cost_effect, fx_effect"
        f" from fct_monthly_fx_effects where billing_period = '{month}' order by all"
    )


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Dollars and won in September, dollars in October."""
    folder = Folder(tmp_path_factory.mktemp("feed"))
    put(folder, "2026-09", ("USD", 100), ("KRW", 100_000))
    put(folder, "2026-10", ("USD", 100))
    return folder


@pytest.fixture(scope="module")
def house(install: Callable[..., Installation], feed: Folder) -> Installation:
    """A company that reports in won, refreshed once."""
    installation = install()
    registry = installation.house.registry
    registry.connections.add("SaaS", Source("focus", str(feed.root), "feed", "focus"))
    rates(installation, "2026-09,USD,KRW,1350", "2026-10,USD,KRW,1400")
    installation.run("company", "currency", "KRW")
    installation.refresh()
    return installation


def rates(house: Installation, *lines: str, options: tuple[str, ...] = ()) -> None:
    file = house.root / "환율.csv"
    file.write_text("\n".join(["month,from,to,rate", *lines]), "utf-8")
    house.run("rates", "import", str(file), *options)


def test_t16_t17_each_month_is_converted_at_its_own_rate(house: Installation) -> None:
    assert house.ask(
        "select billing_period, billing_currency, effective_cost, effective_reporting_cost"
        " from fct_monthly_costs where charge_count > 0 order by all"
    ) == [
        ("2026-09", "KRW", Decimal(100_000), Decimal(100_000)),
        ("2026-09", "USD", Decimal(100), Decimal(135_000)),
        ("2026-10", "USD", Decimal(100), Decimal(140_000)),
    ]
    assert effects(house, "2026-10") == [
        ("KRW", Decimal(-100_000), Decimal(-100_000), Decimal(0)),
        ("USD", Decimal(5_000), Decimal(0), Decimal(5_000)),
    ]


@dataclass(frozen=True)
class Corrected:
    """What was seen of a month without a rate, until it had one and another month a better one."""

    said: str
    reported: list[list[tuple[str, Decimal]]]
    """Before the month came, when it was refused, and when the rates were there to be used."""
    published_at: dict[str, datetime | None]
    """Before the rates were used."""


@pytest.fixture(scope="module")
def corrected(house: Installation, feed: Folder) -> Corrected:
    seen = [reported(house)]
    put(feed, "2026-11", ("JPY", 1_000))
    said = house.run("refresh", expect=1)
    seen.append(reported(house))
    rates(house, "2026-11,JPY,KRW,9.5")
    rates(house, "2026-09,USD,KRW,1360", options=("--replace", "--reason", "audit"))
    seen.append(reported(house))
    before = published_at(house)
    house.refresh()
    return Corrected(said, seen, before)


def test_a_replaced_rate_computes_that_month_again_and_no_other(
    house: Installation, corrected: Corrected
) -> None:
    assert corrected.reported[-1][0] == ("2026-09", Decimal(235_000))
    assert reported(house)[:2] == [("2026-09", Decimal(236_000)), ("2026-10", Decimal(140_000))]
    assert effects(house, "2026-10")[1][3] == Decimal(4_000)
    before, after = corrected.published_at, published_at(house)
    assert {month for month in before if after[month] != before[month]} == {"2026-09", "2026-11"}
    assert before["2026-11"] is None


@pytest.mark.fault(
    "F67", "`There is no exchange rate` for a month without any: it is loaded once it has one"
)
def test_a_month_without_a_rate_is_refused_by_name_until_it_has_one(
    house: Installation, corrected: Corrected
) -> None:
    company = house.house.registry.companies.get()
    assert f"{company.name} ({company.company_id}): JPY to KRW in 2026-11" in corrected.said
    assert "Readers keep the old numbers" in corrected.said
    before, refused, _ = corrected.reported
    assert refused == before
    assert reported(house)[2] == ("2026-11", Decimal(9_500))
