"""Azure's sample bills are Azure's: columns, manifests, and two exports that agree."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.providers.azure.provider import AzureProvider
from pipelines.providers.azure.sample import SAMPLE
from pipelines.providers.contract import ConnectionConfig, Delivery
from pipelines.providers.sample import Stage
from pipelines.providers.sample_bills import WrittenExport
from tests.providers.sampling import MakeBills, files, maker, spec_of

MONEY = "decimal(38, 12)"


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> MakeBills:
    return maker(SAMPLE, tmp_path_factory, months=3)


@pytest.fixture(params=[export.key for export in SAMPLE.exports])
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(written: WrittenExport, query: str) -> list[tuple[Any, ...]]:
    """Ask the delivered lines, called `bill`: `part` is actual or amortized, `month` theirs."""
    paths = [str(file.path) for delivery in written.deliveries for file in delivery.files]
    is_csv = written.export.file_type == "csv"
    reader = "read_csv($paths, all_varchar = true, " if is_csv else "read_parquet($paths, "
    with duckdb.connect() as connection:
        rows = connection.sql(
            f"select *, if(contains(filename, 'amortized'), 'amortized', 'actual') as part,"
            r" regexp_extract(filename, '/(\d{6})01-', 1) as month"
            f" from {reader} filename = true)",
            params={"paths": paths},
        )
        return rows.query("bill", query).fetchall()


@pytest.mark.parametrize(
    ("key", "schema"),
    [
        ("azure-ea", "azure_cost_details_EA_2024-08-01.csv"),
        ("azure-mca", "azure_cost_details_MCA_2023-12-01-preview.csv"),
    ],
)
def test_columns_are_the_documented_ones_in_their_order(
    bills: MakeBills, shared_folder: Path, key: str, schema: str
) -> None:
    with (shared_folder / "domain" / "schemas" / schema).open(encoding="utf-8") as file:
        documented = [row["column"] for row in csv.DictReader(file)]
    written = bills(key)
    path = str(written.deliveries[0].files[0].path)
    read = duckdb.read_csv if written.export.file_type == "csv" else duckdb.read_parquet
    assert read(path).columns == documented


def test_the_same_spec_gives_the_same_bytes(tmp_path: Path, key: str) -> None:
    for name, threads in (("one", 1), ("two", 2)):
        SAMPLE.write(tmp_path / name, spec_of(SAMPLE, key, months=1), threads=threads)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_the_provider_reads_every_delivery_and_the_bill_is_the_actual_export(
    bills: MakeBills, key: str, tmp_path: Path
) -> None:
    written = bills(key)
    export = written.export
    config = ConnectionConfig(
        key, "azure", str(written.location), export.name, export.dataset, export.options
    )
    provider = AzureProvider(config)
    actual = dict(
        ask(
            written,
            f"select month, sum(costInBillingCurrency::{MONEY}) from bill"
            " where part = 'actual' group by month",
        )
    )
    for delivery in provider.deliveries():
        assert isinstance(delivery, Delivery)
        month = f"{delivery.billing_period.start:%Y%m}"
        folder = tmp_path / month
        folder.mkdir()
        for file in delivery.files:
            provider.fetch(file, folder / file.name)
        with duckdb.connect() as connection:
            inspection = provider.inspect(delivery, folder, connection)
        assert inspection.warnings == ()
        assert inspection.control_totals == {"USD": actual.pop(month)}
    assert actual == {}


def test_what_was_paid_for_a_commitment_sent_back_was_amortized_to_the_last_digit(
    bills: MakeBills,
) -> None:
    [(payments, paid, amortized)] = ask(
        bills("azure-ea"),
        f"""
        select
            count(*) filter (part = 'actual' and ChargeType in ('Purchase', 'Refund')),
            sum(CostInBillingCurrency::{MONEY}) filter (part = 'actual'),
            sum(CostInBillingCurrency::{MONEY}) filter (part = 'amortized')
        from bill where benefitName = 'sent-back-b2ms'
        """,
    )
    assert payments == 2
    assert paid == amortized > 0


@pytest.mark.parametrize(
    ("key", "name", "term_payments"),
    [
        ("azure-ea", "idle-e8s", 1),
        ("azure-ea", "compute-main", 1),
        ("azure-mca", "forgotten-sql", 1),
        ("azure-mca", "three-years", 36),
    ],
)
def test_used_and_unused_are_the_months_share_of_what_was_paid(
    bills: MakeBills, key: str, name: str, term_payments: int
) -> None:
    [(paid, share)] = ask(
        bills(key),
        f"""
        select
            max(costInBillingCurrency::{MONEY}) filter (chargeType = 'Purchase'),
            sum(costInBillingCurrency::{MONEY}) filter (part = 'amortized' and month = '202608')
        from bill where benefitName = '{name}'
        """,
    )
    # The month that closed last lacks its last nine hours yet.
    hours = Decimal(31 * 24 - 9) / (730 * term_payments)
    assert share == pytest.approx(paid * hours, abs=Decimal("0.000001"))


def test_three_quarters_of_a_reservation_are_never_used(bills: MakeBills) -> None:
    [(unused, whole)] = ask(
        bills("azure-ea"),
        f"""
        select
            sum(Quantity::{MONEY}) filter (ChargeType = 'UnusedReservation') / 4,
            sum(CostInBillingCurrency::{MONEY}) / 0.061 / 4
        from bill where benefitName = 'idle-e8s' and part = 'amortized'
        """,
    )
    assert unused / whole == pytest.approx(0.75)


def test_each_kind_of_line_is_in_its_export(bills: MakeBills) -> None:
    kinds = ask(bills("azure-mca"), "select distinct part, chargeType, pricingModel from bill")
    said = {(part, kind, model) for part, kind, model in kinds}
    for part in ("actual", "amortized"):
        assert {kind for its, kind, _ in said if its == part} >= {
            *("Usage", "Purchase", "Refund", "Tax", "Credit")
        }
    assert ("actual", "Purchase", "Reservation") in said
    assert ("amortized", "UnusedReservation", "Reservation") in said
    assert ("amortized", "Usage", "SavingsPlan") in said
    assert not {kind for part, kind, _ in said if part == "actual" and kind.startswith("Unused")}
    assert ("amortized", "Purchase", "Reservation") not in said
    assert ("amortized", "Purchase", "SavingsPlan") not in said


def test_covered_use_costs_nothing_where_its_purchase_stands(bills: MakeBills, key: str) -> None:
    [(rows, cost)] = ask(
        bills(key),
        """
        select count(*), sum(costInBillingCurrency::double) from bill
        where part = 'actual' and chargeType = 'Usage'
            and pricingModel in ('Reservation', 'SavingsPlan')
        """,
    )
    assert rows > 0
    assert cost == 0


def test_a_refund_after_close_names_the_invoice_it_corrects(bills: MakeBills) -> None:
    query = """
        select month, count(*) filter (previousInvoiceId is not null), count(distinct invoiceId)
        from bill group by all order by all
    """
    assert ask(bills("azure-mca"), query)[0] == ("202607", 0, 1)
    restated = ask(bills("azure-mca", stage=Stage.RESTATED), query)
    assert restated[0] == ("202607", 2, 2)


def test_an_overwriting_export_keeps_one_run_and_the_other_keeps_all(tmp_path: Path) -> None:
    for stage in Stage:
        for export in SAMPLE.exports:
            SAMPLE.write(tmp_path, spec_of(SAMPLE, export.key, months=1, stage=stage))
    runs = [path.parent for path in tmp_path.rglob("manifest.json")]
    assert len([run for run in runs if "azure-mca" in run.parts]) == 2
    assert len([run for run in runs if "azure-ea" in run.parts]) == 4


def test_the_staging_team_tags_nothing(bills: MakeBills, key: str) -> None:
    [(staging, others)] = ask(
        bills(key),
        """
        select
            count(tags) filter (subscriptionName like '%staging'),
            count(tags) filter (subscriptionName not like '%staging')
        from bill where chargeType = 'Usage'
        """,
    )
    assert staging == 0 < others
