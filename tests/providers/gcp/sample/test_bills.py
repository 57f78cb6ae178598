"""Google's sample bills are Google's: nested columns, rows that are only added, three models."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.providers.contract import ConnectionConfig, Delivery
from pipelines.providers.gcp.provider import GcpProvider
from pipelines.providers.gcp.sample import SAMPLE
from pipelines.providers.sample import Stage
from pipelines.providers.sample_bills import WrittenExport
from tests.providers.sampling import MakeBills, files, maker, spec_of

CREDITED = "coalesce(list_sum([credit.amount::decimal(38, 12) for credit in credits]), 0)"
NET = f"(cost::decimal(38, 12) + {CREDITED})"
CLOSED, CLOSING = "202607", "202608"


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> MakeBills:
    return maker(SAMPLE, tmp_path_factory, months=3)


@pytest.fixture(params=[export.key for export in SAMPLE.exports])
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(written: WrittenExport, query: str) -> list[tuple[Any, ...]]:
    """Ask the delivered rows, called `bill`."""
    paths = [str(file.path) for delivery in written.deliveries for file in delivery.files]
    is_json = written.export.file_type == "jsonl"
    reader = "read_json($paths" if is_json else "read_parquet($paths, hive_partitioning = false"
    with duckdb.connect() as connection:
        rows = connection.sql(f"from {reader})", params={"paths": paths})
        return rows.query("bill", query).fetchall()


def leaves(name: str, kind: Any) -> set[str]:
    """Spell the fields of a type as the documented columns are: `credits[].amount`."""
    if kind.id == "list":
        return leaves(f"{name}[]", dict(kind.children)["child"])
    if kind.id == "struct":
        return {leaf for part, sub in kind.children for leaf in leaves(f"{name}.{part}", sub)}
    return {name}


def test_columns_are_the_documented_ones(bills: MakeBills, shared_folder: Path) -> None:
    schema = shared_folder / "domain" / "schemas" / "gcp_usage_cost_export_columns.csv"
    with schema.open(encoding="utf-8") as file:
        documented = {row["column"] for row in csv.DictReader(file)}
    relation = duckdb.read_parquet(
        str(bills("gcp-detailed").deliveries[0].files[0].path), hive_partitioning=False
    )
    named = zip(relation.columns, relation.types, strict=True)
    assert {leaf for name, kind in named for leaf in leaves(name, kind)} == documented


def test_the_same_spec_gives_the_same_bytes(tmp_path: Path, key: str) -> None:
    for name, threads in (("one", 1), ("two", 2)):
        SAMPLE.write(tmp_path / name, spec_of(SAMPLE, key, months=1), threads=threads)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_the_provider_reads_every_delivery_and_every_row(
    bills: MakeBills, key: str, tmp_path: Path
) -> None:
    written = bills(key)
    export = written.export
    provider = GcpProvider(
        ConnectionConfig(key, "gcp", str(written.location), export.name, export.dataset)
    )
    for delivery, expected in zip(provider.deliveries(), written.deliveries, strict=True):
        assert isinstance(delivery, Delivery)
        assert delivery.billing_period == expected.period
        folder = tmp_path / str(expected.period)
        folder.mkdir()
        for file in delivery.files:
            provider.fetch(file, folder / file.name)
        with duckdb.connect() as connection:
            inspection = provider.inspect(delivery, folder, connection)
        assert inspection.row_count == expected.rows
        assert inspection.warnings == ()


def test_a_later_delivery_only_adds_rows(bills: MakeBills, key: str) -> None:
    query = f"select to_json(bill)::varchar from bill where invoice.month = '{CLOSING}'"
    first, later = ({row for (row,) in ask(bills(key, stage=stage), query)} for stage in Stage)
    assert first < later


def test_a_closed_invoice_is_taxed_and_adds_up_to_whole_cents(bills: MakeBills, key: str) -> None:
    [(total, kinds)] = ask(
        bills(key),
        f"select sum({NET}), list(distinct cost_type order by cost_type) from bill"
        f" where invoice.month = '{CLOSED}'",
    )
    assert total > 0
    assert total == round(total, 2)
    assert kinds == ["adjustment", "regular", "rounding_error", "tax"]


def test_late_use_of_a_months_last_days_is_on_the_next_invoice_and_on_no_other(
    bills: MakeBills, key: str
) -> None:
    [(late, twice)] = ask(
        bills(key, rows=3000),
        """
        select
            count(*) filter (
                cost_type = 'regular'
                and strftime(usage_start_time - interval 8 hour, '%Y%m') < invoice.month
            ),
            count(*) - count(distinct (
                resource.name, sku.id, usage_start_time, consumption_model.id
            ))
        from bill where resource.name is not null
        """,
    )
    assert late > 0
    assert twice == 0


def test_the_new_model_takes_off_its_fee_what_it_billed_of_covered_use(bills: MakeBills) -> None:
    months = ask(
        bills("gcp-detailed"),
        f"""
        select
            sum({NET}) filter (consumption_model.description <> 'Default'),
            -sum({CREDITED}) filter (sku.description like 'Commitment - dollar%'),
            sum(cost::decimal(38, 12)) filter (sku.description like 'Commitment - dollar%')
        from bill group by invoice.month
        having count(*) filter (sku.description like 'Commitment - dollar%') > 0
        """,
    )
    assert months
    for covered, offset, fee in months:
        assert covered == offset
        assert 0 < offset < fee


@pytest.mark.parametrize(
    ("key", "credit", "fee", "unit"),
    [
        ("gcp-detailed", "COMMITTED_USAGE_DISCOUNT", "Commitment v1: N2 Cpu%", "hour"),
        ("gcp-legacy", "COMMITTED_USAGE_DISCOUNT", "Commitment v1: Memory%", "hour"),
        ("gcp-legacy", "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE", "Commitment - dollar%", "hour"),
    ],
)
def test_no_commitment_covers_more_than_was_committed(
    bills: MakeBills, key: str, credit: str, fee: str, unit: str
) -> None:
    worth = "/ price.list_price" if credit == "COMMITTED_USAGE_DISCOUNT" else ""
    cents = "" if worth else "/ 100"
    [(covered, committed)] = ask(
        bills(key),
        f"""
        select
            -sum({CREDITED} {worth}) filter (
                credits[1].type = '{credit}' and usage.pricing_unit = '{unit}'
            ),
            sum(usage.amount_in_pricing_units) filter (sku.description like '{fee}') {cents}
        from bill where invoice.month = '{CLOSED}'
            or '{fee}' like '%N2%' and invoice.month = '{CLOSING}'
        """,
    )
    assert 0 < float(covered) <= committed + 0.001


def test_three_quarters_of_a_commitment_are_never_used(bills: MakeBills) -> None:
    [(committed, covered)] = ask(
        bills("gcp-legacy"),
        """
        select
            sum(usage.amount_in_pricing_units) filter (sku.description like 'Commitment v1%'),
            sum(usage.amount_in_pricing_units)
                filter (credits[1].type = 'COMMITTED_USAGE_DISCOUNT')
        from bill
        """,
    )
    assert covered / committed == pytest.approx(0.25)


def test_each_kind_of_credit_is_there(bills: MakeBills) -> None:
    kinds = {
        kind
        for each in SAMPLE.exports
        for (kind,) in ask(bills(each.key), "select distinct unnest(credits).type from bill")
    }
    assert kinds == {
        *("COMMITTED_USAGE_DISCOUNT", "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE"),
        *("FEE_UTILIZATION_OFFSET", "SUSTAINED_USAGE_DISCOUNT", "PROMOTION", "FREE_TIER"),
    }


def test_the_staging_project_has_no_labels(bills: MakeBills, key: str) -> None:
    [(staging, others)] = ask(
        bills(key),
        """
        select
            sum(len(labels) + len(tags) + len(project.labels))
                filter (project.name like '%staging'),
            sum(len(labels)) filter (project.name not like '%staging')
        from bill
        """,
    )
    assert staging == 0 < others


def test_money_of_a_month_is_spent_by_projects_and_by_the_billing_account(
    bills: MakeBills, key: str
) -> None:
    [(projects, account)] = ask(
        bills(key),
        f"select sum({NET}) filter (project.id is not null),"
        f" sum({NET}) filter (project.id is null) from bill",
    )
    assert min(projects, account) > Decimal(0)
