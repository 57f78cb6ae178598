"""Rates: derived in decimals, locked by their import, and what they let be computed again."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.warehouse.registry.conftest import Clock
from warehouse.registry import Registry, Source
from warehouse.registry import deliveries as ledger
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.errors import InvalidError, RateLockedError
from warehouse.registry.rate_files import GivenRate
from warehouse.registry.reporting import Pair, find_quote
from warehouse.registry.snapshot import write_snapshot

NOON = datetime(2026, 10, 15, 12, tzinfo=UTC)


def given(*rates: str) -> list[GivenRate]:
    """Rates written as `2026-09 USD KRW 1350`."""
    words = [each.split() for each in rates]
    return [GivenRate(Pair(*pair), Decimal(rate), "test") for *pair, rate in words]


@pytest.fixture
def billed(registry: Registry) -> Registry:
    """A company whose USD and KRW bills of two months are served, and one it knows nothing of."""
    registry.companies.add("한빛")
    registry.companies.add("Bolt")
    for company in ("한빛", "Bolt"):
        source = Source("aws", f"s3://{company}", "daily", "cur2")
        connection = registry.connections.add("Main", source, company=company)
        for month, currencies in (("2026-08", ("KRW",)), ("2026-09", ("USD", "KRW"))):
            deliver(registry, connection.connection_id, month, currencies)
    return registry


def deliver(
    registry: Registry,
    connection_id: str,
    month: str,
    currencies: tuple[str, ...],
    delivery_id: str = "d1",
    state: str = "published",
) -> None:
    ledger.record(
        registry,
        DeliveryRecord(
            connection_id=connection_id,
            billing_period=month,
            delivery_id=delivery_id,
            dataset="cur2",
            file_type="parquet",
            submitted_at=NOON,
            file_count=1,
            bytes=1,
            sha256="0",
            row_count=1,
            control_totals=dict.fromkeys(currencies, Decimal(100)),
            columns={},
            has_net_costs=False,
            warnings=(),
            state=state,
            message="",
            landed_at=NOON,
        ),
    )


def states(registry: Registry, company: str = "한빛") -> dict[str, str]:
    connection = registry.connections.get("Main", company=company)
    found = ledger.of_connection(registry, connection.connection_id)
    return {f"{each.billing_period} {each.delivery_id}": each.state for each in found}


@pytest.mark.parametrize(
    ("pair", "rate", "basis"),
    [
        ("USD KRW", "1350", "given"),
        ("KRW USD", "0.000740740741", "inverse"),
        ("EUR JPY", "160", "given"),
        ("JPY EUR", "0.00625", "inverse"),
        ("JPY GBP", "0.005333333333", "through EUR"),
        ("USD USD", "1", "same currency"),
    ],
)
def test_a_rate_is_given_or_inverse_or_through_the_euro(pair: str, rate: str, basis: str) -> None:
    rates = given("2026-09 USD KRW 1350", "2026-09 EUR JPY 160", "2026-09 GBP EUR 1.171875")
    quote = find_quote({each.pair: each.rate for each in rates}, Pair("2026-09", *pair.split()))
    assert quote
    assert (quote.rate, quote.basis) == (Decimal(rate), basis)


@pytest.mark.fault("F67")
@pytest.mark.parametrize("pair", ["2026-09 USD CHF", "2026-09 CHF KRW", "2026-10 USD KRW"])
def test_a_rate_that_nothing_leads_to_is_missing_and_not_1(pair: str) -> None:
    rates = given("2026-09 USD KRW 1350")
    assert find_quote({each.pair: each.rate for each in rates}, Pair(*pair.split())) is None


@pytest.mark.fault("F67")
def test_a_currency_is_refused_while_bills_lack_a_rate_and_names_them(billed: Registry) -> None:
    with pytest.raises(InvalidError, match=r"'한빛'.*: USD to KRW in 2026-09\."):
        billed.companies.change_reporting_currency("한빛", "KRW")
    assert billed.companies.get("한빛").reporting_currency is None
    assert set(states(billed).values()) == {"published"}


def test_a_currency_lets_every_month_of_its_company_be_computed_again(billed: Registry) -> None:
    billed.rates.add(given("2026-09 USD KRW 1350"), company="한빛")
    assert set(states(billed).values()) == {"published"}
    changed = billed.companies.change_reporting_currency("한빛", "krw", reason="annual report")
    assert changed.reporting_currency == "KRW"
    assert states(billed) == {"2026-08 d1": "landed", "2026-09 d1": "landed"}
    assert set(states(billed, "Bolt").values()) == {"published"}
    newest = billed.companies.history("한빛")[0]
    assert (newest.event_type, newest.after, newest.reason) == (
        "company_reporting_currency_changed",
        {"reporting_currency": "KRW"},
        "annual report",
    )


@pytest.fixture
def reporting(billed: Registry) -> Registry:
    """The same, 한빛 reporting in won; all its months are served."""
    billed.rates.add(given("2026-09 USD KRW 1350", "2026-08 USD KRW 1300"), company="한빛")
    billed.companies.change_reporting_currency("한빛", "KRW")
    waiting = ledger.pending(billed)
    ledger.publish(billed, waiting, 1, NOON)
    return billed


def test_a_replaced_rate_computes_exactly_the_months_billed_in_it_again(
    reporting: Registry,
) -> None:
    new = given("2026-09 USD KRW 1360", "2026-08 USD KRW 1310", "2026-10 USD KRW 1400")
    changes = reporting.rates.add(new, company="한빛", replace=True, reason="audit")
    assert [month for _, month in changes.recomputed] == ["2026-09"]
    assert states(reporting) == {"2026-08 d1": "published", "2026-09 d1": "landed"}
    newest = reporting.companies.history("한빛")[0]
    assert newest.before == {"USD to KRW in 2026-09": "1350", "USD to KRW in 2026-08": "1300"}
    assert newest.reason == "audit"


def test_a_locked_rate_is_kept_and_its_whole_import_refused(reporting: Registry) -> None:
    new = given("2026-09 USD KRW 1360", "2026-10 USD KRW 1400")
    for dry_run in (True, False):
        with pytest.raises(RateLockedError, match="USD to KRW in 2026-09 is 1350, the file"):
            reporting.rates.add(new, company="한빛", dry_run=dry_run)
    assert reporting.rates.list("한빛", billing_period="2026-10") == ()
    assert set(states(reporting).values()) == {"published"}


def test_a_given_rate_takes_the_place_of_a_derived_one_only_when_told_to(
    billed: Registry,
) -> None:
    billed.rates.add(given("2026-09 KRW USD 0.0008"), company="한빛")
    billed.companies.change_reporting_currency("한빛", "KRW")
    with pytest.raises(RateLockedError, match=r"was converted at 1250 \(inverse\)"):
        billed.rates.add(given("2026-09 USD KRW 1350"), company="한빛")


def test_the_same_rates_again_and_a_dry_run_change_nothing(reporting: Registry) -> None:
    before = reporting.companies.history("한빛")
    again = reporting.rates.add(given("2026-09 USD KRW 1350.0"), company="한빛")
    assert (again.added, again.replaced, again.unchanged_count) == ((), (), 1)
    reporting.rates.add(given("2026-09 USD KRW 9"), company="한빛", replace=True, dry_run=True)
    assert reporting.companies.history("한빛") == before
    assert [f"{rate.rate:f}" for rate in reporting.rates.list("한빛")] == ["1350", "1300"]


def test_a_bill_refused_for_want_of_a_rate_is_tried_again_once_it_is_there(
    reporting: Registry,
) -> None:
    connection_id = reporting.connections.get("Main", company="한빛").connection_id
    deliver(reporting, connection_id, "2026-10", ("JPY",), "d2", "refused")
    [missing] = reporting.rates.used("2026-10", "한빛")
    assert (missing.exchange_rate, missing.basis) == (None, "missing")
    reporting.rates.add(given("2026-10 JPY KRW 9.5"), company="한빛")
    assert states(reporting)["2026-10 d2"] == "landed"


def test_what_waits_again_asks_for_a_run_of_its_own(reporting: Registry, clock: Clock) -> None:
    told = []
    for rate in ("1360", "1370"):
        clock.pass_days(1)
        new = given(f"2026-09 USD KRW {rate}")
        reporting.rates.add(new, company="한빛", replace=True)
        told.append(ledger.pending(reporting)[0].message)
        ledger.publish(reporting, ledger.pending(reporting), 2, NOON)
    assert len(set(told)) == 2


def test_the_snapshot_holds_what_each_company_converts_at(
    reporting: Registry, tmp_path: Path
) -> None:
    reporting.rates.add(given("2026-09 EUR USD 1.2", "2026-09 JPY EUR 0.00625"), company="한빛")
    reporting.rates.add(given("2026-09 USD KRW 1"), company="Bolt")
    write_snapshot(reporting, tmp_path)
    rates = pl.read_parquet(tmp_path / "exchange_rates.parquet")
    assert rates.select("billing_period", "from_currency", "to_currency", "rate").rows() == [
        ("2026-08", "USD", "KRW", "1300"),
        ("2026-09", "USD", "KRW", "1350"),
    ]
