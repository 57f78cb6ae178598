"""A short soak, and the rehearsal: the house is lost, and comes back with the same totals."""

import shutil
from pathlib import Path

import pytest

from tests.soak.__main__ import soak
from tests.soak.story import MONTHS, Soak

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Soak:
    """A house that took a dozen deliveries and a kill, and held."""
    made = Soak(
        tmp_path_factory.mktemp("soak"), seed=12, tell=print, most_lines=8, periods=MONTHS[:1]
    )
    soak(made, deliveries=14, per_refresh=7)
    return made


def test_a_house_holds_through_random_deliveries_and_kills(story: Soak) -> None:
    assert story.counts["killed"] >= 1
    assert sum(story.counts.get(kind, 0) for kind in ("new", "restated")) >= 8
    assert story.house.ask("select count(*) > 0 from fct_daily_costs") == [(True,)]


def test_a_house_that_was_lost_goes_on_where_its_backup_ends(story: Soak, tmp_path: Path) -> None:
    house = story.house
    house.run("backup", "create")
    [made] = house.house.settings.backups.iterdir()
    kept = shutil.copytree(made, tmp_path / "kept")
    shutil.rmtree(house.root / "data")
    house.run("backup", "restore", str(kept), "--yes")
    story.check("restored")
    for _ in range(3):
        story.deliver()
    story.refresh(kill=False)
