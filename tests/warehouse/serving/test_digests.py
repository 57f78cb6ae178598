"""A digest is computed again for exactly the months whose rows may have changed."""

import json

import duckdb
import pytest

from tests.published import lake_in
from warehouse.lake import Lake
from warehouse.publication import head
from warehouse.scope import Island
from warehouse.serving.digests import Digest, Slice, read_digests

pytestmark = pytest.mark.slow

CO, ORG = "co-x", "org-a"
COSTS, LEDGER, NAMES = "fct_costs", "fct_ledger", "dim_names"
CENTURY = "fct_century"
MADE = """
create schema lake.marts;
create table lake.marts.fct_costs
    (company_id varchar, organization_id varchar, billing_period varchar, cost decimal(38, 12));
alter table lake.marts.fct_costs set partitioned by (organization_id, billing_period);
create table lake.marts.dim_names (company_id varchar, organization_id varchar, name varchar);
create view lake.marts.fct_ledger as
    select costs.*, name from lake.marts.fct_costs as costs
    left join lake.marts.dim_names as names using (company_id, organization_id);
create view lake.marts.fct_century as
    select *, sum(cost) over (partition by organization_id) as total from lake.marts.fct_costs;
insert into lake.marts.fct_costs values
    ('co-x', 'org-a', '2026-01', 1), ('co-x', 'org-a', '2026-01', 2),
    ('co-x', 'org-a', '2026-02', 3), ('co-y', 'org-b', '2026-02', 4);
insert into lake.marts.dim_names values ('co-x', 'org-a', '한빛'), ('co-y', 'org-b', 'b');
"""
MARTS = (COSTS, LEDGER, NAMES, CENTURY)


class Watched:
    """A lake, its notes, and which months of them the last pass left alone."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.noted = lake.layout.digests

    def change(self, *statements: str) -> None:
        """Change the lake, a snapshot for each statement."""
        with self.lake.connect_writer() as connection:
            for statement in statements:
                connection.execute(statement)

    def read(self) -> dict[Slice, Digest]:
        """Do what a door does."""
        with self.lake.connect() as connection:
            found = read_digests(connection, head(connection), MARTS, self.noted)
            for mart in MARTS:
                counted = sum(its.row_count for key, its in found.items() if key.mart == mart)
                asked = f"select count(*) from lake.marts.{mart}"
                assert connection.execute(asked).fetchall() == [(counted,)], mart
            return found

    def anew(self) -> dict[Slice, Digest]:
        """Return what a first pass finds."""
        self.noted.unlink(missing_ok=True)
        return self.read()

    def spoil(self) -> None:
        """Make every noted digest a wrong one, so that whoever takes it over gives himself away."""
        told = json.loads(self.noted.read_text("utf-8"))
        for months in told.values():
            for _, rows in months.values():
                for row in rows:
                    row[4] = "noted"
        self.noted.write_text(json.dumps(told), "utf-8")

    def hashed(self) -> set[tuple[str, str]]:
        """Read again; return the months of marts that were not taken from the notes."""
        self.spoil()
        return {
            (key.mart, key.billing_period)
            for key, its in self.read().items()
            if its.value != "noted"
        }


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return lake_in(tmp_path_factory.mktemp("lake"))


@pytest.fixture
def watched(lake: Lake) -> Watched:
    found = Watched(lake)
    found.change("drop schema if exists lake.marts cascade", MADE)
    found.read()
    return found


def every_month(mart: str) -> set[tuple[str, str]]:
    return {(mart, "2026-01"), (mart, "2026-02")}


def test_a_second_door_hashes_nothing(watched: Watched) -> None:
    assert watched.hashed() == set()


def test_only_the_changed_month_is_hashed_again(watched: Watched) -> None:
    watched.change("update lake.marts.fct_costs set cost = 9 where billing_period = '2026-02'")
    # A month of the view of totals is made of every month of costs.
    assert watched.hashed() == {(COSTS, "2026-02"), (LEDGER, "2026-02"), *every_month(CENTURY)}


@pytest.mark.parametrize(
    "statement",
    [
        "update lake.marts.fct_costs set cost = 9 where cost = 1",
        "delete from lake.marts.fct_costs where cost = 1",
        "delete from lake.marts.fct_costs where organization_id = 'org-b'",
        "delete from lake.marts.fct_costs where billing_period = '2026-02'",
        "delete from lake.marts.fct_costs",
        "insert into lake.marts.fct_costs values ('co-z', 'org-z', '2026-03', 0)",
        "insert into lake.marts.fct_costs values ('co-x', 'org-a', null, 0)",
        "update lake.marts.dim_names set name = 'new' where organization_id = 'org-a'",
        "alter table lake.marts.fct_costs add column tax integer default 7",
        "create or replace view lake.marts.fct_ledger as select * from lake.marts.fct_costs",
        (
            "create or replace view lake.marts.fct_ledger as select * from lake.marts.fct_costs"
            " union all select company_id, organization_id, '2025-12', 1 from lake.marts.dim_names"
        ),
        (
            "alter table lake.marts.fct_costs reset partitioned by;"
            " insert into lake.marts.fct_costs values ('co-x', 'org-a', '2026-01', 5)"
        ),
    ],
)
def test_no_change_is_missed(watched: Watched, statement: str) -> None:
    before = watched.read()
    watched.change(statement)
    found = watched.read()
    assert found != before
    assert found == watched.anew()


def test_what_lies_in_the_catalog_is_never_taken_from_notes(watched: Watched) -> None:
    lake = watched.lake
    files = set(lake.layout.lake_data.rglob("*.parquet"))
    config = {"extension_directory": str(lake.layout.extensions)}
    for statement in (
        "insert into lake.marts.fct_costs values ('co-x', 'org-a', '2026-01', 5)",
        "delete from lake.marts.fct_costs where cost = 2",
    ):
        with duckdb.connect(config=config) as connection:
            connection.execute(f"attach 'ducklake:{lake.catalog}' as lake")
            connection.execute(statement)
        found = watched.read()
        assert found == watched.anew()
        january = Slice(COSTS, Island(CO, ORG), "2026-01")
        assert found[january].row_count == {"i": 3, "d": 2}[statement[0]]
    assert set(lake.layout.lake_data.rglob("*.parquet")) == files


def test_files_written_anew_after_a_deletion_hold_the_same_digests(watched: Watched) -> None:
    watched.change("delete from lake.marts.fct_costs where cost = 1")
    before = watched.read()
    watched.change(
        "call ducklake_rewrite_data_files('lake', 'fct_costs', schema => 'marts',"
        " delete_threshold => 0)"
    )
    assert watched.read() == before


def test_a_new_table_of_the_same_rows_leaves_the_months_that_name_it(watched: Watched) -> None:
    watched.change(
        "create or replace table lake.marts.dim_names as from lake.marts.dim_names order by all"
    )
    assert watched.hashed() == {(NAMES, ""), *every_month(CENTURY)}


def test_notes_tell_of_nobody_whose_rows_are_gone(watched: Watched) -> None:
    watched.change(
        *(f"delete from lake.marts.{mart} where company_id = 'co-y'" for mart in (COSTS, NAMES))
    )
    watched.read()
    assert "co-y" not in watched.noted.read_text("utf-8")
