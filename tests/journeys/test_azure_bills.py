"""Azure's bills, EA, MCA and FocusCost, from exports to what readers see."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import PROJECT
from tests.journeys.installation import Installation
from tests.providers.azure.azurite import Azurite, running
from tests.providers.azure.exports import NOON, Container, Folder, put_run
from tests.providers.azure.lines import (
    PLAN,
    RESERVATION,
    detail_line,
    ea_line,
    focus_line,
    mca_line,
    mca_price_line,
    price_line,
    transaction_line,
    typed,
)
from warehouse.registry.sources import Source

pytestmark = pytest.mark.slow

SHOP, LAB = "aaaaaaaa-0000-0000-0000-000000000001", "aaaaaaaa-0000-0000-0000-000000000002"
SAMPLES = PROJECT.parent / "shared" / "samples" / "azure_exports"
COVERED = {"PricingModel": "Reservation", "benefitId": RESERVATION, "PayGPrice": "0"}
USAGE = [
    ea_line(SHOP, "4", Quantity="2", UnitOfMeasure="100 Hours", UnitPrice="2", PayGPrice="2.5"),
    ea_line(LAB, "1.5", Tags=""),
    ea_line(SHOP, "0.55", ChargeType="Tax", Tags=""),
    ea_line(SHOP, "9", ChargeType="Purchase", PublisherType="Marketplace", PublisherName="데이터"),
    ea_line(SHOP, "-1", ChargeType="Refund"),
]
EA_ACTUAL = [
    *USAGE,
    ea_line(SHOP, "0", **COVERED),
    ea_line(LAB, "30", ChargeType="Purchase", Frequency="Recurring", **COVERED),
]
EA_AMORTIZED = [
    *USAGE,
    ea_line(SHOP, "0.7", **(COVERED | {"UnitPrice": "1"})),
    ea_line(LAB, "0.3", ChargeType="UnusedReservation", **COVERED),
]
KRW: dict[str, Any] = {
    "billingCurrency": "KRW",
    "exchangeRatePricingToBilling": "1400",
    "PayGPrice": "1",
    "unitPrice": "0.9",
    "paygCostInBillingCurrency": "1400",
}
PLANNED = {"pricingModel": "SavingsPlan", "benefitId": PLAN}
MCA_USAGE = [mca_line(SHOP, "1260", **KRW)]
MCA_ACTUAL = [
    *MCA_USAGE,
    mca_line(LAB, "700000", **KRW, **PLANNED, chargeType="Purchase", frequency="OneTime"),
]
MCA_AMORTIZED = [
    *MCA_USAGE,
    mca_line(SHOP, "900", **KRW, **PLANNED),
    mca_line(LAB, "100", **KRW, **PLANNED, chargeType="UnusedSavingsPlan"),
]


BESIDE: list[tuple[str, str, list[dict[str, Any]], str]] = [
    (
        "details",
        "reservation_details",
        [detail_line("AAAA", "18"), detail_line("AAAA", "2.5")],
        "csv",
    ),
    ("transactions", "reservation_transactions", [transaction_line(LAB, "30")], "csv.gz"),
    ("ea-prices", "price_sheet", [price_line("0123", "2.5", UnitPrice="2")], "csv"),
    ("mca-prices", "price_sheet", [mca_price_line("ABCD-EFGH", "3")], "parquet"),
]


def focus_rows(account: str) -> list[dict[str, Any]]:
    """A reservation's month as FocusCost tells it, prices left at 0 where Azure has none."""
    payer = {"BillingAccountId": f"/providers/Microsoft.Billing/billingAccounts/{account}"}
    who = f"/subscriptions/{SHOP.upper()}"
    one = {**payer, "CommitmentDiscountId": RESERVATION, "CommitmentDiscountType": "Reservation"}
    purchase = {
        "ChargeCategory": "Purchase", "ChargeFrequency": "Recurring", "EffectiveCost": "0",
        "PricingCategory": "Committed", "CommitmentDiscountStatus": "Used",
    }  # fmt: skip
    used = {"CommitmentDiscountStatus": "Used", "BilledCost": "0", "ListCost": "0"}
    unused = {"CommitmentDiscountStatus": "Unused", "BilledCost": "0", "ListCost": "0"}
    plain = {"CommitmentDiscountId": "", "CommitmentDiscountType": "", **payer}
    return [
        focus_line(who, "2", CommitmentDiscountStatus="", **plain),
        focus_line(who, "30", **one, **purchase),
        focus_line(who, "0.7", **one, **used),
        focus_line(who, "0.3", **one, **unused, ContractedCost="0"),
    ]


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    with running(tmp_path_factory.mktemp("azurite") / "azurite.log") as server:
        yield server


@pytest.fixture(scope="module")
def container(azurite: Azurite) -> Container:
    return Container(azurite.service.create_container("bills"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def azure(
    install: Callable[..., Installation], container: Container, folder: Folder, azurite: Azurite
) -> Installation:
    """An installation that met a month of every kind of Azure bill."""
    installation = install(ACME_SAS=azurite.sas())
    registry = installation.house.registry
    registry.organizations.add("커머스")
    registry.accounts.add("azure", SHOP, "커머스")

    def connect(name: str, location: str, dataset: str, **options: str) -> None:
        options = {"amortized_export": f"{name}-amortized"} | options
        secret = "env:ACME_SAS" if "endpoint_url" in options else "chain"
        source = Source("azure", location, name, dataset, options=options, secret=secret)
        registry.connections.add(name, source)

    for export, part, rows in (
        ("ea", "actual", EA_ACTUAL),
        ("ea-amortized", "amortized", EA_AMORTIZED),
    ):
        put_run(container, export, part, "2026-09", rows, file_type="csv.gz")
    connect("ea", container.location, "cost", endpoint_url=azurite.endpoint)
    for export, part, rows in (
        ("mca", "actual", MCA_ACTUAL),
        ("mca-amortized", "amortized", MCA_AMORTIZED),
    ):
        lines = [typed(row) for row in rows]
        put_run(folder, export, part, "2026-09", lines, file_type="parquet", mode="overwrite")
    connect("mca", folder.location, "cost")
    for name, file_type in (("focus", "csv"), ("focus-parquet", "parquet")):
        put_run(folder, name, "focus", "2026-09", focus_rows(name), file_type=file_type)
        connect(name, folder.location, "focus")
    for name, dataset, rows, file_type in BESIDE:
        put_run(folder, name, dataset, "2026-09", rows, file_type=file_type)
        connect(name, folder.location, dataset)
    if SAMPLES.is_dir():
        for export, part in (("sample", "Actual"), ("sample-amortized", "Amortized")):
            target = folder.root / export / "20230901-20230930" / f"{export}_1.csv"
            target.parent.mkdir(parents=True)
            shutil.copy(SAMPLES / f"EA_{part}Cost_Small.csv", target)
        connect("sample", folder.location, "cost")
    assert {outcome["status"] for outcome in installation.refresh()} == {"landed"}
    return installation


def names_in(installation: Installation) -> dict[str, str]:
    return {one.connection_id: one.name for one in installation.house.registry.connections.list()}


def totals(installation: Installation) -> Mapping[str, tuple[Decimal, Decimal]]:
    """Return billed and effective cost by connection and currency."""
    names = names_in(installation)
    rows = installation.ask(
        "select connection_id, billing_currency, sum(billed_cost), sum(effective_cost)"
        " from fct_monthly_reconciliation group by all"
    )
    return {f"{names[row[0]]} {row[1]}": (row[2], row[3]) for row in rows}


def test_b4_every_bill_is_counted_once(azure: Installation) -> None:
    found = dict(totals(azure))
    found.pop("sample USD", None)
    assert found == {
        "ea USD": (Decimal("44.05"), Decimal("15.05")),
        "mca KRW": (Decimal("701260"), Decimal("2260")),
        "focus USD": (Decimal("32"), Decimal("3")),
        "focus-parquet USD": (Decimal("32"), Decimal("3")),
    }


def test_the_public_samples_come_out_as_computed(azure: Installation, shared_folder: Path) -> None:
    billed, effective = totals(azure)["sample USD"]
    assert (round(billed, 9), round(effective, 9)) == (
        Decimal("19.047780136"),
        Decimal("16.296932137"),
    )
    lines = azure.ask(
        "select sum(charge_count) from fct_daily_costs where billing_period = '2023-09'"
    )
    assert lines == [(29,)]


def test_used_and_unused_of_every_commitment_are_told(azure: Installation) -> None:
    with azure.lake() as lake:
        found = lake.execute(
            "select string_split(commitment_discount_id, '/')[-1], commitment_discount_category,"
            " commitment_discount_status, sum(billed_cost), sum(effective_cost)"
            " from lake.intermediate.int_charges where commitment_discount_status is not null"
            " and billing_period = '2026-09' and billing_account_id not like 'focus%'"
            " group by all order by all"
        ).fetchall()
    zero = Decimal(0)
    assert found == [
        ("bbbb", "Usage", "Unused", zero, Decimal("0.3")),
        ("bbbb", "Usage", "Used", zero, Decimal("0.7")),
        ("dddd", "Spend", "Unused", zero, Decimal("100")),
        ("dddd", "Spend", "Used", zero, Decimal("900")),
    ]


def test_the_bridge_from_amortized_to_billed_closes(azure: Installation) -> None:
    bridge = azure.ask(
        "select billing_currency, sum(amortized_upfront_cost), sum(upfront_cost),"
        " sum(bridge_residual_cost) from fct_monthly_reconciliation"
        " where billing_account_id in ('012345678901', 'ABCD-EFGH') group by all order by all"
    )
    zero = Decimal(0)
    assert bridge == [
        ("KRW", Decimal("-1000"), Decimal("700000"), zero),
        ("USD", Decimal("29"), zero, zero),
    ]


def test_a_subscription_belongs_to_its_organization_in_every_format(azure: Installation) -> None:
    owned = azure.ask(
        "select billing_currency, sum(effective_cost) from fct_daily_costs"
        " where organization_id <> 'unassigned' and billing_period = '2026-09'"
        " group by all order by all"
    )
    assert owned == [("KRW", Decimal("2160")), ("USD", Decimal("19.25"))]


def test_t15_ids_are_text(azure: Installation) -> None:
    payers = azure.ask("select distinct billing_account_id from fct_monthly_reconciliation")
    assert ("012345678901",) in payers


def test_a_missing_price_makes_no_savings(azure: Installation) -> None:
    with azure.lake() as lake:
        found = lake.execute(
            "select sum(list_cost), sum(contracted_cost) from lake.intermediate.int_charges"
            " where commitment_discount_status = 'Used' and billing_account_id in"
            " ('focus', '012345678901') group by billing_account_id order by all"
        ).fetchall()
    assert found == [(Decimal("0.7"), Decimal("0.7")), (Decimal("1"), Decimal("1"))]


def test_names_come_from_our_seeds(azure: Installation) -> None:
    named = azure.ask(
        "select distinct service_name, service_category, region_name from fct_daily_costs"
        " where billing_currency = 'KRW' and charge_category = 'Usage'"
    )
    assert named == [("Virtual Machines", "Compute", "Korea Central")]


def kept(installation: Installation, sql: str) -> list[tuple[Any, ...]]:
    with installation.lake() as lake:
        return lake.execute(sql).fetchall()


def test_what_is_exported_beside_the_bill_is_kept_and_bills_nothing(azure: Installation) -> None:
    """The commitment of the details is the one whose use the bill tells."""
    assert kept(
        azure,
        "select sum(used_hours), min(reserved_hours), any_value(commitment_discount_id),"
        " any_value(resource_id) in (select resource_id from lake.intermediate.int_charges)"
        " from lake.intermediate.int_commitment_hours_reported",
    ) == [(Decimal("20.5"), Decimal(24), RESERVATION.lower(), True)]
    assert kept(
        azure,
        "select event_type, occurred_at::varchar, sub_account_id, transaction_cost,"
        " starts_with(commitment_discount_id, commitment_order_id)"
        " from lake.intermediate.int_commitment_transactions_reported,"
        " (select distinct commitment_discount_id from lake.intermediate.int_charges"
        f" where commitment_discount_id = '{RESERVATION.lower()}')",
    ) == [("Purchase", "2026-09-05 10:00:00", LAB, Decimal(30), True)]
    assert kept(
        azure,
        "select billing_account_id, pricing_unit, block_size, list_unit_price,"
        " contracted_unit_price from lake.intermediate.int_prices_reported order by all",
    ) == [
        ("0123", "Hours", Decimal(100), Decimal("2.5"), Decimal(2)),
        ("ABCD-EFGH", "Hours", Decimal(100), Decimal(3), Decimal(3)),
    ]


def test_a_reservation_has_the_term_that_its_order_reports(azure: Installation) -> None:
    """Paid monthly, so the bill tells neither start nor end."""
    found = azure.ask(
        "select distinct term_months, started_at::varchar, ended_at::varchar, reserved_count,"
        f" instance_type from dim_commitments where commitment_id = '{RESERVATION.lower()}'"
    )
    assert found == [(12, "2026-09-05 10:00:00", "2027-09-05 10:00:00", 1, "Standard_B1s")]


@dataclass(frozen=True)
class Restated:
    """A refresh of the same installation that found reservation details anew and an empty run."""

    before: Mapping[str, tuple[Decimal, Decimal]]
    row_counts: Mapping[str, int]
    """Connection -> rows that landed."""


@pytest.fixture(scope="module")
def restated(azure: Installation, folder: Folder) -> Restated:
    before, later = totals(azure), NOON + timedelta(hours=6)
    put_run(
        folder, "details", "reservation_details", "2026-09", [detail_line("AAAA", "7")],
        submitted_at=later,
    )  # fmt: skip
    put_run(folder, "focus", "focus", "2026-09", [], submitted_at=later, parts=0)
    names = names_in(azure)
    landed = [one for one in azure.refresh() if one["status"] == "landed"]
    return Restated(before, {names[one["connection_id"]]: one["row_count"] for one in landed})


def test_restated_details_replace_the_first_ones(azure: Installation, restated: Restated) -> None:
    assert restated.row_counts == {"details": 1, "focus": 0}
    hours = "select used_hours from lake.intermediate.int_commitment_hours_reported"
    assert kept(azure, hours) == [(Decimal(7),)]


def test_f23_an_empty_run_empties_its_month_and_no_other(
    azure: Installation, restated: Restated
) -> None:
    assert "focus USD" in restated.before
    others = {name: costs for name, costs in restated.before.items() if name != "focus USD"}
    assert totals(azure) == others
