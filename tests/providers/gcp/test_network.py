"""What BigQuery and the way to it may do to a delivery: nothing but delay it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pipelines.providers import pacing
from pipelines.providers.contract import BillError, Delivery
from pipelines.providers.gcp import bigquery as bigquery_module
from pipelines.providers.gcp.provider import GcpProvider
from pipelines.providers.landing import land
from tests.providers.faulty import Faults, landed_rows, proxy
from tests.providers.gcp.rows import usage_row
from tests.providers.gcp.tables import Table
from warehouse.layout import Layout

Connect = Callable[..., GcpProvider]
Refusal = tuple[int, bytes]
ROWS = [usage_row(number / 7, billing_account_id=f"{number:012d}") for number in range(50)]


def answer_of(status: int, reason: str, message: str) -> Refusal:
    """Return BigQuery's answer of an error."""
    error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    return status, json.dumps({"error": error}).encode()


@pytest.fixture
def way(bigquery_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Faults]]:
    monkeypatch.setattr(bigquery_module, "RETRY_SECONDS", 0.5)
    with proxy(bigquery_endpoint) as (endpoint, faults):
        faults.content_type = "application/json"
        yield endpoint, faults


def refusing(refusal: Refusal, times: int, part: str = "/queries/") -> Callable[..., Any]:
    """Refuse so many of the requests whose path has a part."""
    left = [times]

    def refuse(_: str, path: str) -> Refusal | None:
        if part in path and left[0]:
            left[0] -= 1
            return refusal
        return None

    return refuse


@pytest.mark.parametrize(
    ("refusal", "code", "advice"),
    [
        (
            answer_of(403, "quotaExceeded", "Quota exceeded: bytes scanned"),
            "QUOTA_EXCEEDED",
            "quota",
        ),
        (
            answer_of(403, "accessDenied", "User does not have bigquery.jobs.create permission"),
            "ACCESS_DENIED",
            "roles/bigquery.jobUser",
        ),
        (
            answer_of(403, "accessDenied", "User does not have bigquery.tables.getData permission"),
            "ACCESS_DENIED",
            "roles/bigquery.dataViewer",
        ),
        (
            answer_of(403, "accessNotConfigured", "BigQuery API has not been used in project 42"),
            "API_DISABLED",
            "bigquery.googleapis.com",
        ),
        (answer_of(503, "backendError", "try again"), "UNREACHABLE", "network"),
    ],
    ids=["quota", "jobs", "data", "api", "503"],
)
def test_a_refusal_says_what_to_grant_or_do(
    table: Table, gcp: Connect, way: tuple[str, Faults], *, refusal: Refusal, code: str, advice: str
) -> None:
    table.create().append(ROWS)
    endpoint, faults = way
    faults.refuse = refusing(refusal, 10_000, "/jobs")
    with pytest.raises(BillError) as refused:
        list(gcp(table, endpoint_url=endpoint).deliveries())
    assert (refused.value.code, advice in refused.value.advice) == (code, True), refused.value


@pytest.mark.fault("H03", "Nothing: it is asked again, within bounds")
def test_a_503_on_the_way_is_asked_again(
    table: Table, gcp: Connect, way: tuple[str, Faults], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(bigquery_module, "RETRY_SECONDS", 30)
    table.create().append(ROWS)
    endpoint, faults = way
    faults.refuse = refusing(answer_of(503, "backendError", "try again"), 1)
    assert landed_rows(gcp(table, endpoint_url=endpoint), tmp_path) == len(ROWS)


@pytest.mark.fault("F83")
def test_f83_rows_that_come_byte_by_byte_are_ended(
    table: Table, gcp: Connect, way: tuple[str, Faults], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(pacing, "PATIENCE", 0.2)
    table.create().append(ROWS)
    endpoint, faults = way
    provider = gcp(table, endpoint_url=endpoint)
    (found,) = provider.deliveries()
    assert isinstance(found, Delivery), found
    faults.trickling = "/queries/"
    with pytest.raises(BillError, match=r"longer than 0\.2 seconds") as refused:
        land(found, provider, Layout(tmp_path / "house"))
    assert refused.value.code == "UNREACHABLE"


@pytest.mark.fault("H04")
def test_pages_are_read_to_the_last(
    table: Table, gcp: Connect, way: tuple[str, Faults], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(bigquery_module, "PAGE_ROWS", 7)
    table.create().append(ROWS)
    endpoint, faults = way
    assert landed_rows(gcp(table, endpoint_url=endpoint), tmp_path) == len(ROWS)
    pages = [path for method, path, _ in faults.requests if method == "GET" and "/queries/" in path]
    assert len(pages) >= len(ROWS) // 7


@pytest.mark.fault("H04", "A refusal; no part of the month is loaded")
def test_a_page_cut_short_is_no_delivery(
    table: Table, gcp: Connect, way: tuple[str, Faults], tmp_path: Path
) -> None:
    def shorten(path: str, content: bytes) -> bytes:
        answer = json.loads(content) if "/queries/" in path else {}
        rows = answer.get("rows", [])
        if len(rows) < len(ROWS):
            return content
        return json.dumps(answer | {"rows": rows[:-1]}).encode()

    table.create().append(ROWS)
    endpoint, faults = way
    faults.alter = shorten
    with pytest.raises(BillError, match="49 of 50 rows came") as refused:
        landed_rows(gcp(table, endpoint_url=endpoint), tmp_path)
    assert refused.value.code == "SIZE_MISMATCH"
    assert not (tmp_path / "house" / "landing" / "acme-gcp").exists()


def test_a_query_that_would_bill_more_than_the_cap_never_runs(
    table: Table, gcp: Connect, way: tuple[str, Faults]
) -> None:
    """The emulator estimates nothing: the estimate is put into its answer."""

    def estimate(path: str, content: bytes) -> bytes:
        answer = json.loads(content) if path.partition("?")[0].endswith("/jobs") else {}
        if not answer.get("configuration", {}).get("dryRun"):
            return content
        answer["statistics"]["totalBytesProcessed"] = "1000001"
        answer["statistics"].setdefault("query", {})["totalBytesProcessed"] = "1000001"
        return json.dumps(answer).encode()

    table.create().append(ROWS)
    endpoint, faults = way
    faults.alter = estimate
    with pytest.raises(BillError, match="1,000,001 bytes") as refused:
        list(gcp(table, endpoint_url=endpoint, max_bytes_billed="1000000").deliveries())
    assert refused.value.code == "BYTES_BILLED_LIMIT"
    assert "max_bytes_billed" in refused.value.advice
    assert [path for method, path, _ in faults.requests if method == "POST"] == [
        "/bigquery/v2/projects/acme-billing/jobs"
    ], "only the dry run was asked"
    allowed = gcp(table, endpoint_url=endpoint, max_bytes_billed="1000001")
    assert len(list(allowed.deliveries())) == 1


def service_account(token_uri: str) -> str:
    """Return a service account's key whose tokens this machine gives out."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "acme-billing",
            "client_email": "finhouse@acme-billing.example",
            "private_key_id": "1",
            "private_key": key.decode(),
            "token_uri": token_uri,
        }
    )


def signed_in(
    table: Table, gcp: Connect, way: tuple[str, Faults], tmp_path: Path, expired: int
) -> GcpProvider:
    """Connect by a service account whose token is refused so many times."""
    endpoint, faults = way
    refuse = refusing(answer_of(401, "authError", "Invalid Credentials"), expired)
    token = (200, json.dumps({"access_token": "t", "expires_in": 3600}).encode())
    faults.refuse = lambda method, path: token if path == "/token" else refuse(method, path)
    secret = tmp_path / "key.json"
    secret.write_text(service_account(f"{endpoint}/token"), "utf-8")
    return gcp(table, endpoint_url=endpoint, secret=f"file:{secret}")


@pytest.mark.fault("F78")
def test_f78_expired_credentials_are_renewed_on_the_way(
    table: Table, gcp: Connect, way: tuple[str, Faults], tmp_path: Path
) -> None:
    table.create().append(ROWS)
    assert landed_rows(signed_in(table, gcp, way, tmp_path, 1), tmp_path) == len(ROWS)
    asked = [path for _, path, _ in way[1].requests]
    assert asked.count("/token") == 2, "signed in twice"


@pytest.mark.fault("F78")
def test_f78_credentials_that_stay_expired_end_in_words(
    table: Table, gcp: Connect, way: tuple[str, Faults], tmp_path: Path
) -> None:
    table.create().append(ROWS)
    with pytest.raises(BillError) as refused:
        landed_rows(signed_in(table, gcp, way, tmp_path, 10_000), tmp_path)
    assert refused.value.code == "CREDENTIALS_EXPIRED"


@pytest.mark.fault("F79")
def test_f79_a_denied_table_does_not_stop_the_others(
    table: Table, gcp: Connect, way: tuple[str, Faults], tmp_path: Path
) -> None:
    other = Table(table.client, f"{table.name}_other")
    endpoint, faults = way
    denied = answer_of(403, "accessDenied", "bigquery.tables.get denied")
    own = f"/{table.export}?prettyPrint=false"
    faults.refuse = lambda _, path: denied if path.endswith(own) else None
    for bills in (table, other):
        bills.create().append(ROWS)
    with pytest.raises(BillError, match="ACCESS_DENIED"):
        list(gcp(table, endpoint_url=endpoint).deliveries())
    assert landed_rows(gcp(other, endpoint_url=endpoint), tmp_path) == len(ROWS)


@pytest.mark.fault("H07")
@pytest.mark.parametrize("content", ["hunter2 is no JSON", '["hunter2"]', '{"type": "hunter2"}'])
def test_a_secret_that_is_no_key_is_told_and_never_quoted(
    table: Table, gcp: Connect, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("FINHOUSE_GCP_KEY", content)
    with pytest.raises(BillError) as refused:
        list(gcp(table, secret="env:FINHOUSE_GCP_KEY").deliveries())
    assert refused.value.code == "CREDENTIALS_MISSING"
    assert "hunter2" not in str(refused.value)
