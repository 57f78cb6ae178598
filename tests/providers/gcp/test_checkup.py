"""What `finhouse connection check` says about a GCP connection."""

from collections.abc import Callable

from pipelines.providers.contract import Finding, utc_now
from pipelines.providers.gcp.provider import GcpProvider
from tests.providers.gcp.rows import usage_row
from tests.providers.gcp.tables import Extracts, Table

Connect = Callable[..., GcpProvider]


def worst(findings: list[Finding]) -> Finding:
    return next(finding for finding in findings if not finding.ok)


def test_a_healthy_table_has_nothing_to_say(table: Table, gcp: Connect) -> None:
    table.create().append([usage_row(export_time=utc_now().isoformat())])
    findings = gcp(table).check()
    assert [finding.subject for finding in findings] == ["export type", "deliveries", "freshness"]
    assert all(finding.ok for finding in findings)


def test_a_missing_table_is_told(table: Table, gcp: Connect) -> None:
    found = worst(gcp(table).check())
    assert ("TABLE_MISSING" in found.message, "export's name" in found.advice) == (True, True)


def test_a_missing_dataset_is_told(table: Table, gcp: Connect) -> None:
    found = worst(gcp(table, location="bigquery://acme-billing/nowhere").check())
    assert "DATASET_MISSING" in found.message


def test_a_table_that_lost_a_column_is_told(table: Table, gcp: Connect) -> None:
    table.create("credits")
    found = worst(gcp(table).check())
    assert (found.subject, "credits" in found.message) == ("export type", True)


def test_a_standard_export_is_no_detailed_one(table: Table, gcp: Connect) -> None:
    table.create("resource")
    assert "resource" in worst(gcp(table).check()).message
    assert gcp(table, "standard").check()[0].ok


def test_an_empty_table_may_just_be_new(table: Table, gcp: Connect) -> None:
    table.create()
    assert "within a day" in worst(gcp(table).check()).advice


def test_rows_older_than_two_days_are_stale(table: Table, gcp: Connect) -> None:
    table.create().append([usage_row(month="202409", export_time="2024-09-15T12:00:00Z")])
    found = worst(gcp(table).check())
    assert (found.subject, "2024-09-15" in found.message) == ("freshness", True)


def test_a_location_that_is_no_table_is_told(table: Table, gcp: Connect) -> None:
    found = worst(gcp(table, location="bigquery://acme").check())
    assert "bigquery://project/dataset" in found.advice


def test_a_dataset_that_gcp_does_not_know_is_told(extracts: Extracts, gcp: Connect) -> None:
    assert "detailed" in worst(gcp(extracts, "cur2").check()).advice


def test_a_missing_folder_is_told(extracts: Extracts, gcp: Connect) -> None:
    assert "LOCATION_MISSING" in worst(gcp(extracts).check()).message


def test_a_bad_month_is_told_beside_the_good_ones(extracts: Extracts, gcp: Connect) -> None:
    extracts.put("202609", {"a.jsonl": [usage_row()]}, utc_now().isoformat())
    extracts.put("202613", {"a.jsonl": [usage_row()]})
    findings = gcp(extracts).check()
    assert "PERIOD_NOT_A_MONTH" in worst(findings).message
    assert any(found.ok and found.subject == "deliveries" for found in findings)
