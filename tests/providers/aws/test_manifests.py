"""What a manifest may say, and what is refused whatever it says."""

import json
from typing import Any

import pytest

from pipelines.providers.aws.manifests import folder_safe, parse
from pipelines.providers.columns import snake
from pipelines.providers.contract import BillError, BillingPeriod

SEPTEMBER = BillingPeriod.parse("2026-09")


def parsed(content: dict[str, Any] | bytes) -> Any:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return parse(raw, "the manifest", SEPTEMBER, "bills")


@pytest.mark.fault("F39", "`KEY_OUTSIDE_PREFIX`; nothing is fetched")
@pytest.mark.parametrize(
    "key",
    [
        "cur/../../etc/passwd",
        "cur/%2e%2e/secret.parquet",
        "cur/%252e%252e/secret.parquet",
        "/etc/passwd",
        "s3://bills//etc/passwd",
        "s3://somebody-else/cur/daily/a.parquet",
        "cur/daily/a\x00.parquet",
        "cur/daily/%00a.parquet",
        "cur\\..\\a.parquet",
        "https://example.org/a.parquet",
        "cur/" + "a" * 2000,
    ],
)
def test_f39_a_key_that_could_lead_elsewhere_is_refused(key: str) -> None:
    with pytest.raises(BillError) as refused:
        parsed({"dataFiles": [key]})
    assert refused.value.code == "KEY_OUTSIDE_PREFIX"


@pytest.mark.fault("F41", "`MANIFEST_UNREADABLE`")
@pytest.mark.parametrize(
    "raw",
    [
        b'{"reportKeys": ["a.csv.gz"], "reportKeys": ["b.csv.gz"]}',
        b'{"reportKeys": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"reportKeys": ["a.csv.gz"',
        b"[]",
        b"\xff\xfe",
        b'{"reportKeys": "a.csv.gz"}',
        b'{"reportKeys": [1]}',
        b'{"assemblyId": "x"}',
        b'{"reportKeys": ["a.csv.gz", "a.csv.gz"]}',
    ],
    ids=["twice", "deep", "cut", "list", "utf16", "text", "number", "none", "double"],
)
def test_f41_a_manifest_that_cannot_be_read_is_refused(raw: bytes) -> None:
    with pytest.raises(BillError) as refused:
        parsed(raw)
    assert refused.value.code == "MANIFEST_UNREADABLE"


@pytest.mark.parametrize(
    "period",
    [
        {"start": "20260901T000000.000Z", "end": "20260915T000000.000Z"},
        {"start": "20260801T000000.000Z", "end": "20260901T000000.000Z"},
        {"start": "20261301T000000.000Z", "end": "20270101T000000.000Z"},
        "2026-08",
        7,
    ],
)
def test_a_period_that_is_not_the_folders_month_is_refused(period: object) -> None:
    with pytest.raises(BillError) as refused:
        parsed({"reportKeys": ["a.csv.gz"], "billingPeriod": period})
    assert refused.value.code == "PERIOD_NOT_A_MONTH"


def test_files_may_be_named_by_uri_or_by_key() -> None:
    manifest = parsed({"dataFiles": ["s3://bills/cur/한글/a.parquet", "cur/b.parquet"]})
    assert manifest.keys == ("cur/한글/a.parquet", "cur/b.parquet")


@pytest.mark.fault("F42")
@pytest.mark.parametrize(
    ("content", "instant"),
    [
        ({"assemblyId": "20260901T013000Z"}, "2026-09-01T01:30:00+00:00"),
        (
            {"executionId": "2024-04-02T13:14:43.337Z-0f3b"},
            "2024-04-02T13:14:43.337000+00:00",
        ),
        ({"assemblyId": "0f3b", "createdAt": "2026-09-02T00:00:00Z"}, "2026-09-02T00:00:00+00:00"),
        ({"assemblyId": "20269999T013000Z"}, None),
    ],
)
def test_the_time_of_a_delivery_comes_from_its_id_first(
    content: dict[str, Any], instant: str | None
) -> None:
    written = parsed({"reportKeys": ["a.csv.gz"], **content}).written_at
    assert (written.isoformat() if written else None) == instant


def test_an_id_names_a_folder_and_two_ids_never_share_one() -> None:
    assert folder_safe("2024-04-02T13:14:43.337Z-0f3b") == "2024-04-02T13-14-43.337Z-0f3b"
    hostile = ["../../etc", "..", ".", "a/b", "a b", "a" * 300, "한글"]
    names = [folder_safe(identity) for identity in hostile]
    assert len(set(names)) == len(hostile)
    assert all("/" not in name and not name.startswith(".") and name for name in names)


@pytest.mark.parametrize(
    ("raw", "athena"),
    [
        ("lineItem/UnblendedCost", "line_item_unblended_cost"),
        ("savingsPlan/SavingsPlanARN", "savings_plan_savings_plan_a_r_n"),
        ("pricing/publicOnDemandCost", "pricing_public_on_demand_cost"),
        ("line_item_unblended_cost", "line_item_unblended_cost"),
        ("BilledCost", "billed_cost"),
    ],
)
def test_every_format_spells_a_column_the_same_in_snake_case(raw: str, athena: str) -> None:
    assert snake(raw) == athena
