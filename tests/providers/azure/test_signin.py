"""Every way to sign in to Azure ends in a container that can be read, or in words."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.providers.azure.provider import AzureProvider
from pipelines.providers.contract import ConnectionConfig, utc_now
from tests.providers.azure.azurite import Azurite, running
from tests.providers.azure.exports import Container, put_run
from tests.providers.azure.identity import SECRET, TENANT, Identities, certificate_in, identities
from tests.providers.azure.lines import focus_line

PRINCIPAL = {"tenant_id": TENANT, "client_id": "22222222-2222-2222-2222-222222222222"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_in(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def secured(
    certificate: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Azurite, Container]]:
    """An Azurite that takes tokens, with a month of a bill."""
    with running(tmp_path_factory.mktemp("azurite") / "azurite.log", certificate) as server:
        container = Container(server.service.create_container("bills"))
        rows = [focus_line("000000000042", "1.5")]
        put_run(container, "daily", "focus", "2026-09", rows, submitted_at=utc_now())
        yield server, container


def connected(secured: tuple[Azurite, Container], secret: str, **more: str) -> AzureProvider:
    server, container = secured
    options = {"endpoint_url": server.endpoint, **more}
    return AzureProvider(
        ConnectionConfig("acme", "azure", container.location, "daily", "focus", options, secret)
    )


@pytest.fixture
def served(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Identities]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with identities(certificate) as tokens:
        yield tokens


@pytest.fixture
def by_machine(
    served: Identities,
    secured: tuple[Azurite, Container],
    monkeypatch: pytest.MonkeyPatch,
) -> AzureProvider:
    """Sign in as a machine of App Service does."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{served.endpoint}/machine")
    monkeypatch.setenv("IDENTITY_HEADER", "header")
    return connected(secured, "chain")


@pytest.fixture
def by_principal(
    served: Identities, secured: tuple[Azurite, Container]
) -> Callable[[str], AzureProvider]:
    """Sign in as a service principal of a tenant, with a client secret."""
    return lambda secret: connected(secured, secret, authority_host=served.endpoint)


def test_a_managed_identity_signs_in(by_machine: AzureProvider, served: Identities) -> None:
    assert [f for f in by_machine.check() if not f.ok] == []
    assert "storage.azure.com" in served.asked[0]


def test_a_service_principal_signs_in_at_its_own_authority(
    by_principal: Callable[[str], AzureProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME", json.dumps(PRINCIPAL | {"client_secret": SECRET}))
    assert [f for f in by_principal("env:ACME").check() if not f.ok] == []


def test_a_service_principal_with_a_wrong_secret_is_told_and_not_repeated(
    by_principal: Callable[[str], AzureProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME", json.dumps(PRINCIPAL | {"client_secret": "hidden~word"}))
    [found] = by_principal("env:ACME").check()
    assert "CREDENTIALS_REFUSED" in found.message
    assert "hidden" not in found.message + found.advice
