"""Files, columns and manifests are those of AWS."""

import csv
import json
from pathlib import Path

import duckdb
import pytest

from pipelines.providers.aws.provider import AwsProvider
from pipelines.providers.columns import snake
from pipelines.providers.contract import ConnectionConfig, Delivery
from pipelines.providers.sample_bills import WrittenExport
from tests.providers.aws.sample.conftest import ask
from tests.providers.sampling import MakeBills

pytestmark = pytest.mark.slow

GLUE = {"string": "VARCHAR", "double": "DOUBLE", "timestamp": "TIMESTAMP"}
GLUE |= {f"map<string,{value}>": f"MAP(VARCHAR, {GLUE[value]})" for value in ("string", "double")}
IDS = {
    "focus": "billing_account_id, sub_account_id",
    "cur1": "bill_payer_account_id, line_item_usage_account_id",
    "cur2": "bill_payer_account_id, line_item_usage_account_id",
}


def documented(shared_folder: Path, name: str, column: str, kind: str) -> dict[str, str]:
    with (shared_folder / "domain" / "schemas" / name).open(encoding="utf-8") as file:
        return {row[column]: row[kind] for row in csv.DictReader(file) if row[column]}


def delivered_types(written: WrittenExport) -> dict[str, str]:
    file = written.deliveries[0].files[0].path
    relation = duckdb.read_parquet(str(file), hive_partitioning=False)
    return dict(zip(relation.columns, map(str, relation.types), strict=True))


@pytest.mark.parametrize(
    ("key", "schema", "kind"),
    [
        ("cur2-parquet", "aws_cur2_columns.csv", "type"),
        ("focus", "aws_focus_1_2_aws_columns.csv", "glue_type"),
    ],
)
def test_parquet_exports_have_the_documented_columns_and_types(
    bills: MakeBills, shared_folder: Path, key: str, schema: str, kind: str
) -> None:
    columns = documented(shared_folder, schema, "column", kind)
    assert delivered_types(bills(key)) == {name: GLUE[glue] for name, glue in columns.items()}


def test_cur_2_as_csv_lacks_only_what_manual_discounts_replace(
    bills: MakeBills, shared_folder: Path
) -> None:
    columns = documented(shared_folder, "aws_cur2_columns.csv", "column", "type")
    written = bills("cur2-csv")
    relation = duckdb.read_csv(str(written.deliveries[0].files[0].path), all_varchar=True)
    assert set(columns) - set(relation.columns) == {
        *("discount", "discount_total_discount", "line_item_iam_principal")
    }
    assert set(relation.columns) <= set(columns)


@pytest.mark.parametrize("key", ["cur-new", "cur-overwrite"])
def test_legacy_columns_are_documented_ones(
    bills: MakeBills, shared_folder: Path, key: str
) -> None:
    known = documented(shared_folder, "aws_cur1_legacy_columns.csv", "csv_name", "sources")
    # The net and discount columns of entitled payers and other companies' tags are not listed.
    current = documented(shared_folder, "aws_cur2_columns.csv", "column", "type")
    written = bills(key)
    for delivery in written.deliveries:
        header = duckdb.read_csv(str(delivery.files[0].path), all_varchar=True).columns
        unknown = {name for name in header if name not in known and snake(name) not in current}
        assert unknown == {"resourceTags/user:team"}


def test_a_legacy_report_has_a_column_only_from_the_month_that_uses_it(bills: MakeBills) -> None:
    headers = [
        set(duckdb.read_csv(str(delivery.files[0].path), all_varchar=True).columns)
        for delivery in bills("cur-overwrite").deliveries
    ]
    plans = "savingsPlan/SavingsPlanARN"
    assert [plans in header for header in headers] == [False, False, True, True]
    discounts = [
        "lineItem/NetUnblendedCost" in duckdb.read_csv(str(each.files[0].path)).columns
        for each in bills("cur-new").deliveries
    ]
    assert discounts == [False, True, True, True]


def test_the_provider_reads_every_delivery_and_every_row(
    bills: MakeBills, key: str, tmp_path: Path
) -> None:
    written = bills(key)
    export = written.export
    provider = AwsProvider(
        ConnectionConfig(key, "aws", str(written.location), export.name, export.dataset)
    )
    found = list(provider.deliveries())
    for delivery, expected in zip(found, written.deliveries, strict=True):
        assert isinstance(delivery, Delivery)
        assert delivery.billing_period == expected.period
        assert delivery.submitted_at == expected.delivered_at
        folder = tmp_path / str(expected.period)
        folder.mkdir()
        for file in delivery.files:
            provider.fetch(file, folder / file.name)
        with duckdb.connect() as connection:
            inspection = provider.inspect(delivery, folder, connection)
        assert inspection.row_count == expected.rows
        assert inspection.warnings == ()


def test_a_manifest_lists_exactly_the_files_of_its_delivery(bills: MakeBills, key: str) -> None:
    written = bills(key, months=1, rows_per_file=1, rows=3)
    bucket = written.location.parent
    manifests = sorted(written.location.rglob("*-Manifest.json"))
    listed = {
        name.removeprefix(f"s3://{bucket.name}/")
        for manifest in manifests
        for content in [json.loads(manifest.read_text("utf-8"))]
        for name in content.get("dataFiles", content.get("reportKeys"))
    }
    there = {
        path.relative_to(bucket).as_posix()
        for path in written.location.rglob("*")
        if path.is_file() and path not in manifests
    }
    assert listed == there
    assert len(there) == 3


@pytest.mark.parametrize("key", ["cur2-parquet", "cur-new"])
def test_a_kept_manifest_lies_with_its_execution_and_the_current_one_above(
    bills: MakeBills, key: str
) -> None:
    kept, current = sorted(
        bills(key, months=1).location.rglob("*-Manifest.json"), key=lambda path: -len(path.parts)
    )
    assert kept.parent.parent == current.parent
    assert kept.read_bytes() == current.read_bytes()


def test_a_line_is_told_apart_by_its_id_and_interval(bills: MakeBills) -> None:
    for key in ("cur2-parquet", "cur2-csv", "cur-new", "cur-overwrite"):
        [(repeated,)] = ask(
            bills(key),
            """
            select count(*) - count(distinct (
                identity_line_item_id, identity_time_interval, bill_billing_period_start_date
            ))
            from bill
            """,
        )
        assert repeated == 0


def test_account_ids_are_twelve_digits_and_some_begin_with_zeros(
    bills: MakeBills, key: str
) -> None:
    columns = IDS[bills(key).export.dataset]
    ids = {each for row in ask(bills(key), f"select distinct {columns} from bill") for each in row}
    assert all(len(each) == 12 and each.isdigit() for each in ids)
    assert any(each.startswith("000") for each in ids)
