"""What every model owes its readers."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.settings import PROJECT
from warehouse.scope import COMPANY_MARTS, MARTS


def test_every_model_has_a_yml_of_its_own(model_files: list[Path]) -> None:
    assert model_files, "no dbt model found"
    lonely = [path for path in model_files if not path.with_suffix(".yml").is_file()]
    assert [path.relative_to(PROJECT).as_posix() for path in lonely] == []


def test_a_models_yml_describes_that_model_alone(model_files: list[Path]) -> None:
    described = {
        path.stem: [
            model["name"]
            for model in yaml.safe_load(path.with_suffix(".yml").read_text("utf-8"))["models"]
        ]
        for path in model_files
        if path.with_suffix(".yml").is_file()
    }
    assert described == {stem: [stem] for stem in described}


def test_every_mart_starts_with_the_organization_or_the_company_it_is_cut_by(
    mart_properties: dict[str, dict[str, Any]],
) -> None:
    first = {mart: model["columns"][0]["name"] for mart, model in mart_properties.items()}
    assert first
    assert first == dict.fromkeys(MARTS, "organization_id") | dict.fromkeys(
        COMPANY_MARTS, "company_id"
    )


def test_every_mart_column_is_described(mart_properties: dict[str, dict[str, Any]]) -> None:
    assert [
        f"{mart}.{column['name']}"
        for mart, model in mart_properties.items()
        for column in model["columns"]
        if not column.get("description")
    ] == []


@pytest.mark.fault("F97", "How many rows fail, and none of them: no test keeps its rows")
def test_no_test_of_the_models_keeps_the_rows_that_failed(house_files: list[Path]) -> None:
    """Kept rows would lie in a table that retention does not know."""
    project = PROJECT / "dbt_project"
    assert [
        path.name
        for path in house_files
        if path.is_relative_to(project)
        and path.suffix in {".sql", ".yml"}
        and "store_failures" in path.read_text("utf-8")
    ] == []


@pytest.mark.fault("F61", "The same digits every time: a cost is decimal everywhere")
@pytest.mark.fault("F63", "A cost that is divided stays decimal")
@pytest.mark.fault("F65")
def test_every_cost_is_decimal_and_has_its_currency_in_the_row(model_files: list[Path]) -> None:
    properties = [
        yaml.safe_load(path.with_suffix(".yml").read_text("utf-8"))["models"][0]
        for path in model_files
        if path.with_suffix(".yml").is_file()
    ]
    columns = {model["name"]: model.get("columns", []) for model in properties}
    costs = {
        model: [column for column in each if column["name"].endswith("_cost")]
        for model, each in columns.items()
    }
    assert [
        f"{model}.{column['name']}: {column.get('data_type')}"
        for model, each in costs.items()
        for column in each
        if not str(column.get("data_type", "decimal(")).startswith("decimal(")
    ] == []
    assert [
        model
        for model, each in costs.items()
        # Finance's own views call it `currency`.
        if each and not {"billing_currency", "currency"} & {c["name"] for c in columns[model]}
    ] == []
