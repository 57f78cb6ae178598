"""Publishing for readers who do not open the lake: what the models describe, in files."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from jinja2 import Environment

from pipelines.house import House
from pipelines.settings import DBT_PROJECT
from warehouse.serving.contents import Description
from warehouse.serving.organization_files import Published, publish_files

WORD: Final = re.compile(r"{% docs (\w+) %}(.*?){% enddocs %}", re.DOTALL)


def serve(house: House) -> Published | None:
    """Bring the published files to what readers see of the lake; None before there is anything.

    Raises LakeBusyError while another process loads: it serves what it publishes.
    """
    with house.lake.writing():
        return publish_files(house.registry, house.lake, descriptions())


@cache
def descriptions() -> dict[str, Description]:
    """Return what the models' yml say of every table and column, its shared words spelled out."""
    words = dict(match for path in _files(".md") for match in WORD.findall(path.read_text("utf-8")))
    found = {}
    for path in _files(".yml"):
        # In C: every refresh reads them, and Python takes seconds.
        text = path.read_text("utf-8")
        for model in yaml.load(text, Loader=yaml.CSafeLoader).get("models", []):
            columns = {each["name"]: each["description"] for each in model.get("columns", [])}
            found[model["name"]] = Description(
                _spelled(model["description"], words),
                {name: _spelled(said, words) for name, said in columns.items()},
            )
    return found


def _files(suffix: str) -> list[Path]:
    return sorted((DBT_PROJECT / "models").rglob(f"*{suffix}"))


def _spelled(said: str, words: dict[str, str]) -> str:
    text = Environment(autoescape=False).from_string(said).render(doc=words.__getitem__)  # noqa: S701
    return " ".join(text.split())
