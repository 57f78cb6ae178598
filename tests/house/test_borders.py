"""Borders between providers, for every provider there is and will be."""

import re
from pathlib import Path

import grimp
import pytest
import yaml

from pipelines.settings import PROJECT

PROVIDERS = "pipelines.providers"
SHARED = (
    *("checkup", "contract", "columns", "documents", "inspection", "listing", "onboarding"),
    *(
        "decimals",
        "outbox",
        "pacing",
        "purchasing",
        "reading",
        "sample",
        "sample_bills",
        "store",
        "unreadable",
    ),
)
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
    assert inside - own <= {f"{PROVIDERS}.{shared}" for shared in SHARED} | {"pipelines.settings"}


def test_a_provider_touches_one_line_and_one_word_outside_its_folders(
    house_files: list[Path],
) -> None:
    named = re.compile(r"providers\.focus|stg_focus__|staging[./]focus|FocusProvider\(")
    rooms = ("pipelines", "warehouse", "quality", "dbt_project")
    mentions = {
        path.relative_to(PROJECT).as_posix(): path.read_text("utf-8").splitlines()
        for path in house_files
        if path.relative_to(PROJECT).parts[0] in rooms and path.parent.name != "focus"
    }
    assert [file for file, lines in mentions.items() if any(map(named.search, lines))] == [
        "pipelines/providers/registry.py"
    ]
    registered = mentions["pipelines/providers/registry.py"]
    assert sum("focus" in line and "import" not in line for line in registered) == 1
    settings = yaml.safe_load((PROJECT / "dbt_project/dbt_project.yml").read_text("utf-8"))
    assert settings["vars"]["providers"].count("focus") == 1
