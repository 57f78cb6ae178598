"""Rows that cannot be read are kept aside and counted; the delivery enters nowhere."""

import gzip
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.providers.aws.provider import AwsProvider
from pipelines.providers.contract import BillError, ConnectionConfig, Delivery
from pipelines.providers.landing import land
from tests.providers.aws.deliveries import NOON, Folder, put_cur2
from tests.providers.aws.lines import cur_line
from warehouse import quarantine
from warehouse.lake import Lake
from warehouse.layout import Layout
from warehouse.quarantine import Quarantined
from warehouse.registry import Source, deliveries
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.store import open_registry
from warehouse.retention.dates import Dates
from warehouse.retention.facts import read_stocks
from warehouse.retention.places import delete_files
from warehouse.retention.plan import Item

CANARY = "canary-7f3a"


@pytest.fixture
def bills(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "bucket")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "house")


def refused(bills: Folder, layout: Layout) -> tuple[BillError, Quarantined]:
    provider = AwsProvider(ConnectionConfig("acme-aws", "aws", bills.location, "daily", "cur2"))
    (delivery,) = provider.deliveries()
    assert isinstance(delivery, Delivery)
    with pytest.raises(BillError) as error:
        land(delivery, provider, layout)
    (kept,) = quarantine.every(layout)
    assert not list(layout.landing.glob("acme-aws/*/*"))
    return error.value, kept


def lines(*costs: str) -> list[dict[str, object]]:
    return [cur_line("000000000042", cost, product_note=CANARY) for cost in costs]


@pytest.mark.fault("F53")
@pytest.mark.fault(
    "F57",
    "`NUMBER` with file and column; the rows lie in quarantine, and the month stays the old one",
)
@pytest.mark.parametrize(("file_type", "lines_found"), [("csv.gz", [3, 5]), ("parquet", [2, 4])])
def test_f57_rows_with_a_cost_that_is_no_number_are_kept_with_their_line(
    bills: Folder, layout: Layout, file_type: str, lines_found: list[int]
) -> None:
    rows = lines("1", "N/A", "3", "1e400")
    put_cur2(bills, "daily", "2026-09", rows, parts=1, file_type=file_type)
    error, kept = refused(bills, layout)
    assert error.code == "NUMBER"
    assert "2 of 4 rows cannot be read" in str(error)
    assert (kept.row_count, kept.unreadable_count, kept.readable_count) == (4, 2, 2)
    found = quarantine.rows(layout, kept, 10)
    assert [row[1] for row in found] == lines_found
    assert {row[2] for row in found} == {"NUMBER line_item_unblended_cost"}
    assert '"N/A"' in found[0][3]


@pytest.mark.fault("F25")
def test_f25_lines_that_break_a_csv_are_kept_and_the_rest_is_counted(
    bills: Folder, layout: Layout
) -> None:
    keys = put_cur2(bills, "daily", "2026-09", lines("1", "2", "3"), parts=1, file_type="csv.gz")
    header, one, two, three = gzip.decompress(bills.get(keys[0])).splitlines()
    broken = [header, one, two + b",more", b"1,2", three, b""]
    bills.put(keys[0], gzip.compress(b"\n".join(broken)))
    error, kept = refused(bills, layout)
    assert "2 of 4 rows cannot be read" in str(error)
    found = quarantine.rows(layout, kept, 10)
    assert [row[1] for row in found] == [3, 4]
    assert "Expected Number of Columns" in found[0][2]
    assert found[0][3].endswith(",more")


@pytest.mark.fault("F30", "`ENCODING` with file and line; the row lies in quarantine, in hex")
def test_lines_that_are_not_utf_8_are_kept_in_hex_and_the_rest_is_counted(
    bills: Folder, layout: Layout
) -> None:
    first, second, _ = put_cur2(bills, "daily", "2026-09", lines("1", "2"), file_type="csv.gz")
    bad = gzip.decompress(bills.get(first)).replace(CANARY.encode(), b"team \xff\xfe")
    bills.put(first, gzip.compress(bad))
    error, kept = refused(bills, layout)
    assert error.code == "ENCODING"
    assert "1 of 2 rows cannot be read" in str(error)
    assert error.where.endswith(Path(first).name)
    assert Path(first).name != Path(second).name
    [(_, line, reason, content)] = quarantine.rows(layout, kept, 10)
    assert (line, reason) == (2, "ENCODING")
    assert bytes.fromhex(content) in bad


@pytest.mark.fault("F29", "`ENCODING`, with the encoding it looks like; nothing of it is stored")
def test_a_file_in_another_encoding_is_named_and_has_no_rows_to_keep(
    bills: Folder, layout: Layout
) -> None:
    first, *_ = put_cur2(bills, "daily", "2026-09", lines("1"), parts=1, file_type="csv.gz")
    text = gzip.decompress(bills.get(first)).decode()
    provider = AwsProvider(ConnectionConfig("acme-aws", "aws", bills.location, "daily", "cur2"))
    for encoding, likeness in (("cp949", "looks like CP949"), ("utf-16", "but UTF-16")):
        bills.put(
            first, gzip.compress(text.replace("line_item_line", "요금_line").encode(encoding))
        )
        (delivery,) = provider.deliveries()
        assert isinstance(delivery, Delivery)
        with pytest.raises(BillError, match=f"ENCODING.*{likeness}"):
            land(delivery, provider, layout)
    assert not list(quarantine.every(layout))


def test_values_of_unreadable_rows_stand_in_their_rows_alone(bills: Folder, layout: Layout) -> None:
    put_cur2(bills, "daily", "2026-09", lines("1", CANARY), parts=1)
    error, kept = refused(bills, layout)
    assert CANARY not in str(error)
    assert CANARY not in str(kept)
    assert CANARY in quarantine.rows(layout, kept, 1)[0][3]


def test_a_delivery_written_since_releases_them_and_an_older_one_does_not(
    bills: Folder, layout: Layout
) -> None:
    put_cur2(bills, "daily", "2026-09", lines("NaN"), parts=1)
    refused(bills, layout)
    quarantine.release(layout, "acme-aws", "2026-09", NOON - timedelta(days=1))
    assert list(quarantine.every(layout))
    quarantine.release(layout, "acme-aws", "2026-09", NOON + timedelta(days=1))
    assert not list(quarantine.every(layout))


def test_retention_deletes_them_with_the_month_they_came_with(
    bills: Folder, layout: Layout, tmp_path: Path
) -> None:
    registry = open_registry(f"sqlite:///{tmp_path / 'registry.sqlite'}")
    company = registry.companies.add("한빛")
    source = Source("aws", bills.location, "daily", "cur2")
    connection_id = registry.connections.add("main", source).connection_id
    with duckdb.connect() as reader:
        key = (connection_id, "2026-09", "d")
        rows = "(select 'a.csv' as file, 2 as line, 'NUMBER cost' as reason, '{}' as content)"
        quarantine.keep(layout, reader, key, NOON, f"select * from {rows}", 9)
    deliveries.record(
        registry,
        DeliveryRecord(
            *key, "cur2", "csv", NOON, 1, 1, None, None, {}, {},
            has_net_costs=False, warnings=(), state="refused", message="", landed_at=NOON,
        ),
    )  # fmt: skip
    lake = Lake(layout, f"sqlite:{layout.lake_catalog}", str(layout.lake_data))
    assert [each.dataset for each in read_stocks(registry, lake, {}, layout)] == ["quarantine"]
    day = NOON.date()
    item = Item("k", "R1", company.company_id, Dates(day, day, day), frozenset({"raw"}),
                billing_period="2026-09")  # fmt: skip
    delete_files(registry, layout, [item], NOON)
    assert not list(quarantine.every(layout))
