"""What may stand in a file, and how long it may be."""

import re
from pathlib import Path

import yaml

from pipelines.settings import PROJECT

# Spelled so that this file does not break its own law.
REGISTRY_HOST = re.compile(
    r"(?:pythonhosted\.org|pypi\.org|registry\.npmjs\.org|(?:deb|security)\.debian\.org)"
)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:wor[k]|far[m]|roo[t]|User[s])/")
UNFINISHED = re.compile(r"\b(?:T[O]DO|FIX[M]E|X[X]X)\b|raise NotImplemented[E]rror|mark\.x[f]ail")

LARGEST_FILE = 1_000_000
LONGEST = {"py": 300, "sql": 100}
LONGER: dict[str, int] = {}
"""Files longer than that, with the lines they may have. Entries shrink and go; none is added."""


def test_no_file_names_a_registry_host_a_path_of_one_machine_or_unfinished_work(
    house_files: list[Path],
) -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()[:100]}"
        for path in house_files
        if path.suffix != ".png"
        for number, line in enumerate(path.read_text("utf-8", errors="ignore").splitlines(), 1)
        if REGISTRY_HOST.search(line) or MACHINE_PATH.search(line) or UNFINISHED.search(line)
    ]
    assert found == []


def test_modules_and_models_stay_short_enough_to_read(
    python_files: list[Path], model_files: list[Path]
) -> None:
    lengths = {
        path.relative_to(PROJECT).as_posix(): (
            len(path.read_text("utf-8").splitlines()),
            LONGEST[path.suffix.removeprefix(".")],
        )
        for path in [*python_files, *model_files]
    }
    longer = {file: lines for file, (lines, limit) in lengths.items() if lines > limit}
    assert {f: n for f, n in longer.items() if n > LONGER.get(f, 0)} == {}
    assert set(LONGER) <= set(longer), "shorter now: take it off the list"


def test_no_file_is_large(house_files: list[Path]) -> None:
    assert [path for path in house_files if path.stat().st_size > LARGEST_FILE] == []


def test_no_tool_tells_its_maker_that_it_ran() -> None:
    dbt = yaml.safe_load((PROJECT / "dbt_project" / "dbt_project.yml").read_text("utf-8"))
    dagster = yaml.safe_load((PROJECT / "dagster.yaml").read_text("utf-8"))
    assert dbt["flags"]["send_anonymous_usage_stats"] is False
    assert dagster["telemetry"]["enabled"] is False
