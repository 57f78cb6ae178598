"""What the Azure provider announces, by the layouts and manifests it finds."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.providers.azure.provider import AzureProvider
from pipelines.providers.contract import BillError, Delivery, InFlight
from pipelines.providers.landing import land
from tests.providers.azure.exports import NOON, Container, Folder, dates_of, manifest, put_run
from tests.providers.azure.lines import ea_line, focus_line
from warehouse.layout import Layout

Connect = Callable[..., AzureProvider]
LATER = NOON + timedelta(days=1)
ROWS = [focus_line("000000000042", "1.5")]


def only(provider: AzureProvider) -> Delivery:
    (found,) = provider.deliveries()
    assert isinstance(found, Delivery), found
    return found


def refusal(provider: AzureProvider) -> BillError:
    with pytest.raises(BillError) as caught:
        list(provider.deliveries())
    return caught.value


def changed_manifest(folder: Folder, keys: list[str], change: Callable[[Any], None]) -> None:
    said = json.loads(folder.get(keys[-1]))
    change(said)
    folder.put(keys[-1], json.dumps(said).encode())


def test_of_runs_that_stay_side_by_side_only_the_newest_counts(
    folder: Folder, azure: Connect
) -> None:
    put_run(folder, "daily", "focus", "2026-09", ROWS, submitted_at=NOON)
    put_run(folder, "daily", "focus", "2026-09", ROWS * 3, submitted_at=LATER, parts=1)
    delivery = only(azure(folder, "focus"))
    assert [file.rows for file in delivery.files] == [3]
    assert delivery.submitted_at.replace(microsecond=0) == LATER


@pytest.mark.fault("F45")
def test_f45_an_older_run_that_is_written_later_stays_older(folder: Folder, azure: Connect) -> None:
    put_run(folder, "daily", "focus", "2026-09", ROWS, submitted_at=LATER)
    put_run(folder, "daily", "focus", "2026-09", ROWS * 3, submitted_at=NOON)
    assert only(azure(folder, "focus")).submitted_at.replace(microsecond=0) == LATER


def test_two_folders_of_one_month_are_one_month(folder: Folder, azure: Connect) -> None:
    keys = put_run(folder, "daily", "focus", "2026-09", ROWS, submitted_at=LATER)
    for key in keys:
        moved = key.replace(dates_of("2026-09"), "20260901-20260915")
        content = folder.get(key).replace(dates_of("2026-09").encode(), b"20260901-20260915")
        folder.put(moved, content)
    assert len(list(azure(folder, "focus").deliveries())) == 1


@pytest.mark.parametrize("missing", ["actual", "amortized"])
def test_a_month_waits_for_both_exports(folder: Folder, azure: Connect, missing: str) -> None:
    there = {"actual": ("amortized", "amortized"), "amortized": ("daily", "actual")}[missing]
    put_run(folder, *there, "2026-09", [ea_line("1", "1.5")])
    (found,) = azure(folder, "cost").deliveries()
    assert isinstance(found, InFlight)
    assert ("daily" if missing == "actual" else "amortized") in found.reason


def test_a_newer_run_of_either_export_is_another_delivery(folder: Folder, azure: Connect) -> None:
    for export, part in (("daily", "actual"), ("amortized", "amortized")):
        put_run(folder, export, part, "2026-09", [ea_line("1", "1.5")])
    first = only(azure(folder, "cost"))
    put_run(folder, "daily", "actual", "2026-09", [ea_line("1", "2")], submitted_at=LATER)
    second = only(azure(folder, "cost"))
    assert first.delivery_id != second.delivery_id
    assert first.submitted_at < second.submitted_at


def test_a_run_without_blobs_is_an_empty_month(
    folder: Folder, azure: Connect, tmp_path: Path
) -> None:
    said = manifest("focus", "2026-09", [])
    key = f"daily/{dates_of('2026-09')}/202609151200/1/manifest.json"
    folder.put(key, json.dumps(said).encode())
    provider = azure(folder, "focus")
    landed = land(only(provider), provider, Layout(tmp_path / "house"))
    assert (landed.row_count, landed.file_count, landed.inspection.control_totals) == (0, 0, {})


def test_a_part_that_is_shorter_than_announced_is_under_way(folder: Folder, azure: Connect) -> None:
    keys = put_run(folder, "daily", "focus", "2026-09", ROWS)
    folder.put(keys[0], folder.get(keys[0])[:-5])
    (found,) = azure(folder, "focus").deliveries()
    assert isinstance(found, InFlight)
    assert keys[0] in found.reason


def test_parts_without_a_manifest_are_under_way(folder: Folder, azure: Connect) -> None:
    keys = put_run(folder, "daily", "focus", "2026-09", ROWS)
    folder.remove(keys[-1])
    (found,) = azure(folder, "focus").deliveries()
    assert isinstance(found, InFlight)


def test_a_week_is_no_month_and_holds_back_no_other(folder: Folder, azure: Connect) -> None:
    put_run(folder, "daily", "focus", "2026-09", ROWS)
    folder.put("daily/20260906-20260912/part_0_0001.csv", b"x")
    listed = azure(folder, "focus").deliveries()
    assert isinstance(next(listed), Delivery)
    with pytest.raises(BillError, match=r"PERIOD_NOT_A_MONTH.*month to date"):
        next(listed)


@pytest.mark.fault("F50")
def test_f50_an_export_of_another_type_is_refused(folder: Folder, azure: Connect) -> None:
    put_run(folder, "daily", "amortized", "2026-09", [ea_line("1", "1.5")])
    put_run(folder, "amortized", "actual", "2026-09", [ea_line("1", "1.5")])
    error = refusal(azure(folder, "cost"))
    assert error.code == "DATASET_TYPE"
    assert "daily is of type AmortizedCost, not ActualCost" in error.what


@pytest.mark.fault("F39")
@pytest.mark.parametrize(
    "name",
    ["../secret.csv", "costs/%2e%2e/x.csv", "other/folder/part.csv", "part\0.csv", "a\\b.csv", ""],
)
def test_f39_a_blob_elsewhere_is_refused(folder: Folder, azure: Connect, name: str) -> None:
    keys = put_run(folder, "daily", "focus", "2026-09", ROWS)
    changed_manifest(folder, keys, lambda said: said["blobs"][0].update(blobName=name))
    assert refusal(azure(folder, "focus")).code == "KEY_OUTSIDE_PREFIX"


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.pop("blobs"),
        lambda said: said.update(blobs="part_0"),
        lambda said: said.update(blobCount=7),
        lambda said: said.update(runInfo=[]),
        lambda said: said["blobs"].append(said["blobs"][0]),
    ],
    ids=["no blobs", "text for blobs", "another count", "a list for the run", "one blob twice"],
)
def test_a_manifest_that_contradicts_itself_is_refused(
    folder: Folder, azure: Connect, change: Callable[[Any], None]
) -> None:
    keys = put_run(folder, "daily", "focus", "2026-09", ROWS)
    changed_manifest(folder, keys, change)
    assert refusal(azure(folder, "focus")).code == "MANIFEST_UNREADABLE"


@pytest.mark.fault("F41")
def test_f41_a_name_twice_in_a_manifest_is_refused(folder: Folder, azure: Connect) -> None:
    keys = put_run(folder, "daily", "focus", "2026-09", ROWS)
    folder.put(keys[-1], b'{"blobs": [], "blobs": []}')
    assert refusal(azure(folder, "focus")).code == "MANIFEST_UNREADABLE"


def test_a_manifest_of_another_month_is_refused(folder: Folder, azure: Connect) -> None:
    keys = put_run(folder, "daily", "focus", "2026-09", ROWS)
    changed_manifest(
        folder, keys, lambda said: said["runInfo"].update(startDate="2026-08-01T00:00:00")
    )
    assert refusal(azure(folder, "focus")).code == "PERIOD_NOT_A_MONTH"


def test_files_of_two_kinds_are_refused(folder: Folder, azure: Connect) -> None:
    put_run(folder, "daily", "actual", "2026-09", [ea_line("1", "1.5")], file_type="parquet")
    put_run(folder, "amortized", "amortized", "2026-09", [ea_line("1", "1.5")])
    assert refusal(azure(folder, "cost")).code == "FILE_TYPE"


@pytest.mark.parametrize("options", [{"amortized_export": ""}, {"amortized_export": "daily"}])
def test_a_missing_setting_is_named(
    folder: Folder, azure: Connect, options: dict[str, str]
) -> None:
    error = refusal(azure(folder, "cost", **options))
    assert (error.code, "amortized_export=NAME" in error.advice) == ("SETTING_MISSING", True)


def test_an_unknown_dataset_is_named(folder: Folder, azure: Connect) -> None:
    assert "cur2" in refusal(azure(folder, "cur2")).what


def test_without_manifests_the_newest_file_is_the_month(
    container: Container, azure: Connect
) -> None:
    for export, part in (("daily", "actual"), ("amortized", "amortized")):
        put_run(container, export, part, "2026-09", [ea_line("1", "1.5")], mode="old")
    delivery = only(azure(container, "cost"))
    assert [file.name.partition("-")[0] for file in delivery.files] == ["actual", "amortized"]
    assert {file.rows for file in delivery.files} == {None}


@pytest.mark.fault("F38")
def test_f38_a_blob_replaced_after_it_was_listed_is_not_mixed_in(
    container: Container, azure: Connect, tmp_path: Path
) -> None:
    keys = put_run(container, "daily", "focus", "2026-09", ROWS)
    provider = azure(container, "focus")
    delivery = only(provider)
    container.put(keys[0], container.get(keys[0]))
    with pytest.raises(BillError, match="DELIVERY_CHANGED"):
        provider.fetch(delivery.files[0], tmp_path / "part.csv")


def test_a_blob_larger_than_one_range_arrives_whole(
    container: Container, azure: Connect, tmp_path: Path
) -> None:
    rows = [focus_line("000000000042", "1.5", Tags="x" * 50_000) for _ in range(800)]
    put_run(container, "daily", "focus", "2026-09", rows, parts=1)
    provider = azure(container, "focus")
    (file,) = only(provider).files
    provider.fetch(file, tmp_path / "part.csv")
    assert (tmp_path / "part.csv").stat().st_size == file.bytes
    assert (file.bytes or 0) > 32 << 20
