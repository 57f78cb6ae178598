"""What becomes of the deliveries a connection announces."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.collecting import LANDED, SUPERSEDED, collect
from pipelines.house import House
from pipelines.settings import settings
from tests.providers.aws.deliveries import NOON, Folder, put_cur2
from tests.providers.aws.lines import cur_line
from warehouse.registry import Source, deliveries


@pytest.mark.fault("F45", "`superseded`: the newer one stays served")
def test_f45_an_older_delivery_that_arrives_late_is_recorded_and_left_aside(tmp_path: Path) -> None:
    house = House.open(settings())
    house.registry.companies.add("한빛")
    bills = Folder(tmp_path)
    house.registry.connections.add("main", Source("aws", bills.location, "daily", "cur2"))
    [config] = house.connections("MAIN")
    statuses = []
    for at in (NOON, NOON - timedelta(days=1)):
        put_cur2(bills, "daily", "2026-09", [cur_line("2", at.day)], submitted_at=at)
        statuses += [outcome.status for outcome in collect(house, config)]
    assert statuses == [LANDED, SUPERSEDED]
    [waiting] = deliveries.pending(house.registry)
    assert waiting.submitted_at == NOON
