"""A real Blob Storage on loopback, and exports in it."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from pipelines.providers.azure.provider import AzureProvider
from pipelines.providers.contract import ConnectionConfig
from tests.providers.azure.azurite import Azurite, running
from tests.providers.azure.exports import Container, Folder

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    with running(tmp_path_factory.mktemp("azurite") / "azurite.log") as server:
        yield server


@pytest.fixture
def container(azurite: Azurite) -> Container:
    return Container(azurite.service.create_container(f"exports-{next(_NUMBERS)}"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "container").mkdir()
    return Folder(tmp_path / "container")


@pytest.fixture
def azure(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AzureProvider]:
    """Connect to exports: `azure(folder, "cost")`, by a SAS where they lie in Azurite."""

    def connect(exports: Container | Folder, dataset: str, **options: str) -> AzureProvider:
        reference = "chain"
        if isinstance(exports, Container):
            server: Azurite = request.getfixturevalue("azurite")
            monkeypatch.setenv("ACME_SAS", options.pop("sas", server.sas()))
            options = {"endpoint_url": server.endpoint, **options}
            reference = "env:ACME_SAS"
        if dataset == "cost":
            options = {"amortized_export": "amortized", **options}
        return AzureProvider(
            ConnectionConfig(
                connection_id="acme-azure",
                provider="azure",
                location=options.pop("location", exports.location),
                export_name=options.pop("export_name", "daily"),
                dataset=dataset,
                secret=options.pop("secret", reference),
                options=options,
            )
        )

    return connect
