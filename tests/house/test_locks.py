"""What is installed is exactly what was reviewed."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipelines.settings import PROJECT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w, -]+\])?==(?P<version>\S+)(?P<rest>.*)$")


def pins(lock: str) -> dict[str, str]:
    lines = (PROJECT / lock).read_text("utf-8").splitlines()
    found = (PINNED.match(line) for line in lines)
    return {canonicalize_name(pin["name"]): pin["version"] for pin in found if pin}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_and_hashes_and_names_no_place(lock: str) -> None:
    lines = (PROJECT / lock).read_text("utf-8").splitlines()
    strange = [
        line
        for line in lines
        if not PINNED.match(line) and not re.match(r"^ *#|^    --hash=sha256:[0-9a-f]{64}", line)
    ]
    assert strange == []
    assert not [line for line in lines if "://" in line]


def test_both_locks_agree_on_every_version() -> None:
    house, development = (pins(lock) for lock in LOCKS)
    assert house.items() <= development.items()


def test_the_lock_satisfies_what_the_project_asks_for() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [Requirement(each) for each in project["dependencies"]]
    locked = pins("requirements.lock")
    assert [
        str(requirement)
        for requirement in asked
        if not requirement.specifier.contains(
            locked.get(canonicalize_name(requirement.name), "0.dev0"), prereleases=False
        )
    ] == []
