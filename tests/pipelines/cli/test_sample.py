"""`finhouse sample` at the terminal and in the registry."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.main import app
from pipelines.settings import settings
from warehouse.registry.store import Registry, open_registry

pytestmark = pytest.mark.slow

SMALL = ("--rows", "1", "--months", "1", "--exports", "cur-overwrite,cur2-parquet")
MONTH = ("--until", "2026-09", "--as-of", "2026-09-03T06:00:00")
Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def command(*words: str) -> Result:
        return CliRunner().invoke(app, ["sample", *SMALL, *MONTH, *words])

    return command


def registry() -> Registry:
    return open_registry(settings().registry)


def registered() -> dict[str, Any]:
    house = registry()
    return {
        "companies": [each.name for each in house.companies.list()],
        "organizations": [each.name for each in house.organizations.list()],
        "accounts": {each.name: each.organization_name for each in house.accounts.list()},
        "connections": {each.name: each.location for each in house.connections.list()},
    }


def test_the_sample_company_is_registered_with_all_accounts_but_one(run: Run) -> None:
    assert run().exit_code == 0
    house = registered()
    assert house["companies"] == ["한빛상사 Hanbit Trading"]
    assert len(house["organizations"]) == 6
    assert house["accounts"]["hanbit-payer"] == "Platform"
    assert len(house["accounts"]) == 2 * (1 + 4)
    assert "sandbox-poc" not in house["accounts"]
    bucket = settings().layout.sample / "hanbit-billing"
    assert house["connections"] == {
        "sample cur-overwrite": str(bucket / "cur-overwrite"),
        "sample cur2-parquet": str(bucket / "cur2-parquet"),
    }


def test_every_cloud_has_its_connections_and_accounts(run: Run) -> None:
    assert run("--exports", "azure-ea,gcp-legacy").exit_code == 0
    connections = {each.name: each for each in registry().connections.list()}
    assert connections["sample azure-ea"].provider == "azure"
    assert connections["sample azure-ea"].options == {"amortized_export": "hanbit-amortized"}
    assert connections["sample gcp-legacy"].provider == "gcp"
    accounts = {each.name: each.provider for each in registry().accounts.list()}
    assert accounts["hanbit-azure-commerce-prod"] == "azure"
    assert accounts["hanbit-apac-게임서버"] == accounts["hanbit-apac"] == "gcp"


def test_repeating_the_command_registers_nothing_twice(run: Run) -> None:
    run()
    before = registered(), registry().companies.history()
    assert run("--stage", "restated").exit_code == 0
    assert (registered(), registry().companies.history()) == before


def test_what_an_operator_changed_stays(run: Run) -> None:
    run()
    registry().accounts.move("hanbit-payer", "Media")
    assert run().exit_code == 0
    assert registered()["accounts"]["hanbit-payer"] == "Media"


def test_bills_for_another_folder_register_nothing(run: Run, tmp_path: Path) -> None:
    result = run("--folder", str(tmp_path / "bills"), "--json")
    assert result.exit_code == 0
    assert registry().companies.list() == ()
    said = json.loads(result.stdout)
    assert [each["export"] for each in said] == ["cur2-parquet", "cur-overwrite"]
    for each in said:
        location = Path(each["location"])
        assert location.is_relative_to(tmp_path)
        assert list(location.rglob("*-Manifest.json"))
        assert each["rows"] > 0


def test_a_connection_that_reads_another_place_is_not_silently_kept(run: Run) -> None:
    run()
    first = settings().layout.sample
    renamed = first.with_name("elsewhere")
    result = _written_to(renamed, run)
    assert result.exit_code == 1
    assert "finhouse connection rename" in result.stderr


def _written_to(folder: Path, run: Run) -> Result:
    """Run with another data folder but the same registry."""
    url = settings().registry
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINHOUSE_REGISTRY_URL", url)
        patch.setenv("FINHOUSE_DATA_DIR", str(folder))
        settings.cache_clear()
        return run()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--until", "2026-13"), "month must be in 1..12"),
        (("--until", "September"), "YYYY-MM"),
        (("--until", "2026-10"), "Nothing of 2026-10 is billed yet"),
        (("--exports", "azure"), "No export is called azure"),
        (("--organizations", "11"), "1 to 10 organizations"),
        (("--stage", "second"), "'second' is not one of"),
    ],
)
def test_an_impossible_wish_is_refused_in_words_before_anything_is_written(
    run: Run, words: tuple[str, ...], told: str
) -> None:
    result = run(*words)
    assert result.exit_code != 0
    assert told in result.stderr
    assert not settings().layout.sample.exists()
