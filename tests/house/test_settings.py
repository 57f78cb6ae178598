"""The environment is read in one place, and every knob is documented."""

import ast
import re
from pathlib import Path

import pytest

from pipelines.settings import PROJECT, Settings

EXAMPLE = (PROJECT / ".env.example").read_text("utf-8")
SHOWN = dict(re.findall(r"^# (FINHOUSE_\w+)=(.*)$", EXAMPLE, re.MULTILINE))


def is_environment(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in {"environ", "environb"}


def is_read(node: ast.AST) -> bool:
    """Handing the environment on to a child is not reading it; asking it for a name is."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value="PATH")):
            return False  # read to be handed on, longer by our own tools
        case ast.Subscript(value=value, ctx=ast.Load()):
            return is_environment(value)
        case ast.Attribute(value=value, attr=attr):
            asks = attr in {"get", "pop", "setdefault", "items", "keys", "values"}
            return (asks and is_environment(value)) or attr in {"getenv", "getenvb"}
        case ast.Compare(comparators=others):
            return any(is_environment(other) for other in others)
        case ast.ImportFrom(module=module, names=names):
            named = {each.name for each in names}
            return module == "dotenv" or (module == "os" and bool(named & {"environ", "getenv"}))
    return False


def reads_of_the_environment(source: str) -> list[int]:
    return [getattr(node, "lineno", 0) for node in ast.walk(ast.parse(source)) if is_read(node)]


@pytest.mark.parametrize(
    "source",
    [
        "os.environ['A']",
        "os.environ.get('A')",
        "os.getenv('A')",
        "'A' in os.environ",
        "from os import environ",
        "from dotenv import load_dotenv",
    ],
)
def test_a_read_of_the_environment_is_seen(source: str) -> None:
    assert reads_of_the_environment(source) == [1]


def test_only_settings_reads_the_environment(python_files: list[Path]) -> None:
    others = [path for path in python_files if path != PROJECT / "pipelines" / "settings.py"]
    assert [
        f"{path.relative_to(PROJECT)}:{line}"
        for path in others
        for line in reads_of_the_environment(path.read_text("utf-8"))
    ] == []


def test_the_example_shows_every_setting_and_no_other() -> None:
    assert [*SHOWN] == [f"FINHOUSE_{field.upper()}" for field in Settings.model_fields]


def test_the_example_describes_each_setting_in_the_settings_own_words() -> None:
    text = " ".join(line.removeprefix("#").strip() for line in EXAMPLE.splitlines())
    missing = [
        name
        for name, field in Settings.model_fields.items()
        if not field.description or field.description not in text
    ]
    assert missing == []


def test_the_examples_values_are_valid_and_are_the_defaults_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(PROJECT)
    for name, value in SHOWN.items():
        monkeypatch.setenv(name, value)
    as_shown = Settings().model_dump() | {"data_dir": Settings().layout.root}
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert {
        name: as_shown[name]
        for name, default in defaults.items()
        if default is not None and as_shown[name] != default
    } == {}
