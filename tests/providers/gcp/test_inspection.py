"""What of a GCP month may enter the ledger, and what it adds up to."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.providers.contract import BillError, Delivery
from pipelines.providers.gcp.provider import GcpProvider
from pipelines.providers.landing import Landed, land
from tests.providers.gcp.rows import credit, lines_of, usage_row
from tests.providers.gcp.tables import Extracts, Row, Table
from warehouse.layout import Layout
from warehouse.registry.deliveries import UNREAD

Connect = Callable[..., GcpProvider]
Read = Callable[..., Landed]
FORMATS = ["a.parquet", "a.jsonl"]


@pytest.fixture
def landed(extracts: Extracts, gcp: Connect, tmp_path: Path) -> Read:
    """Land the only month there is."""

    def read(bills: Extracts | Table = extracts) -> Landed:
        provider = gcp(bills)
        (found,) = provider.deliveries()
        assert isinstance(found, Delivery), found
        return land(found, provider, Layout(tmp_path / "house"))

    return read


@pytest.mark.parametrize("name", FORMATS)
def test_t10_all_credits_of_a_row_count_once(extracts: Extracts, landed: Read, name: str) -> None:
    given = [credit("DISCOUNT", -3.10), credit("FREE_TIER", -2.40), credit("PROMOTION", -1.00)]
    extracts.put("202609", {name: [usage_row(10.00, credits=given)]})
    found = landed()
    assert (found.row_count, found.inspection.control_totals) == (1, {"USD": Decimal("3.50")})


@pytest.mark.parametrize("name", FORMATS)
def test_t11_a_negative_adjustment_lowers_the_total(
    extracts: Extracts, landed: Read, name: str
) -> None:
    row = usage_row(-5.00, cost_type="adjustment", adjustment_info={"id": "A", "description": "x"})
    extracts.put("202609", {name: [row]})
    assert landed().inspection.control_totals == {"USD": Decimal("-5.00")}


@pytest.mark.fault("F65")
def test_t16_currencies_are_never_added(extracts: Extracts, landed: Read) -> None:
    rows = [usage_row(100.0), usage_row(100000.0, currency="KRW")]
    extracts.put("202609", {"a.jsonl": rows})
    totals = landed().inspection.control_totals
    assert totals == {"KRW": Decimal("100000"), "USD": Decimal("100")}


@pytest.mark.fault("H05")
@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_extracts_whose_load_days_overlap_give_the_truth(
    extracts: Extracts, landed: Read, kind: str
) -> None:
    """The same load twice, and days that two extracts share; alike in all but a label is two."""
    first = [usage_row(number) for number in (1.0, 2.0, 4.0)]
    labelled = usage_row(4.0, labels=[{"key": "team", "value": "other"}])
    files = {f"a.{kind}": first, f"b.{kind}": first, f"c.{kind}": [first[2], labelled]}
    extracts.put("202609", files)
    found = landed()
    assert (found.row_count, found.inspection.control_totals["USD"]) == (4, Decimal("11"))
    assert "4 rows are equal" in found.inspection.warnings[0]


def test_a_table_loaded_twice_on_several_days_gives_the_truth(table: Table, landed: Read) -> None:
    table.create()
    days = [f"2026-09-{day}T12:00:00Z" for day in (15, 16, 20)]
    rows = [usage_row(2.0**n, export_time=day) for n, day in enumerate(days)]
    for load in (rows[:2], rows[1:], rows):
        table.append(load)
    found = landed(table)
    assert (found.file_count, found.row_count) == (3, 3)
    assert found.inspection.control_totals == {"USD": Decimal("7")}


@pytest.mark.fault("F49", "The late rows with the next refresh; a copied table is no news")
def test_f49_rows_loaded_late_are_a_new_delivery_and_a_copied_table_is_not(
    table: Table, gcp: Connect
) -> None:
    """What counts is when rows were exported, not when they were used."""
    table.create().append([usage_row(1.0)])
    (before,) = gcp(table).deliveries()
    copied = Table(table.client, f"{table.name}_copy").create(is_partitioned=True)
    copied.append([usage_row(1.0)])
    (copy,) = gcp(copied).deliveries()
    late = usage_row(2.0, export_time="2026-09-20T12:00:00Z")
    table.append([late | {"usage_start_time": "2026-09-01T00:00:00Z"}])
    (after,) = gcp(table).deliveries()
    assert isinstance(before, Delivery)
    assert isinstance(copy, Delivery)
    assert isinstance(after, Delivery)
    assert before.submitted_at == copy.submitted_at < after.submitted_at
    assert before.delivery_id != after.delivery_id


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        (usage_row(float("nan")), "NUMBER", "'cost' is unfit"),
        (usage_row(float("inf")), "NUMBER", "'cost' is unfit"),
        (usage_row(None), "NUMBER", "'cost' is empty"),
        (usage_row(currency=None), "NUMBER", "'currency' is empty"),
        (usage_row(credits=[credit("DISCOUNT", float("nan"))]), "NUMBER", "'credits'"),
        (usage_row(month="202610"), "PERIOD_MISMATCH", "'invoice.month' is unfit"),
    ],
    ids=["nan", "infinite", "no cost", "no currency", "credit", "month"],
)
def test_an_unfit_value_is_refused_with_its_file(
    extracts: Extracts, landed: Read, *, row: Row, code: str, said: str
) -> None:
    extracts.put("202609", {"a.parquet": [usage_row()], "나쁜.parquet": [row]})
    with pytest.raises(BillError) as refused:
        landed()
    assert (refused.value.code, said in refused.value.what) == (code, True), refused.value
    assert refused.value.where == "00002-나쁜.parquet"


@pytest.mark.parametrize(
    "lost", ["cost", "credits", "invoice", "export_time", "billing_account_id"]
)
@pytest.mark.parametrize("name", FORMATS)
def test_a_lost_column_is_a_schema_error(
    extracts: Extracts, landed: Read, name: str, lost: str
) -> None:
    rows = [{key: value for key, value in usage_row().items() if key != lost}]
    extracts.put("202609", {name: rows})
    with pytest.raises(BillError) as refused:
        landed()
    assert refused.value.code in {"SCHEMA", "NUMBER", "PERIOD_MISMATCH"}
    assert lost in refused.value.what


def test_a_line_that_is_no_json_names_its_file(extracts: Extracts, landed: Read) -> None:
    extracts.put("202609", {"a.jsonl": [usage_row()], "b.jsonl": [usage_row(2.0)]})
    broken = extracts.folder("202609") / "b.jsonl"
    broken.write_text(lines_of([usage_row()])[:-40], "utf-8")
    with pytest.raises(BillError) as refused:
        landed()
    assert (refused.value.code, refused.value.where) == ("JSON_UNREADABLE", "00002-b.jsonl")


@pytest.mark.parametrize("name", ["../a.jsonl", "/etc/a.jsonl", "a/b.jsonl", "a.csv", ""])
def test_a_manifest_names_files_of_its_own_folder_only(
    extracts: Extracts, landed: Read, name: str
) -> None:
    extracts.put("202609", {"a.jsonl": [usage_row()]})
    manifest = extracts.folder("202609") / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("a.jsonl", name), "utf-8")
    with pytest.raises(BillError, match="KEY_OUTSIDE_PREFIX"):
        landed()


@pytest.mark.parametrize("name", FORMATS)
def test_f51_fields_that_no_model_reads_are_named_without_the_words_in_them(
    extracts: Extracts, landed: Read, name: str
) -> None:
    """A map inside an unknown field has a customer's words for names."""
    row = usage_row(novelty={"비밀": "x"})
    row["project"] = row["project"] | {"ancestry_numbers": "/1/"}
    extracts.put("202609", {name: [usage_row() if name == "a.parquet" else row]})
    if name == "a.parquet":
        file = extracts.folder("202609") / name
        plain = pl.read_parquet(file)
        project = pl.col("project").struct.with_fields(ancestry_numbers=pl.lit("/1/"))
        novelty = pl.struct(pl.lit("x").alias("비밀"))
        plain.with_columns(project, novelty=novelty).write_parquet(file)
    columns = landed().inspection.columns
    unread = [column for column, kind in columns.items() if kind == UNREAD]
    assert unread == ["project.ancestry_numbers", "novelty"]
