"""Paths under the data folder are built in one place."""

import ast
from pathlib import Path

from pipelines.settings import PROJECT
from warehouse.layout import Holder, Layout

ROOT = Path("root")
PROGRAMS = {"dagster", "dbt"}
"""Folders that are called like a program, which code finds beside the interpreter."""


def folder_names() -> set[str]:
    """The first name below the root of everything the layout knows."""
    layout = Layout(ROOT)
    paths = [getattr(layout, name) for name, value in vars(Layout).items() if _is_property(value)]
    paths.append(layout.extract(Holder("company"), "2026-01", "file"))
    return {path.relative_to(ROOT).parts[0] for path in paths if path != ROOT}


def _is_property(value: object) -> bool:
    return isinstance(value, property)


def joined_names(module: Path) -> list[tuple[str, int]]:
    """First names of literals joined to a path with `/`."""
    return [
        (node.right.value.partition("/")[0], node.lineno)
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and isinstance(node.right, ast.Constant)
        and isinstance(node.right.value, str)
    ]


def test_the_layout_knows_the_rooms_of_the_data_folder() -> None:
    assert {"landing", "lake", "extracts", "registry.sqlite"} <= folder_names()


def test_only_the_layout_joins_the_data_folders_names(python_files: list[Path]) -> None:
    names = folder_names() - PROGRAMS
    others = [path for path in python_files if path != PROJECT / "warehouse" / "layout.py"]
    assert [
        f"{path.relative_to(PROJECT)}:{line}: {joined!r}"
        for path in others
        for joined, line in joined_names(path)
        if joined in names
    ] == []
