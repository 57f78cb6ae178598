"""Landing a delivery of any provider: whole, once, and never half."""

import gzip
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.providers.aws.provider import AwsProvider
from pipelines.providers.contract import BillError, ConnectionConfig, DeliveredFile, Delivery
from pipelines.providers.landing import Landed, land
from pipelines.providers.registry import provider_for
from pipelines.settings import PROJECT
from tests.providers.aws.deliveries import Folder, put_cur1, put_cur2, zipped
from tests.providers.aws.lines import cur_line
from tests.providers.azure.exports import Folder as AzureFolder
from tests.providers.azure.exports import put_run
from tests.providers.azure.lines import ea_line, focus_line
from tests.providers.focus.feeds import line as feed_line
from tests.providers.focus.feeds import put_month
from tests.providers.gcp.rows import credit, usage_row
from tests.providers.gcp.tables import Extracts
from warehouse import landing
from warehouse.layout import Layout
from warehouse.unpacking import FileFacts

LINES = [cur_line(f"{number:012d}", number / 7) for number in range(40)]


@pytest.fixture
def bills(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "bucket")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "house")


def config(bills: Folder, dataset: str = "cur2") -> ConnectionConfig:
    return ConnectionConfig("acme-aws", "aws", bills.location, "daily", dataset)


def only(provider: AwsProvider) -> Delivery:
    (found,) = provider.deliveries()
    assert isinstance(found, Delivery), found
    return found


def landed_from(bills: Folder, layout: Layout, dataset: str = "cur2") -> Landed:
    provider = AwsProvider(config(bills, dataset))
    return land(only(provider), provider, layout)


def visible(layout: Layout) -> list[Path]:
    return list(layout.landing.glob("acme-aws/*/*"))


def spoil_gzip(bills: Folder, key: str, fault: str) -> None:
    content = bytearray(bills.get(key))
    if fault == "GZIP_CRC":
        content[-6] ^= 1
    elif fault == "GZIP_TRUNCATED":
        content = content[: len(content) * 6 // 10]
    else:
        content += b"garbage"
    bills.put(key, bytes(content))


@pytest.mark.fault("F27", "The file is read as if all its lines ended in one way")
@pytest.mark.parametrize("ends", [(b"\r\n", b"\n"), (b"\n", b"\r\n")], ids=["first", "last"])
def test_lines_that_end_in_two_ways_are_read_as_if_in_one(
    bills: Folder, layout: Layout, ends: tuple[bytes, bytes]
) -> None:
    lines = [cur_line("000000000042", 1.5, line_item_line_item_description="a, ¶"), *LINES]
    (key, *_) = put_cur2(bills, "daily", "2026-09", lines, parts=1, file_type="csv.gz")
    found = gzip.decompress(bills.get(key)).splitlines()
    for mixed in (b"\n".join(found), ends[0].join([*found[:9], ends[1].join(found[9:])])):
        bills.put(key, gzip.compress(mixed.replace("¶".encode(), b"\r\n")))
        landed_from(bills, layout)
    first, second = (rows_of(folder) for folder in visible(layout))
    assert first == second
    assert any("a, \r\n" in row for row in first)


def rows_of(folder: Path) -> list[tuple[object, ...]]:
    return duckdb.sql(f"from '{folder / landing.ROWS}/*.parquet' order by all").fetchall()


@pytest.mark.fault("F31", "The text as it came, all of it")
def test_a_text_with_a_zero_byte_is_kept_whole(bills: Folder, layout: Layout) -> None:
    line = cur_line("000000000042", "1", line_item_line_item_description="a\0b")
    put_cur2(bills, "daily", "2026-09", [line], file_type="csv.gz", parts=1)
    landed_from(bills, layout)
    [folder] = visible(layout)
    assert "a\0b" in rows_of(folder)[0]


@pytest.mark.fault("F33", "`FIELD_TOO_LARGE` with the line")
def test_a_field_of_five_megabytes_is_refused_by_line(bills: Folder, layout: Layout) -> None:
    large = cur_line("000000000042", "1", line_item_line_item_description="x" * 5_000_000)
    lines = [*LINES[:3], large]
    put_cur2(bills, "daily", "2026-09", lines, file_type="csv.gz", parts=1)
    with pytest.raises(BillError) as refused:
        landed_from(bills, layout)
    assert refused.value.code == "FIELD_TOO_LARGE"
    assert refused.value.where.endswith("line 5")


@pytest.mark.fault("F54", "The same numbers: columns are known by their names")
@pytest.mark.parametrize("file_type", ["csv.gz", "parquet"])
def test_columns_in_another_order_give_the_same_bill(
    bills: Folder, layout: Layout, file_type: str
) -> None:
    found = []
    for lines in (LINES, [dict(sorted(line.items())) for line in LINES]):
        put_cur2(bills, "daily", "2026-09", lines, file_type=file_type)
        found.append(landed_from(bills, layout).inspection)
    assert list(found[0].columns) != list(found[1].columns)
    assert found[0].control_totals == found[1].control_totals


def put_aws(bills: Folder, costs: list[str]) -> ConnectionConfig:
    rows = [cur_line("000000000042", cost) for cost in costs]
    put_cur2(bills, "daily", "2026-09", rows, file_type="csv.gz")
    return config(bills)


def put_azure(bills: Folder, costs: list[str]) -> ConnectionConfig:
    """The bill is what AmortizedCost says of usage, and ActualCost of what was paid."""
    paid = {"ChargeType": "Purchase", "PricingModel": "Reservation"}
    covered = {"PricingModel": "Reservation"}
    in_both = [ea_line("1", cost) for cost in costs[1:]]
    actual = [*in_both, ea_line("1", costs[0], **paid)]
    amortized = [*in_both, ea_line("1", costs[0], **covered)]
    exports = AzureFolder(bills.root)
    put_run(exports, "daily", "actual", "2026-09", actual)
    put_run(exports, "amortized", "amortized", "2026-09", amortized)
    options = {"amortized_export": "amortized"}
    return ConnectionConfig("a", "azure", bills.location, "daily", "cost", options=options)


def put_azure_focus(bills: Folder, costs: list[str]) -> ConnectionConfig:
    rows = [focus_line("1", cost) for cost in costs]
    put_run(AzureFolder(bills.root), "daily", "focus", "2026-09", rows)
    return ConnectionConfig("a", "azure", bills.location, "daily", "focus")


def put_gcp(bills: Folder, costs: list[str]) -> ConnectionConfig:
    """The last cost is a credit; rows of two load days that overlap count once."""
    rows = [usage_row(cost) for cost in costs[:-2]]
    rows.append(usage_row(costs[-2], credits=[credit("DISCOUNT", costs[-1])]))
    Extracts(bills.root).put("202609", {"a.jsonl.gz": rows, "b.jsonl.gz": rows[:1]})
    return ConnectionConfig("a", "gcp", bills.location, "daily", "detailed")


def put_focus(bills: Folder, costs: list[str]) -> ConnectionConfig:
    put_month(bills, "2026-09", [feed_line("1", cost) for cost in costs])
    return ConnectionConfig("a", "focus", bills.location, "feed", "1.2")


def put_focus_decimals(bills: Folder, costs: list[str]) -> ConnectionConfig:
    rows = [feed_line("1", Decimal(cost).quantize(Decimal("1e-14"))) for cost in costs]
    put_month(bills, "2026-09", rows, file_type="parquet")
    return ConnectionConfig("a", "focus", bills.location, "feed", "1.2")


@pytest.mark.fault("F59", "A remark with what the bill's digits beyond the 12th decimal come to")
@pytest.mark.parametrize(
    "put", [put_aws, put_azure, put_azure_focus, put_gcp, put_focus, put_focus_decimals]
)
def test_digits_that_no_column_holds_are_added_up_and_told(
    bills: Folder, layout: Layout, put: Callable[[Folder, list[str]], ConnectionConfig]
) -> None:
    costs = ["0.00000000004", "0.0000000000004", "1e-13", "-2.50000000000010"]
    provider = provider_for(put(bills, costs))
    (delivery,) = provider.deliveries()
    assert isinstance(delivery, Delivery), delivery
    found = land(delivery, provider, layout).inspection
    assert found.control_totals == {"USD": Decimal("-2.49999999996")}
    assert found.warnings[-1:] == (
        "USD 0.0000000000004 of the bill stand beyond the 12th decimal and are rounded off",
    )


@pytest.mark.fault("F13")
@pytest.mark.fault("F14")
@pytest.mark.fault("F17")
@pytest.mark.parametrize("fault", ["GZIP_TRUNCATED", "GZIP_CRC", "GZIP_TRAILING"])
def test_f13_f14_f17_a_gzip_that_is_not_whole_leaves_nothing_and_is_named(
    bills: Folder, layout: Layout, fault: str
) -> None:
    keys = put_cur2(bills, "daily", "2026-09", LINES, file_type="csv.gz")
    spoil_gzip(bills, keys[1], fault)
    with pytest.raises(BillError) as refused:
        landed_from(bills, layout)
    assert (refused.value.code, refused.value.where) == (fault, str(bills.root / keys[1]))
    assert visible(layout) == []
    assert list(layout.arriving.iterdir()) == []


def test_a_zip_of_two_files_is_refused(bills: Folder, layout: Layout) -> None:
    keys = put_cur1(bills, "daily", "2026-09", LINES, file_type="zip")
    bills.put(keys[0], zipped(b"a,b\n", members=2))
    with pytest.raises(BillError, match="ZIP_MEMBERS"):
        landed_from(bills, layout, "cur1")


def test_an_unfit_delivery_leaves_the_older_one_in_its_place(bills: Folder, layout: Layout) -> None:
    put_cur2(bills, "daily", "2026-09", LINES)
    before = landed_from(bills, layout)
    put_cur2(bills, "daily", "2026-09", [LINES[0] | {"line_item_unblended_cost": float("nan")}])
    with pytest.raises(BillError, match="NUMBER"):
        landed_from(bills, layout)
    assert visible(layout) == [before.folder]


def test_the_record_gives_back_what_was_landed(bills: Folder, layout: Layout) -> None:
    put_cur2(bills, "daily", "2026-09", LINES)
    first = landed_from(bills, layout)
    assert landed_from(bills, layout) == first


def test_a_sealed_delivery_that_changed_on_disk_is_fetched_again(
    bills: Folder, layout: Layout
) -> None:
    put_cur2(bills, "daily", "2026-09", LINES)
    first = landed_from(bills, layout)
    spoilt = next((first.folder / landing.DATA).iterdir())
    spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"x")
    second = landed_from(bills, layout)
    assert second.sha256 == first.sha256
    assert spoilt.read_bytes()[-1:] != b"x"


def test_every_file_fetched_is_told_with_its_size_and_hash(bills: Folder, layout: Layout) -> None:
    put_cur2(bills, "daily", "2026-09", LINES)
    told: dict[str, int] = {}

    def on_file(file: DeliveredFile, facts: FileFacts) -> None:
        assert file.bytes == facts.bytes
        told[facts.sha256] = facts.bytes

    provider = AwsProvider(config(bills))
    landed = land(only(provider), provider, layout, on_file)
    assert (len(told), sum(told.values())) == (landed.file_count, landed.bytes)


def test_what_others_landed_meanwhile_is_kept(bills: Folder, layout: Layout) -> None:
    put_cur2(bills, "daily", "2026-09", LINES)
    provider = AwsProvider(config(bills))
    delivery = only(provider)
    raced: list[Landed] = []

    def on_file(_: DeliveredFile, __: FileFacts) -> None:
        if not raced:
            raced.append(land(delivery, AwsProvider(config(bills)), layout))

    landed = land(delivery, provider, layout, on_file)
    assert landed.sha256 == raced[0].sha256
    assert visible(layout) == [landed.folder]


LAND = """
import os, signal, sys
from itertools import count
from pathlib import Path
from pipelines.providers import landing as pipeline
from pipelines.providers.contract import ConnectionConfig
from pipelines.providers.registry import provider_for
from warehouse import landing
from warehouse.layout import Layout

bucket, houses = sys.argv[1], Path(sys.argv[2])
provider = provider_for(ConnectionConfig("acme-aws", "aws", bucket, "daily", "cur2"))
(delivery,) = provider.deliveries()
taken = 0

def step_taken(event, arguments):
    global taken
    steps = {"open", "os.rename", "os.mkdir", "shutil.copyfile"}
    if event in steps and str(house) in str(arguments[0]):
        taken += 1
        if taken == last:
            os.kill(os.getpid(), signal.SIGKILL)

# Every process is forked from this one, which imported what it needs and landed nothing.
for last in count(1):
    house = houses / f"house-{last}"
    child = os.fork()
    if not child:
        sys.addaudithook(step_taken)
        pipeline.land(delivery, provider, Layout(house))
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != -signal.SIGKILL:
        print(last, code)
        break
"""


@pytest.mark.fault(
    "F01", "Nothing of the half-fetched delivery; the next refresh lands it byte for byte"
)
@pytest.mark.slow
def test_f01_kill_9_at_every_step_leaves_nothing_or_the_whole(
    bills: Folder, tmp_path: Path
) -> None:
    put_cur2(bills, "daily", "2026-09", LINES, file_type="csv.gz")
    whole = landed_from(bills, Layout(tmp_path / "unharmed"))
    run = subprocess.run(
        [sys.executable, "-c", LAND, bills.location, str(tmp_path)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    steps, code = map(int, run.stdout.split())
    assert code == 0, run.stderr
    assert steps > 8, "the hook must have killed at several steps"
    for step in range(1, steps + 1):
        layout = Layout(tmp_path / f"house-{step}")
        for folder in visible(layout):
            assert (folder / landing.RECORD).is_file()
            assert len(list((folder / landing.DATA).iterdir())) == whole.file_count
        after = landed_from(bills, layout)
        assert (after.sha256, after.row_count) == (whole.sha256, whole.row_count)
        assert visible(layout) == [after.folder]
        landing.sweep(layout)
        assert list(layout.arriving.iterdir()) == []


def test_an_unknown_provider_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="known are"):
        provider_for(ConnectionConfig("acme", "oci", "/nowhere", "daily", "focus"))
