"""Borders between providers, for every provider there is and will be."""

import grimp
import pytest

from pipelines.settings import PROJECT

PROVIDERS = "pipelines.providers"
SHARED = {f"{PROVIDERS}.{name}" for name in ("contract", "documents", "reading", "store")} | {
    "pipelines.settings"
}
FOLDERS = sorted(
    path.parent.name for path in (PROJECT / "pipelines/providers").glob("*/__init__.py")
)


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("pipelines", include_external_packages=True, cache_dir=None)


def test_aws_and_azure_are_providers() -> None:
    assert {"aws", "azure"} <= set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_the_registry_names_a_provider(imports: grimp.ImportGraph, folder: str) -> None:
    package = f"{PROVIDERS}.{folder}"
    own = {package} | imports.find_descendants(package)
    importers = {by for module in own for by in imports.find_modules_that_directly_import(module)}
    assert importers - own <= {f"{PROVIDERS}.registry"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_provider_knows_what_all_share_and_where_secrets_are_and_no_more_of_the_pipelines(
    imports: grimp.ImportGraph, folder: str
) -> None:
    package = f"{PROVIDERS}.{folder}"
    own = {package} | imports.find_descendants(package)
    known = {to for module in own for to in imports.find_modules_directly_imported_by(module)}
    inside = {module for module in known if module.partition(".")[0] == "pipelines"}
    assert inside - own <= SHARED
