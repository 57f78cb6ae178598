"""What `finhouse connection check` says about an Azure connection."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from azure.core.credentials import AzureSasCredential
from azure.identity import ClientSecretCredential, DefaultAzureCredential

from pipelines.providers.azure import signin
from pipelines.providers.azure.provider import AzureProvider
from pipelines.providers.azure.signin import connect
from pipelines.providers.contract import BillError, Finding, utc_now
from tests.providers.azure.azurite import Azurite
from tests.providers.azure.exports import Container, Folder, put_run
from tests.providers.azure.lines import ea_line, focus_line

Connect = Callable[..., AzureProvider]
PRINCIPAL = {
    "tenant_id": "11111111-1111-1111-1111-111111111111",
    "client_id": "22222222-2222-2222-2222-222222222222",
    "client_secret": "hidden~word",
}


def worst(findings: list[Finding]) -> Finding:
    return next(finding for finding in findings if not finding.ok)


def put_both(exports: Folder | Container, period: str = "2026-09") -> None:
    for export, part in (("daily", "actual"), ("amortized", "amortized")):
        rows = [ea_line("000000000042", "1.5", period)]
        put_run(exports, export, part, period, rows, submitted_at=utc_now())


def test_a_healthy_connection_has_nothing_to_say(container: Container, azure: Connect) -> None:
    put_both(container)
    findings = azure(container, "cost").check()
    assert [finding.subject for finding in findings] == [
        "location", "export", "export", "deliveries", "freshness",
    ]  # fmt: skip
    assert all(finding.ok for finding in findings)


def test_a_missing_container_is_told(
    container: Container, azure: Connect, azurite: Azurite
) -> None:
    azurite.service.delete_container(container.client.container_name)
    assert "CONTAINER_MISSING" in worst(azure(container, "focus").check()).message


def test_a_missing_folder_is_told(folder: Folder, azure: Connect) -> None:
    found = worst(azure(folder, "focus", location=f"{folder.root}/nowhere").check())
    assert "LOCATION_MISSING" in found.message


@pytest.mark.parametrize("may", [{"list_": False}, {"read": False}])
def test_the_role_to_grant_is_named(
    container: Container, azure: Connect, azurite: Azurite, may: dict[str, bool]
) -> None:
    put_run(container, "daily", "focus", "2026-09", [focus_line("1", "1.5")])
    found = worst(azure(container, "focus", sas=azurite.sas(**may)).check())
    assert "ACCESS_DENIED" in found.message
    assert "Storage Blob Data Reader" in found.advice


def test_an_expired_token_is_told_and_not_repeated(
    container: Container, azure: Connect, azurite: Azurite
) -> None:
    token = azurite.sas(expires_in=timedelta(days=-1))
    found = worst(azure(container, "focus", sas=token).check())
    assert "expired" in found.message
    assert "sig=" not in found.message + found.advice


def test_an_account_that_does_not_answer_is_told(
    container: Container, azure: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signin, "RETRIES", 0)
    nowhere = azure(container, "focus", endpoint_url="http://127.0.0.1:9/acme")
    found = worst(nowhere.check())
    assert "UNREACHABLE" in found.message
    assert "firewall" in found.advice


def test_a_misspelt_export_is_told_with_those_that_are_there(
    folder: Folder, azure: Connect
) -> None:
    put_both(folder)
    found = worst(azure(folder, "cost", amortized_export="amortised").check())
    assert (found.subject, "AmortizedCost" in found.message) == ("export", True)
    assert "amortized" in found.advice


def test_an_empty_location_may_just_be_new(folder: Folder, azure: Connect) -> None:
    assert "24 hours" in worst(azure(folder, "focus").check()).advice


def test_a_missing_setting_is_told(folder: Folder, azure: Connect) -> None:
    put_both(folder)
    found = worst(azure(folder, "cost", amortized_export="").check())
    assert (found.subject, "AmortizedCost" in found.advice) == ("setting", True)


def test_a_wrong_export_type_is_told(folder: Folder, azure: Connect) -> None:
    put_both(folder)
    findings = azure(folder, "focus").check()
    assert any(f.subject == "export type" and "not FocusCost" in f.message for f in findings)


def test_a_month_that_waits_is_told(folder: Folder, azure: Connect) -> None:
    put_both(folder)
    put_run(folder, "daily", "actual", "2026-10", [ea_line("1", "1.5", "2026-10")])
    findings = azure(folder, "cost").check()
    assert any(f.subject == "in flight" and "amortized" in f.message for f in findings)


def test_a_run_older_than_a_day_is_stale(folder: Folder, azure: Connect) -> None:
    at = utc_now() - timedelta(days=2)
    put_run(folder, "daily", "focus", "2026-09", [focus_line("1", "1.5")], submitted_at=at)
    assert worst(azure(folder, "focus").check()).subject == "freshness"


@pytest.mark.parametrize(
    ("text", "options", "kind"),
    [
        (json.dumps(PRINCIPAL), {}, ClientSecretCredential),
        (PRINCIPAL["client_secret"], {**PRINCIPAL, "client_secret": ""}, ClientSecretCredential),
        ("?sv=2024&sig=abc", {}, AzureSasCredential),
        (json.dumps({"sas": "sv=2024&sig=abc"}), {}, AzureSasCredential),
    ],
    ids=["principal", "secret beside options", "sas", "sas in JSON"],
)
def test_a_secret_says_by_its_shape_how_to_sign_in(
    folder: Folder,
    azure: Connect,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    options: dict[str, str],
    kind: type,
) -> None:
    monkeypatch.setenv("ACME", text)
    provider = azure(
        folder, "focus", secret="env:ACME", location="https://acme.example/bills", **options
    )
    assert isinstance(connect(provider.config).credential, kind)


def test_without_a_secret_azures_own_chain_signs_in(folder: Folder, azure: Connect) -> None:
    provider = azure(folder, "focus", location="https://acme.example/bills")
    assert isinstance(connect(provider.config).credential, DefaultAzureCredential)


@pytest.mark.parametrize(
    "text", ["hidden~word", '{"client_secret": "hidden~word"}', '{"client_secret": "hidden~word"']
)
def test_an_unfit_secret_is_told_and_not_repeated(
    folder: Folder, azure: Connect, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("ACME", text)
    provider = azure(folder, "focus", secret="env:ACME", location="https://acme.example/bills")
    found = worst(provider.check())
    assert (found.subject, "CREDENTIALS_MISSING" in found.message) == ("secret", True)
    assert "hidden" not in found.message + found.advice


def test_a_secret_that_is_not_set_is_named(folder: Folder, azure: Connect) -> None:
    provider = azure(folder, "focus", secret="env:NOBODY_SET_IT", location="https://acme.example/b")
    with pytest.raises(BillError, match="NOBODY_SET_IT"):
        list(provider.deliveries())
