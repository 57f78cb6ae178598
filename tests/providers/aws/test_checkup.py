"""What `finhouse connection check` says about an AWS connection."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.providers.aws.provider import AwsProvider
from pipelines.providers.contract import Finding, utc_now
from tests.providers.aws.deliveries import NOON, Bucket, Folder, put_cur1, put_cur2, put_focus
from tests.providers.aws.lines import cur_line, focus_line
from tests.providers.faulty import answer_of, proxy

Connect = Callable[..., AwsProvider]
LINES = [cur_line("000000000042", 1.5)]


def worst(findings: list[Finding]) -> Finding:
    return next(finding for finding in findings if not finding.ok)


def test_a_healthy_connection_has_nothing_to_say(bucket: Bucket, aws: Connect) -> None:
    put_cur2(bucket, "daily", "2026-09", LINES, submitted_at=utc_now())
    findings = aws(bucket, "cur2").check()
    assert [finding.subject for finding in findings] == [
        "location", "export", "export type", "deliveries", "freshness",
    ]  # fmt: skip
    assert all(finding.ok for finding in findings)


def test_a_missing_bucket_is_told(bucket: Bucket, aws: Connect) -> None:
    found = worst(aws(bucket, "cur2", location="s3://no-such-bucket-anywhere/cur").check())
    assert "BUCKET_MISSING" in found.message


def test_a_missing_folder_is_told(folder: Folder, aws: Connect) -> None:
    found = worst(aws(folder, "cur2", location=f"{folder.root}/nowhere").check())
    assert "LOCATION_MISSING" in found.message


@pytest.mark.parametrize(
    ("refused", "permission"), [("list-type", "s3:ListBucket"), (".parquet", "s3:GetObject")]
)
def test_the_permission_to_grant_is_named(
    bucket: Bucket, aws: Connect, s3_endpoint: str, refused: str, permission: str
) -> None:
    put_cur2(bucket, "daily", "2026-09", LINES)
    with proxy(s3_endpoint) as (endpoint, faults):
        faults.refuse = lambda _, path: answer_of("AccessDenied", 403) if refused in path else None
        found = worst(aws(bucket, "cur2", endpoint_url=endpoint).check())
    assert permission in found.advice


def test_a_misspelt_export_is_told_with_those_that_are_there(folder: Folder, aws: Connect) -> None:
    put_cur2(folder, "daily", "2026-09", LINES)
    found = worst(aws(folder, "cur2", export_name="dayly").check())
    assert found.subject == "export"
    assert "daily" in found.advice


def test_an_empty_location_may_just_be_new(bucket: Bucket, aws: Connect) -> None:
    assert "24 hours" in worst(aws(bucket, "cur2").check()).advice


@pytest.mark.parametrize(
    ("put", "row", "delivered", "configured"),
    [
        (put_cur1, cur_line, "cur1", "cur2"),
        (put_cur1, cur_line, "cur1", "focus"),
        (put_cur2, cur_line, "cur2", "cur1"),
        (put_cur2, cur_line, "cur2", "focus"),
        (put_focus, focus_line, "focus", "cur2"),
    ],
)
def test_a_wrong_export_type_is_told_with_the_right_one(
    folder: Folder, aws: Connect, put: Any, row: Any, *, delivered: str, configured: str
) -> None:
    put(folder, "daily", "2026-09", [row("000000000042", 1.5)])
    found = worst(aws(folder, configured).check())
    assert found.subject == "export type"
    assert f"dataset to {delivered}" in found.advice


def test_a_delivery_under_way_is_no_delivery_yet(folder: Folder, aws: Connect) -> None:
    keys = put_cur2(folder, "daily", "2026-09", LINES)
    folder.remove(keys[0])
    findings = aws(folder, "cur2").check()
    assert worst(findings).subject == "deliveries"
    assert any(finding.subject == "in flight" for finding in findings)


def test_a_delivery_older_than_a_day_is_stale(folder: Folder, aws: Connect) -> None:
    put_cur2(
        folder,
        "daily",
        "2024-09",
        [cur_line("1", 1.5, "2024-09")],
        submitted_at=NOON.replace(year=2024),
    )
    found = worst(aws(folder, "cur2").check())
    assert (found.subject, "2024-09-15" in found.message) == ("freshness", True)


def test_a_bad_month_is_told_beside_the_good_ones(folder: Folder, aws: Connect) -> None:
    put_cur2(folder, "daily", "2026-09", LINES, submitted_at=utc_now())
    folder.put("daily/metadata/BILLING_PERIOD=2026-13/daily-Manifest.json", b"{}")
    findings = aws(folder, "cur2").check()
    assert "PERIOD_NOT_A_MONTH" in worst(findings).message
    assert any(f.ok and f.subject == "deliveries" for f in findings)
