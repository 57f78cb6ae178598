"""The scripts for administrators: whole, and harmless whatever was typed."""

import subprocess
from pathlib import Path

import pytest

from pipelines.providers.azure.onboarding import template as azure
from pipelines.providers.azure.signin import GRANT
from pipelines.providers.contract import BillError
from pipelines.providers.gcp.onboarding import template as gcp
from pipelines.providers.gcp.permissions import DATA_ROLE, JOB_ROLE
from pipelines.providers.onboarding import Onboarding

HOSTILE = "x'; touch pwned; $(touch pwned) `touch pwned` #한빛"
TEMPLATES = {"azure": azure, "gcp": gcp}
ASKED = {
    "azure": Onboarding(
        "https://acme.blob.core.windows.net/bills/costs", HOSTILE, {"scope": "/subscriptions/1"}
    ),
    "gcp": Onboarding("bigquery://acme-billing/exports", "", {"region": HOSTILE}),
}


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """The clouds' own commands, which write down what they were asked and know nothing yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ["az", "gcloud", "bq"]:
        tool = folder / name
        tool.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >> "{tmp_path}/asked"\n'
            'case "$*" in *" list "*|*describe*|*" show --dataset"*) exit ${FOUND:-0};; esac\n'
            "echo made\n",
            "utf-8",
        )
        tool.chmod(0o755)
    return folder


@pytest.mark.parametrize("cloud", TEMPLATES)
def test_a_script_runs_to_its_end_and_grants_the_roles_that_refusals_name(
    cloud: str, tools: Path, tmp_path: Path
) -> None:
    script = TEMPLATES[cloud](ASKED[cloud])
    done = subprocess.run(
        ["bash", "-s"],  # noqa: S607
        input=script,
        env={"PATH": f"{tools}:/usr/bin:/bin", "FOUND": "1" if cloud == "gcp" else "0"},
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "pwned").exists()
    assert "finhouse connection add" in done.stdout
    asked = (tmp_path / "asked").read_text("utf-8")
    roles = {"azure": [GRANT.split(" on ")[0].removeprefix("Grant the role ")]}
    for role in roles.get(cloud, [DATA_ROLE, JOB_ROLE]):
        assert role in asked
    assert HOSTILE in asked


@pytest.mark.parametrize("cloud", TEMPLATES)
def test_a_script_that_was_told_nothing_says_what_to_write(
    cloud: str, tools: Path, tmp_path: Path
) -> None:
    script = tmp_path / "script.sh"
    script.write_text(TEMPLATES[cloud](Onboarding()), "utf-8")
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0  # noqa: S607
    done = subprocess.run(
        ["bash", script],  # noqa: S607
        env={"PATH": f"{tools}:/usr/bin:/bin"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Write the" in done.stderr
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("cloud", TEMPLATES)
def test_permissions_to_buy_are_refused_where_there_are_none(cloud: str) -> None:
    with pytest.raises(BillError, match="OPTION"):
        TEMPLATES[cloud](Onboarding(with_purchases=True))
