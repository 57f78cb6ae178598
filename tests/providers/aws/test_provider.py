"""Which delivery counts, and what a changing bucket may not do to it."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.providers.aws.provider import AwsProvider
from pipelines.providers.contract import BillError, Delivery, InFlight
from pipelines.providers.landing import land
from tests.providers.aws.deliveries import NOON, Bucket, Folder, put_cur1, put_cur2
from tests.providers.aws.lines import cur_line
from warehouse.layout import Layout

Connect = Callable[..., AwsProvider]
LINES = [cur_line("000000000042", 1.5), cur_line("123456789012", 2.5)]
HOUR = timedelta(hours=1)


def only(provider: AwsProvider) -> Delivery:
    (found,) = provider.deliveries()
    assert isinstance(found, Delivery), found
    return found


def rewrite_manifest(bills: Folder | Bucket, key: str, **changes: Any) -> None:
    bills.put(key, json.dumps(json.loads(bills.get(key)) | changes).encode())


def test_t06_deliveries_v1_v2_v2_give_v2(
    bucket: Bucket, aws: Connect, tmp_path: Path, shared_folder: Path
) -> None:
    golden = shared_folder / "cases" / "aws_golden_month.parquet"
    v2 = pl.read_parquet(golden)
    v1 = v2.filter(pl.col("line_item_line_item_type") != "Credit")
    extra = v1.head(1).with_columns(line_item_unblended_cost=0.096)
    first = tmp_path / "v1.parquet"
    pl.concat([v1, extra]).write_parquet(first)
    provider, layout, folders = aws(bucket, "cur2"), Layout(tmp_path / "house"), []
    for rows, hours in ((first, 0), (golden, 1), (golden, 1)):
        put_cur2(bucket, "daily", "2026-09", rows, submitted_at=NOON + hours * HOUR)
        landed = land(only(provider), provider, layout)
        folders.append(landed.folder)
    assert landed.inspection.control_totals == {"USD": Decimal("2173.32")}
    assert (landed.row_count, len(set(folders))) == (5648, 2)


@pytest.mark.fault("F35", "`in flight`, with the file that is missing; the old month stays")
@pytest.mark.fault("F81", "What the manifest names, whatever a listing shows")
def test_t09_f35_a_manifest_whose_file_is_missing_is_in_flight(
    bucket: Bucket, aws: Connect
) -> None:
    keys = put_cur2(bucket, "daily", "2026-09", LINES)
    bucket.remove(keys[1])
    (found,) = aws(bucket, "cur2").deliveries()
    assert isinstance(found, InFlight)
    assert "1 of 2 files" in found.reason


def test_a_month_without_a_manifest_is_in_flight(folder: Folder, aws: Connect) -> None:
    keys = put_cur1(folder, "daily", "2026-09", LINES)
    folder.remove(keys[-1])
    (found,) = aws(folder, "cur1").deliveries()
    assert isinstance(found, InFlight)


@pytest.mark.fault("F81")
@pytest.mark.parametrize("put", [put_cur1, put_cur2], ids=["cur1", "cur2"])
def test_old_versions_beside_the_current_manifest_do_not_count(
    folder: Folder, aws: Connect, put: Callable[..., list[str]]
) -> None:
    for hours in (0, 1, 2):
        keys = put(
            folder, "daily", "2026-09", LINES, mode="create_new", submitted_at=NOON + hours * HOUR
        )
    delivery = only(aws(folder, "cur1" if put is put_cur1 else "cur2"))
    assert delivery.submitted_at.replace(microsecond=0) == NOON + 2 * HOUR
    assert [file.address for file in delivery.files] == [str(folder.root / k) for k in keys[:2]]


def test_an_execution_that_keeps_its_own_manifest_is_found(folder: Folder, aws: Connect) -> None:
    for hours in (0, 1):
        keys = put_cur2(
            folder, "daily", "2026-09", LINES, mode="create_new", submitted_at=NOON + hours * HOUR
        )
        execution = keys[0].split("/")[3]
        month, name = keys[-1].rsplit("/", 1)
        folder.put(f"{month}/{execution}/{name}", folder.get(keys[-1]))
        folder.remove(keys[-1])
    assert only(aws(folder, "cur2")).delivery_id == execution.replace(":", "-")


@pytest.mark.fault("F45")
def test_f45_an_older_delivery_that_arrives_later_stays_older(folder: Folder, aws: Connect) -> None:
    provider = aws(folder, "cur1")
    put_cur1(folder, "daily", "2026-09", LINES, submitted_at=NOON + HOUR)
    newer = only(provider)
    put_cur1(folder, "daily", "2026-09", LINES, submitted_at=NOON)
    assert only(provider).submitted_at < newer.submitted_at


def test_new_files_under_the_same_manifest_are_another_delivery(
    folder: Folder, aws: Connect
) -> None:
    provider = aws(folder, "cur2")
    put_cur2(folder, "daily", "2026-09", LINES, file_type="csv.gz")
    first = only(provider).delivery_id
    put_cur2(folder, "daily", "2026-09", [*LINES[:1], cur_line("1", 2.6)], file_type="csv.gz")
    assert only(provider).delivery_id != first


@pytest.mark.fault("F43", "Nothing: it is the delivery that is there")
def test_f43_a_copied_bucket_holds_the_same_deliveries(
    folder: Folder, aws: Connect, tmp_path: Path
) -> None:
    put_cur2(folder, "daily", "2026-09", LINES)
    copy = Folder(tmp_path / "copy")
    for path in folder.root.rglob("*.*"):
        copy.put(path.relative_to(folder.root).as_posix(), path.read_bytes())
    assert only(aws(copy, "cur2")).delivery_id == only(aws(folder, "cur2")).delivery_id


def test_files_newer_than_their_manifest_are_in_flight_on_s3(bucket: Bucket, aws: Connect) -> None:
    keys = put_cur2(bucket, "daily", "2026-09", LINES)
    provider = aws(bucket, "cur2")
    manifest = provider.store.stat(keys[-1])
    assert manifest is not None
    content = bucket.get(keys[0])
    file = provider.store.stat(keys[0])
    # S3 counts whole seconds: put the file again until its second is a later one.
    while file is None or file.modified <= manifest.modified:
        bucket.put(keys[0], content)
        file = provider.store.stat(keys[0])
    (found,) = provider.deliveries()
    assert isinstance(found, InFlight)


@pytest.mark.fault("F37", "`DELIVERY_CHANGED`; the next refresh takes the new one")
def test_f37_a_manifest_replaced_while_files_are_fetched_is_noticed(
    folder: Folder, aws: Connect, tmp_path: Path
) -> None:
    provider, layout = aws(folder, "cur1"), Layout(tmp_path / "house")
    put_cur1(folder, "daily", "2026-09", LINES, submitted_at=NOON)

    def replaced(*_: object) -> None:
        put_cur1(folder, "daily", "2026-09", LINES, submitted_at=NOON + HOUR)

    with pytest.raises(BillError) as refused:
        land(only(provider), provider, layout, replaced)
    assert refused.value.code == "DELIVERY_CHANGED"
    assert not (layout.landing / "acme-aws").exists()


@pytest.mark.fault("F38", "`DELIVERY_CHANGED`")
@pytest.mark.parametrize("store", ["folder", "bucket"])
def test_f38_a_file_replaced_after_listing_is_noticed(
    store: str, request: pytest.FixtureRequest, aws: Connect, tmp_path: Path
) -> None:
    bills = request.getfixturevalue(store)
    provider, layout = aws(bills, "cur2"), Layout(tmp_path / "house")
    keys = put_cur2(bills, "daily", "2026-09", LINES, file_type="csv.gz")
    delivery = only(provider)
    bills.put(keys[1], bills.get(keys[0]))
    with pytest.raises(BillError) as refused:
        land(delivery, provider, layout)
    assert refused.value.code == "DELIVERY_CHANGED"


@pytest.mark.fault("F39")
def test_f39_a_manifest_may_not_name_another_export(bucket: Bucket, aws: Connect) -> None:
    keys = put_cur2(bucket, "daily", "2026-09", LINES)
    bucket.put("other/data/secret.parquet", b"PAR1")
    rewrite_manifest(bucket, keys[-1], dataFiles=[f"{bucket.home}/other/data/secret.parquet"])
    with pytest.raises(BillError) as refused:
        list(aws(bucket, "cur2").deliveries())
    assert refused.value.code == "KEY_OUTSIDE_PREFIX"


@pytest.mark.fault("F39")
def test_f39_a_link_out_of_the_folder_is_not_followed(
    folder: Folder, aws: Connect, tmp_path: Path
) -> None:
    keys = put_cur2(folder, "daily", "2026-09", LINES)
    secret = tmp_path / "secret.parquet"
    secret.write_bytes(b"PAR1")
    folder.remove(keys[0])
    (folder.root / keys[0]).symlink_to(secret)
    with pytest.raises(BillError) as refused:
        list(aws(folder, "cur2").deliveries())
    assert refused.value.code == "KEY_OUTSIDE_PREFIX"


@pytest.mark.fault("F41", "`TOO_LARGE`")
def test_f41_a_manifest_of_more_than_50_mb_is_not_read(folder: Folder, aws: Connect) -> None:
    keys = put_cur2(folder, "daily", "2026-09", LINES)
    with (folder.root / keys[-1]).open("ab") as manifest:
        manifest.truncate(50_000_001)
    with pytest.raises(BillError) as refused:
        list(aws(folder, "cur2").deliveries())
    assert refused.value.code == "TOO_LARGE"


@pytest.mark.parametrize(
    ("dataset", "folder_name"),
    [
        ("cur1", "20260901-20260915"),
        ("cur1", "20261301-20270101"),
        ("cur2", "metadata/BILLING_PERIOD=2026-13"),
        ("cur2", "metadata/BILLING_PERIOD=total"),
    ],
)
def test_a_folder_that_names_no_month_is_refused_after_the_good_months(
    folder: Folder, aws: Connect, dataset: str, folder_name: str
) -> None:
    put = put_cur1 if dataset == "cur1" else put_cur2
    put(folder, "daily", "2026-09", LINES)
    put(folder, "daily", "2027-12", LINES)
    folder.put(f"daily/{folder_name}/daily-Manifest.json", b"{}")
    listed = aws(folder, dataset).deliveries()
    assert [str(next(listed).billing_period) for _ in range(2)] == ["2026-09", "2027-12"]
    with pytest.raises(BillError) as refused:
        next(listed)
    assert refused.value.code == "PERIOD_NOT_A_MONTH"


def test_a_manifest_that_mixes_kinds_of_files_is_refused(folder: Folder, aws: Connect) -> None:
    keys = put_cur2(folder, "daily", "2026-09", LINES)
    folder.put(f"{keys[0]}.csv", b"a")
    named = [f"{folder.home}/{key}" for key in (keys[0], f"{keys[0]}.csv")]
    rewrite_manifest(folder, keys[-1], dataFiles=named)
    with pytest.raises(BillError) as refused:
        list(aws(folder, "cur2").deliveries())
    assert refused.value.code == "FILE_TYPE"


@pytest.mark.fault("F93")
def test_files_keep_their_names_told_apart_and_safe(folder: Folder, aws: Connect) -> None:
    keys = put_cur2(folder, "daily", "2026-09", LINES)
    strange = f"daily/data/BILLING_PERIOD=2026-09/요금 {'x' * 200}.parquet"
    folder.put(strange, folder.get(keys[0]))
    rewrite_manifest(folder, keys[-1], dataFiles=[f"{folder.home}/{k}" for k in (keys[0], strange)])
    names = [file.name for file in only(aws(folder, "cur2")).files]
    assert names == [f"00001-{Path(keys[0]).name}", f"00002-{'x' * 60}.parquet"]
