"""Which files of a month count, and when the month is complete."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.providers.contract import BillError, Delivery, InFlight, Provider
from pipelines.providers.landing import land
from tests.providers.aws.deliveries import Bucket, Folder
from tests.providers.focus.feeds import line, put_month
from warehouse.layout import Layout

ROWS = [line("0007", "1.5"), line("0007", "2")]
HOUR = 3600
Focus = Callable[..., Provider]


def settle(folder: Folder, age: int = HOUR) -> None:
    """Make every file look as if it was written a while ago."""
    then = time.time() - age
    for path in folder.root.rglob("*.*"):
        os.utime(path, (then, then))


def only(provider: Provider) -> Delivery | InFlight:
    (found,) = provider.deliveries()
    return found


def refusal(provider: Provider) -> BillError:
    with pytest.raises(BillError) as refused:
        list(provider.deliveries())
    return refused.value


def test_a_month_without_a_manifest_waits_until_it_has_lain_still(
    folder: Folder, focus: Focus
) -> None:
    put_month(folder, "2026-09", ROWS, manifest=False)
    found = only(focus(folder))
    assert isinstance(found, InFlight)
    assert "15 minutes" in found.reason
    settle(folder)
    assert isinstance(only(focus(folder)), Delivery)


def test_one_file_still_growing_holds_back_its_month(folder: Folder, focus: Focus) -> None:
    first, _ = put_month(folder, "2026-09", ROWS, manifest=False)
    settle(folder)
    folder.put(first, folder.get(first) + b"\n")
    assert isinstance(only(focus(folder)), InFlight)


def test_a_file_under_an_unfinished_name_holds_back_its_month(folder: Folder, focus: Focus) -> None:
    put_month(folder, "2026-09", ROWS, manifest=False)
    folder.put("feed/2026-09/costs-3.csv.part", b"Bil")
    settle(folder)
    found = only(focus(folder))
    assert isinstance(found, InFlight)
    assert "costs-3.csv.part is still being written" in found.reason


def test_the_time_to_lie_still_can_be_chosen(folder: Folder, focus: Focus) -> None:
    put_month(folder, "2026-09", ROWS, manifest=False)
    settle(folder, age=HOUR)
    assert isinstance(only(focus(folder, settle_minutes="90")), InFlight)
    assert isinstance(only(focus(folder, settle_minutes="30")), Delivery)
    assert refusal(focus(folder, settle_minutes="soon")).code == "OPTION"


def test_a_bucket_needs_a_manifest(bucket: Bucket, focus: Focus) -> None:
    put_month(bucket, "2026-09", ROWS, manifest=False)
    found = only(focus(bucket))
    assert isinstance(found, InFlight)
    assert "manifest.json" in found.reason


@pytest.mark.fault("F81")
def test_only_the_manifests_files_count(folder: Folder, focus: Focus, tmp_path: Path) -> None:
    put_month(folder, "2026-09", ROWS)
    folder.put("feed/2026-09/notes.txt", "메모".encode())
    found = only(focus(folder))
    assert isinstance(found, Delivery)
    landed = land(found, focus(folder), Layout(tmp_path / "house"))
    assert (landed.file_count, landed.row_count) == (2, 2)


def test_folders_that_are_no_months_are_left_alone(folder: Folder, focus: Focus) -> None:
    put_month(folder, "2026-09", ROWS)
    folder.put("feed/2026-13/costs.csv", b"")
    folder.put("feed/archive/costs.csv", b"")
    assert [str(found.billing_period) for found in focus(folder).deliveries()] == ["2026-09"]


def test_a_restatement_with_the_old_bytes_and_a_new_time_is_another_delivery(
    folder: Folder, focus: Focus
) -> None:
    put_month(folder, "2026-09", ROWS, version=1)
    first = only(focus(folder))
    put_month(folder, "2026-09", ROWS, version=3)
    again = only(focus(folder))
    assert isinstance(first, Delivery)
    assert isinstance(again, Delivery)
    assert again.delivery_id != first.delivery_id


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([{"name": "../2026-08/costs.csv"}], "MANIFEST_UNREADABLE"),
        ([{"name": "a.csv"}, {"name": "a.csv"}], "MANIFEST_UNREADABLE"),
        ([{"name": "a.csv", "sha256": "no hash"}], "MANIFEST_UNREADABLE"),
        ([], "MANIFEST_UNREADABLE"),
        ([{"name": "a.csv"}, {"name": "b.parquet"}], "FILE_TYPE"),
        ([{"name": "a.xlsx"}], "FILE_TYPE"),
    ],
)
def test_a_manifest_that_cannot_be_trusted_is_refused_and_named(
    folder: Folder, focus: Focus, files: list[dict[str, str]], code: str
) -> None:
    folder.put("feed/2026-09/manifest.json", json.dumps({"files": files}).encode())
    error = refusal(focus(folder))
    assert (error.code, "2026-09" in error.where) == (code, True)


def test_a_bad_month_does_not_hold_back_the_others(folder: Folder, focus: Focus) -> None:
    folder.put("feed/2026-08/manifest.json", b"{")
    put_month(folder, "2026-09", ROWS)
    listed = focus(folder).deliveries()
    assert str(next(listed).billing_period) == "2026-09"
    with pytest.raises(BillError, match="2026-08"):
        next(listed)


@pytest.mark.fault("F82", "`CHECKSUM` or `ROWS`; the month stays the old one")
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"sha256": "0" * 64}, "CHECKSUM"),
        ({"rows": 3}, "ROWS"),
    ],
)
def test_what_the_manifest_promises_is_checked(
    folder: Folder, focus: Focus, tmp_path: Path, said: dict[str, object], code: str
) -> None:
    put_month(folder, "2026-09", ROWS, parts=1)
    manifest = json.loads(folder.get("feed/2026-09/manifest.json"))
    manifest["files"][0] |= said
    folder.put("feed/2026-09/manifest.json", json.dumps(manifest).encode())
    found = only(focus(folder))
    assert isinstance(found, Delivery)
    with pytest.raises(BillError) as refused:
        land(found, focus(folder), Layout(tmp_path / "house"))
    assert refused.value.code == code


def test_a_file_shorter_than_promised_is_in_flight(folder: Folder, focus: Focus) -> None:
    first, *_ = put_month(folder, "2026-09", ROWS)
    folder.put(first, folder.get(first)[:-3])
    assert isinstance(only(focus(folder)), InFlight)


def test_the_check_says_what_is_missing(folder: Folder, focus: Focus) -> None:
    def said() -> list[tuple[bool, str]]:
        return [(finding.ok, finding.subject) for finding in focus(folder).check()]

    assert said() == [(True, "location"), (False, "export")]
    put_month(folder, "2026-09", ROWS, manifest=False)
    assert said() == [(True, "location"), (True, "in flight"), (False, "deliveries")]
    settle(folder)
    assert said() == [(True, "location"), (True, "deliveries")]
    folder.put("feed/2026-10/manifest.json", b"{")
    assert said() == [(True, "location"), (False, "month"), (True, "deliveries")]
    gone = focus(folder, location=str(folder.root / "gone")).check()
    assert [(finding.ok, finding.subject) for finding in gone] == [(False, "location")]
