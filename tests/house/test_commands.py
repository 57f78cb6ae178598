"""A command that nobody can find out about does not exist."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup

from pipelines.cli.main import app
from pipelines.settings import PROJECT

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
DOCS = "\n".join(page.read_text("utf-8") for page in PAGES)
TARGETS = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))


def leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from leaves(child, f"{path} {name}")
    elif not command.hidden:
        yield path, command


COMMANDS = dict(leaves(typer.main.get_command(app), "finhouse"))


def test_the_walk_finds_commands_and_the_commands_of_nouns() -> None:
    assert {"finhouse refresh", "finhouse connection check"} <= set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS)
def test_a_commands_help_shows_an_example_of_it(path: str) -> None:
    command = COMMANDS[path]
    assert path in f"{command.help}\n{command.epilog}"


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_stands_in_the_documentation(path: str) -> None:
    assert re.search(rf"\b{re.escape(path)}\b", DOCS)


def test_the_documentation_names_no_command_that_is_not_there() -> None:
    groups = {path.rpartition(" ")[0] for path in COMMANDS}
    named = set(re.findall(r"\bfinhouse(?: [a-z][a-z-]+){1,2}", DOCS))
    unknown = {
        text
        for text in named
        if not any(text == known or text.startswith(f"{known} ") for known in COMMANDS)
        and text not in groups
    }
    assert unknown == set()


def test_the_documentation_names_no_make_target_that_is_not_there() -> None:
    named = set(re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", DOCS, re.MULTILINE))
    assert {first or second for first, second in named} <= TARGETS
