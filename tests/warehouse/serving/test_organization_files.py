"""A published file holds its owner's rows, of one snapshot; it is replaced when they change."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.house import House
from pipelines.serving import descriptions, serve
from pipelines.settings import PROJECT
from tests.published import CONTRACTS, Row, cost, house_in, publish
from warehouse.publication import head
from warehouse.registry import deliveries
from warehouse.registry.deliveries import DeliveryRecord, record
from warehouse.registry.sources import Source
from warehouse.scope import COMPANY_MARTS, REPORTS
from warehouse.serving.contents import OF_COMPANY, OF_ORGANIZATION
from warehouse.serving.organization_files import Published, published_files

pytestmark = pytest.mark.slow

OURS, THEIRS = "co-x", "co-y"
ISLANDS = [
    (OURS, "org-a"),
    (OURS, "unassigned"),
    (THEIRS, "org-a"),
    (THEIRS, "org-gone"),
    (THEIRS, "unassigned"),
]
"""Two companies whose organizations, accounts and tags are called the same."""
NUMBERS = count(100)

AT = datetime(2026, 10, 3, 5, tzinfo=UTC)
KILLED = """
import os, signal, sys
from pipelines.house import House
from pipelines.serving import serve
from pipelines.settings import settings

renamed = []

def die_at_the_second_file(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith(".duckdb"):
        renamed.append(arguments)
        if len(renamed) == 2:
            os.kill(os.getpid(), signal.SIGKILL)

house = House.open(settings())
sys.addaudithook(die_at_the_second_file)
serve(house)
"""


def everybodys() -> dict[str, list[Row]]:
    """Rows of every mart for everybody: costs that differ, all else the same."""
    rows: dict[str, list[Row]] = {
        mart: [{"company_id": company} for company in (OURS, THEIRS)]
        if mart in COMPANY_MARTS
        else [{"company_id": company, "organization_id": each} for company, each in ISLANDS]
        for mart in CONTRACTS
    }
    return rows | {
        "fct_monthly_costs": [
            cost(str(number), company_id=company, organization_id=each)
            for number, (company, each) in enumerate(ISLANDS)
        ],
        "fct_daily_costs": [
            {
                "company_id": company,
                "organization_id": each,
                "connection_id": f"con-{company}",
                "billing_currency": "KRW",
                "reporting_currency": "USD",
            }
            for company, each in ISLANDS
        ],
    }


def change(house: House, statement: str) -> int:
    """Change rows of the lake and publish it; return the snapshot."""
    with house.lake.connect_writer() as connection:
        connection.execute(statement)
        snapshot_id = head(connection)
    deliveries.publish(house.registry, [], snapshot_id, AT)
    return snapshot_id


def change_cost(house: House, company: str, each: str, amount: int | None = None) -> int:
    """Give an organization a cost, by default one it never had, and return that."""
    amount = next(NUMBERS) if amount is None else amount
    change(
        house,
        f"update lake.marts.fct_monthly_costs set effective_cost = {amount}"
        f" where company_id = '{company}' and organization_id = '{each}'",
    )
    return amount


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Everybody's marts are published, and the files of them."""
    with house_in(tmp_path_factory.mktemp("house")) as house:
        publish(house, everybodys())
        served(house)
        yield house


def served(house: House) -> Published:
    found = serve(house)
    assert found
    return found


def names(house: House, paths: Any) -> set[str]:
    serving = house.settings.layout.serving
    return {path.relative_to(serving).with_suffix("").as_posix() for path in paths}


def ask(path: Path, question: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(question).fetchall()


def all_costs(house: House) -> dict[str, list[tuple[Any, ...]]]:
    return {
        str(path): ask(path, "select effective_cost from marts.fct_monthly_costs order by all")
        for path in published_files(house.settings.layout)
    }


def tables(path: Path) -> set[str]:
    return {name for (name,) in ask(path, "select table_name from duckdb_tables()")}


def test_every_organization_and_company_has_a_file_of_its_own(house: House) -> None:
    found = names(house, published_files(house.settings.layout))
    assert found == {OURS, THEIRS} | {f"{company}/{each}" for company, each in ISLANDS}


@pytest.mark.fault("F90")
@pytest.mark.parametrize(("company", "each"), ISLANDS)
def test_no_table_of_a_file_has_a_row_of_anybody_else(
    house: House, company: str, each: str
) -> None:
    path = house.settings.layout.organization_file(company, each)
    marts = tables(path) - {"_about"}
    assert marts == OF_ORGANIZATION & (CONTRACTS.keys() | REPORTS)
    for mart in marts:
        asked = f"select distinct company_id, organization_id from marts.{mart}"
        expected = [(company, each)]
        assert ask(path, asked) in ([expected, []] if mart in REPORTS else [expected]), mart


def test_a_companys_file_holds_all_of_it_and_its_invoices(house: House) -> None:
    path = house.settings.layout.company_file(THEIRS)
    assert tables(path) == (OF_COMPANY & (CONTRACTS.keys() | REPORTS)) | {"_about"}
    for mart in tables(path):
        whose = set(ask(path, f"select company_id from marts.{mart}"))
        assert whose == {(THEIRS,)} or (mart in REPORTS and not whose), mart
    asked = "select organization_id from marts.fct_monthly_costs order by all"
    assert ask(path, asked) == [("org-a",), ("org-gone",), ("unassigned",)]


def test_no_file_tells_who_did_what_or_who_may(house: House) -> None:
    for path in published_files(house.settings.layout):
        assert not {each for each in tables(path) if "member" in each or "history" in each}


def test_every_table_and_column_says_what_it_means(house: House) -> None:
    for path in (house.settings.layout.company_file(OURS),):
        silent = (
            "select table_name, '' from duckdb_tables() where coalesce(comment, '') = ''"
            " union all select table_name, column_name from duckdb_columns()"
            " where not internal and coalesce(comment, '') = ''"
        )
        assert ask(path, silent) == []


def test_descriptions_have_their_shared_words_spelled_out() -> None:
    assert "unassigned" in descriptions()["fct_monthly_costs"].columns["organization_id"]
    said = str(descriptions())
    assert "{{" not in said


def test_a_file_tells_what_it_is(house: House) -> None:
    registry = house.registry
    registry.companies.add("한빛", plan="standard")
    connection = registry.connections.add("main", Source("aws", "/bills", "daily", "cur2"))
    delivered = DeliveryRecord(
        *(connection.connection_id, "2026-09", "d-1", "cur2", "parquet", AT, 1, 1, "", 1),
        *({}, {}, False, (), "published", "", AT),
    )
    record(registry, delivered)
    snapshot = change(
        house,
        f"update lake.marts.fct_daily_costs set connection_id = '{connection.connection_id}'"
        f" where company_id = '{OURS}' and organization_id = 'org-a'",
    )
    served(house)

    at = AT.replace(tzinfo=None)
    path = house.settings.layout.organization_file(OURS, "org-a")
    [about] = ask(path, "select * exclude (freshness, row_counts) from marts._about")
    assert about == (OURS, "org-a", snapshot, at, ["KRW"], "USD")
    fresh = ask(path, "select unnest(freshness, recursive := true) from marts._about")
    assert fresh == [(connection.connection_id, "aws", "2026-09", at)]
    [(counts,)] = ask(path, "select row_counts from marts._about")
    marts = OF_ORGANIZATION & CONTRACTS.keys()
    assert {mart: counts[mart] for mart in marts} == dict.fromkeys(marts, 1)
    assert counts.keys() == marts | REPORTS


def test_only_what_changed_is_built_again(house: House) -> None:
    inodes = {path: path.stat().st_ino for path in published_files(house.settings.layout)}
    change(house, "update lake.marts.dim_members set email = 'nobody@example.com'")
    assert served(house).built == ()

    amount = change_cost(house, THEIRS, "org-a")
    found = served(house)
    assert names(house, found.built) == {THEIRS, f"{THEIRS}/org-a"}
    assert found.kept == len(inodes) - 2
    others = {path for path in inodes if path.stat().st_ino != inodes[path]}
    assert names(house, others) == {THEIRS, f"{THEIRS}/org-a"}
    path = house.settings.layout.organization_file(THEIRS, "org-a")
    assert ask(path, "select effective_cost from marts.fct_monthly_costs") == [(amount,)]


@pytest.mark.fault("F99")
def test_a_reader_keeps_what_he_opened(house: House) -> None:
    path = house.settings.layout.organization_file(OURS, "org-a")
    asked = "select effective_cost, snapshot_id from marts.fct_monthly_costs, marts._about"
    with duckdb.connect(str(path), read_only=True) as reader:
        before = reader.execute(asked).fetchall()
        change_cost(house, OURS, "org-a")
        served(house)
        assert reader.execute(asked).fetchall() == before
    assert ask(path, asked) != before


@pytest.mark.fault("F03", "The old file, whole; the next run replaces it")
def test_a_kill_leaves_whole_files_and_the_next_run_finishes(house: House) -> None:
    amount = change_cost(house, OURS, "org-a")
    served(house)
    before = all_costs(house)
    change_cost(house, OURS, "org-a")
    environment = os.environ | {"FINHOUSE_DATA_DIR": str(house.settings.data_dir)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=PROJECT, env=environment, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    between = all_costs(house)
    assert {path for path in before if between[path] != before[path]} == {
        str(house.settings.layout.company_file(OURS))
    }

    # The rows are the old ones again: what was built meanwhile must not stay.
    change_cost(house, OURS, "org-a", amount)
    assert names(house, served(house).built) == {OURS, f"{OURS}/org-a"}
    assert not house.settings.layout.building.exists()
    assert all_costs(house) == before


def test_a_file_goes_with_its_organization_and_leaves_its_companys(house: House) -> None:
    for mart in OF_ORGANIZATION & CONTRACTS.keys():
        change(house, f"delete from lake.marts.{mart} where organization_id = 'org-gone'")
    found = served(house)
    assert (found.removed, names(house, found.built)) == (1, {THEIRS})
    layout = house.settings.layout
    assert not layout.organization_file(THEIRS, "org-gone").exists()
    asked = "select organization_id from marts.fct_monthly_costs order by all"
    assert ask(layout.company_file(THEIRS), asked) == [("org-a",), ("unassigned",)]


@pytest.mark.parametrize("identifier", ["../../etc/passwd", "a/b", "", ".", "Ü", "a'b", "x" * 64])
def test_an_id_never_leads_out_of_the_folder(house: House, identifier: str) -> None:
    layout = house.settings.layout
    with pytest.raises(ValueError, match="cannot name a file"):
        layout.organization_file(OURS, identifier)
    with pytest.raises(ValueError, match="cannot name a file"):
        layout.company_file(identifier)
