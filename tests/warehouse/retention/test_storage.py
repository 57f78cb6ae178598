"""What is left of deleted bytes: in plain and encrypted lakes, in files and on a server."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.warehouse.retention.conftest import NOW, HouseMaker, SmallHouse
from warehouse.retention.search import search

TOMORROW = NOW + timedelta(days=1)


def deleted(house: SmallHouse) -> dict[str, dict[str, object]]:
    """Delete the first organization and every month that is due; return rule -> certificate."""
    house.registry.deletions.request(house.organizations[0], company=house.company_id, reason="x")
    written = [json.loads(link.document) for link in house.engine.run(TOMORROW)]
    return {each["rule"]: each for each in written}


def left(house: SmallHouse) -> set[str]:
    words = {word for each in house.organizations for word in house.words(each)}
    return set(search(house.lake, house.registry, words).words)


def test_a_file_of_an_encrypted_lake_says_nothing_without_its_key(
    small_house: HouseMaker, tmp_path: Path
) -> None:
    house = small_house(encrypted=True)
    words = {word for each in house.organizations for word in house.words(each)}
    assert left(house) == words
    print(deleted(house))
    assert left(house) == {w for w in house.words(house.organizations[1]) if "2020-01" not in w}

def test_plain(small_house: HouseMaker) -> None:
    house = small_house()
    print(deleted(house))
    assert left(house) == {w for w in house.words(house.organizations[1]) if "2020-01" not in w}

def test_pg(small_house: HouseMaker, fresh_postgres_url) -> None:
    house = small_house(fresh_postgres_url)
    print(deleted(house))
    assert left(house) == {w for w in house.words(house.organizations[1]) if "2020-01" not in w}
