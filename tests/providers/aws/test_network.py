"""What the way to AWS may do to a delivery: nothing but delay it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.providers import pacing
from pipelines.providers.aws import s3 as s3_module
from pipelines.providers.aws.provider import AwsProvider
from pipelines.providers.contract import BillError
from tests.providers.aws.deliveries import Bucket, put_cur1, put_cur2
from tests.providers.aws.lines import cur_line
from tests.providers.faulty import Faults, answer_of, landed_rows, proxy

Connect = Callable[..., AwsProvider]
LINES = [cur_line(f"{number:012d}", number / 7) for number in range(200)]
ROLE = "arn:aws:iam::123456789012:role/finhouse"


@pytest.fixture
def way(s3_endpoint: str) -> Iterator[tuple[str, Faults]]:
    with proxy(s3_endpoint) as broken:
        yield broken


@pytest.mark.fault("F77", "Nothing: it goes on where it broke")
def test_f77_a_body_cut_in_the_middle_is_resumed_where_it_broke(
    bucket: Bucket, aws: Connect, way: tuple[str, Faults], tmp_path: Path
) -> None:
    keys = put_cur2(bucket, "daily", "2026-09", LINES, parts=1)
    endpoint, faults = way
    faults.cut = 1
    assert landed_rows(aws(bucket, "cur2", endpoint_url=endpoint), tmp_path) == len(LINES)
    half, size = (len(bucket.get(keys[0])) // 2, len(bucket.get(keys[0])))
    asked = [
        ranged
        for method, path, ranged in faults.requests
        if path.endswith("parquet") and method == "GET"
    ]
    assert asked == ["", f"bytes={half}-{size - 1}"]


@pytest.mark.fault("F77", "`UNREACHABLE` when it breaks again and again")
@pytest.mark.fault("F83", "`UNREACHABLE`, after the time that bytes may take")
@pytest.mark.parametrize(
    ("fault", "value", "what"),
    [("cut", 10_000, "expected"), ("trickling", ".parquet", r"longer than 0\.2 seconds")],
)
def test_f77_f83_a_way_that_always_cuts_or_trickles_ends_in_words(
    bucket: Bucket,
    aws: Connect,
    way: tuple[str, Faults],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    fault: str,
    value: object,
    what: str,
) -> None:
    monkeypatch.setattr(s3_module, "RESUMES", 0)
    monkeypatch.setattr(pacing, "PATIENCE", 0.2)
    put_cur2(bucket, "daily", "2026-09", LINES, parts=1)
    endpoint, faults = way
    setattr(faults, fault, value)
    with pytest.raises(BillError, match=what) as refused:
        landed_rows(aws(bucket, "cur2", endpoint_url=endpoint), tmp_path)
    assert refused.value.code == "UNREACHABLE"
    assert not (tmp_path / "house" / "landing" / "acme-aws").exists()


@pytest.mark.fault("F82", "`SIZE_MISMATCH`; the month stays the old one")
def test_a_file_of_another_length_than_listed_is_refused(
    bucket: Bucket, aws: Connect, way: tuple[str, Faults], tmp_path: Path
) -> None:
    put_cur2(bucket, "daily", "2026-09", LINES, parts=1)
    endpoint, faults = way
    faults.alter = lambda path, content: content[:-9] if ".parquet" in path else content
    with pytest.raises(BillError) as refused:
        landed_rows(aws(bucket, "cur2", endpoint_url=endpoint), tmp_path)
    assert refused.value.code == "SIZE_MISMATCH"
    assert not (tmp_path / "house" / "landing" / "acme-aws").exists()


def test_a_large_file_is_fetched_in_ranges(
    bucket: Bucket,
    aws: Connect,
    way: tuple[str, Faults],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3_module, "SEGMENT", 1000)
    keys = put_cur2(bucket, "daily", "2026-09", LINES, parts=1)
    endpoint, faults = way
    assert landed_rows(aws(bucket, "cur2", endpoint_url=endpoint), tmp_path) == len(LINES)
    ranges = {ranged for _, path, ranged in faults.requests if path.endswith("parquet") and ranged}
    assert len(ranges) == -(-len(bucket.get(keys[0])) // 1000)


def expired_until(times: int) -> Callable[[str, str], tuple[int, bytes] | None]:
    """Refuse data files with ExpiredToken so many times."""
    left = [times]

    def refuse(method: str, path: str) -> tuple[int, bytes] | None:
        if method == "GET" and ".parquet" in path and left[0]:
            left[0] -= 1
            return answer_of("ExpiredToken", 400)
        return None

    return refuse


@pytest.mark.fault("F78", "Nothing, when they can be renewed")
def test_f78_expired_credentials_are_renewed_once(
    bucket: Bucket, aws: Connect, way: tuple[str, Faults], tmp_path: Path
) -> None:
    put_cur2(bucket, "daily", "2026-09", LINES)
    endpoint, faults = way
    faults.refuse = expired_until(1)
    provider = aws(bucket, "cur2", endpoint_url=endpoint, role_arn=ROLE, external_id="acme")
    assert landed_rows(provider, tmp_path) == len(LINES)
    assert [path for _, path, _ in faults.requests].count("/") == 2, "signed in twice"


@pytest.mark.fault("F78", "`CREDENTIALS_EXPIRED`")
def test_f78_credentials_that_stay_expired_end_in_words(
    bucket: Bucket, aws: Connect, way: tuple[str, Faults], tmp_path: Path
) -> None:
    put_cur2(bucket, "daily", "2026-09", LINES)
    endpoint, faults = way
    faults.refuse = expired_until(10_000)
    with pytest.raises(BillError) as refused:
        landed_rows(aws(bucket, "cur2", endpoint_url=endpoint), tmp_path)
    assert refused.value.code == "CREDENTIALS_EXPIRED"


@pytest.mark.fault(
    "F79", "`ACCESS_DENIED` for that one, with the permission to grant; the others load"
)
def test_f79_a_denied_connection_does_not_stop_the_others(
    bucket: Bucket, s3: Any, aws: Connect, way: tuple[str, Faults], tmp_path: Path
) -> None:
    s3.create_bucket(Bucket=f"{bucket.bucket}-other")
    other = Bucket(s3, f"{bucket.bucket}-other")
    endpoint, faults = way
    faults.refuse = lambda _, path: (
        answer_of("AccessDenied", 403) if path.startswith(f"/{bucket.bucket}?") else None
    )
    for bills in (bucket, other):
        put_cur2(bills, "daily", "2026-09", LINES)
    with pytest.raises(BillError) as refused:
        list(aws(bucket, "cur2", endpoint_url=endpoint).deliveries())
    assert refused.value.code == "ACCESS_DENIED"
    assert "s3:ListBucket" in refused.value.advice
    assert landed_rows(aws(other, "cur2", endpoint_url=endpoint), tmp_path) == len(LINES)


def test_a_role_is_assumed_with_its_external_id(
    bucket: Bucket, aws: Connect, way: tuple[str, Faults], tmp_path: Path
) -> None:
    put_cur2(bucket, "daily", "2026-09", LINES)
    endpoint, faults = way
    secret = tmp_path / "secret.json"
    secret.write_text(
        json.dumps({"access_key_id": "a", "secret_access_key": "b"}), encoding="utf-8"
    )
    provider = aws(
        bucket, "cur2", endpoint_url=endpoint, secret=f"file:{secret}",
        role_arn=ROLE, external_id="acme",
    )  # fmt: skip
    assert landed_rows(provider, tmp_path) == len(LINES)
    assert ("POST", "/", "") in faults.requests


@pytest.mark.fault("H07", "The reference, and never what it leads to")
@pytest.mark.parametrize(
    ("reference", "content"),
    [("env:FINHOUSE_NO_SUCH", None), ("file:/no/such/file", None), ("plain", None),
     ("env:FINHOUSE_AWS_KEYS", "hunter2 is no JSON"), ("env:FINHOUSE_AWS_KEYS", '["hunter2"]')],
)  # fmt: skip
def test_a_secret_that_cannot_be_read_is_told_and_never_quoted(
    bucket: Bucket,
    aws: Connect,
    monkeypatch: pytest.MonkeyPatch,
    reference: str,
    content: str | None,
) -> None:
    if content:
        monkeypatch.setenv("FINHOUSE_AWS_KEYS", content)
    with pytest.raises(BillError) as refused:
        list(aws(bucket, "cur2", secret=reference).deliveries())
    assert refused.value.code == "CREDENTIALS_MISSING"
    assert "hunter2" not in str(refused.value)


@pytest.mark.slow
def test_all_pages_of_a_long_listing_are_read(bucket: Bucket, aws: Connect) -> None:
    for number in range(1001):
        bucket.put(f"daily/old-{number:04d}/x", b"")
    put_cur1(bucket, "daily", "2026-09", LINES)
    folders = aws(bucket, "cur1").store.folders("daily/")
    assert len(folders) == 1002
    assert folders[0] == "20260901-20261001"
