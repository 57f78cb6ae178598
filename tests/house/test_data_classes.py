"""Whatever the house writes has a data class, so that a retention rule finds it."""

from pathlib import Path

from pipelines.models import data_classes
from warehouse import layout
from warehouse.layout import BY_TABLE, Layout
from warehouse.registry.classes import DATA_CLASSES as REGISTRY_CLASSES
from warehouse.registry.store import Registry
from warehouse.registry.tables import METADATA
from warehouse.retention.policy import load_policy

KNOWN = load_policy().data_classes


def test_every_table_of_the_lake_has_a_class_that_a_rule_covers(model_files: list[Path]) -> None:
    in_lake = {
        path.stem
        for path in model_files
        if path.parts[-3] in {"intermediate", "marts"}
        and 'database="memory"' not in path.read_text("utf-8")
    }
    classes = data_classes()
    assert in_lake
    assert in_lake - classes.keys() == set()
    assert {name: each for name, each in classes.items() if each not in KNOWN} == {}


def test_every_table_of_the_registry_has_a_class() -> None:
    assert Registry  # its modules join METADATA
    assert REGISTRY_CLASSES.keys() == METADATA.tables.keys()
    assert set(REGISTRY_CLASSES.values()) <= KNOWN


def test_every_place_in_the_data_folder_has_a_class() -> None:
    places = {name for name, value in vars(Layout).items() if isinstance(value, property)}
    assert layout.DATA_CLASSES.keys() == places | {"root"}
    assert set(layout.DATA_CLASSES.values()) <= KNOWN | {BY_TABLE}
