"""The server misbehaves, is restarted, must forget: readers keep a whole snapshot throughout."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.warehouse.serving.postgres.conftest import SECRET, Serving, served_in
from warehouse.scope import Island
from warehouse.serving.postgres import parts
from warehouse.serving.postgres.server import PostgresError

pytestmark = pytest.mark.slow

READERS = 6
MARTS = ("fct_monthly_costs", "fct_daily_costs")
TOTALS = (
    'select (select snapshot_id from "_about"), (select sum(effective_cost) from'
    " fct_monthly_costs), (select sum(effective_cost) from fct_daily_costs)"
)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Serving]:
    """A serving database of this module's own: it is changed beyond repair."""
    with served_in(tmp_path_factory.mktemp("lake"), postgres_url) as found:
        yield found


def test_a_server_that_is_open_to_everybody_is_refused(serving: Serving) -> None:
    with psycopg.connect(serving.admin, autocommit=True) as superuser:
        superuser.execute("grant execute on function lo_create(oid) to public")
        superuser.execute("grant create on schema public to public")
        with pytest.raises(PostgresError, match=r"function lo_create.*schema public lets"):
            serving.door.sync()
        superuser.execute("revoke execute on function lo_create(oid) from public")
        superuser.execute("revoke create on schema public from public")
    assert serving.door.sync() is not None


@pytest.mark.fault("H01")
def test_readers_see_one_snapshot_or_the_next_and_no_error_while_it_is_loaded(
    serving: Serving,
) -> None:
    seen, errors, done = set[object](), list[Exception](), threading.Event()

    def read() -> None:
        try:
            with serving.asking("owner") as session:
                while not done.is_set():
                    seen.update(session.execute(TOTALS).fetchall())
        except psycopg.Error as error:
            errors.append(error)

    serving.address("owner")
    both = [f"update lake.marts.{mart} set effective_cost = " for mart in MARTS]
    serving.change(*(f"{text} 0" for text in both))
    serving.door.sync()
    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    serving.change(*(f"{text} 1" for text in both))
    serving.door.sync()
    done.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert len(seen) <= 2
    assert len({snapshot for snapshot, *_ in seen}) == len(seen)


@pytest.mark.fault("H01", "The snapshot before; the next try loads the new one")
def test_a_server_that_dies_within_the_load_shows_nothing_of_it_and_the_next_try_does(
    serving: Serving,
) -> None:
    serving.change("update lake.marts.fct_monthly_costs set effective_cost = 3")
    kill = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where usename = %s and wait_event_type = 'Lock'"
    )
    killed: list[object] = []

    def end_the_first_try() -> None:
        # It waits for the books, after everything is loaded and before the commit.
        with psycopg.connect(serving.admin) as holder, watching as superuser:
            holder.execute("lock table finhouse_store.slices in exclusive mode")
            held.set()
            while not killed and not done.is_set():
                killed.extend(superuser.execute(kill, [serving.names["loader"]]).fetchall())

    watching = psycopg.connect(serving.admin, autocommit=True)
    held, done = threading.Event(), threading.Event()
    killer = threading.Thread(target=end_the_first_try)
    killer.start()
    held.wait()
    assert serving.door.sync() is not None
    done.set()
    killer.join()
    assert killed == [(True,)]
    with serving.asking("owner") as session:
        found = session.execute("select distinct effective_cost from fct_monthly_costs").fetchall()
    assert {cost for (cost,) in found} == {3}


@pytest.mark.fault("H01", "The server's address and what to do, without its password")
def test_a_server_that_is_away_is_named_with_what_to_do(serving: Serving) -> None:
    url = "postgresql://finhouse@/gone?host=/nowhere"
    away = type(serving.door)(
        type(serving.door.server)(url), serving.door.registry, serving.door.lake
    )
    with pytest.raises(PostgresError, match=r"Readers there keep the old numbers.*postgres sync"):
        away.sync()


def test_a_deleted_organization_leaves_no_byte_in_the_tables(serving: Serving) -> None:
    island = Island(*serving.islands["neighbour"])
    word = f"{SECRET}-neighbour"
    assert holders(serving, word)
    with serving.door.lake.connect() as lake:
        marts = [name for (name,) in lake.execute(
            "select table_name from duckdb_columns() where database_name = 'lake'"
            " and column_name = 'organization_id' and schema_name = 'marts'"
            " and table_name not like 'rpt_%'"
        ).fetchall()]  # fmt: skip
    of_it = "where organization_id = $organization"
    serving.change(
        *(f"delete from lake.marts.{mart} {of_it}" for mart in marts),
        organization=island.organization_id,
    )
    with serving.asking("owner") as session:
        session.execute("begin isolation level repeatable read")
        session.execute("select count(*) from fct_monthly_costs")
        told = serving.door.forget()
        with pytest.raises(psycopg.OperationalError):
            session.execute("select count(*) from fct_monthly_costs")
    assert told["rewritten_parts"] >= len(marts)
    assert island not in serving.door.server.run(parts.slots_of)
    # What is the company's own (invoices) carries its word still; no table of the organization's.
    assert {name for name in holders(serving, word) if not name.startswith("fct_invoices")} <= {
        "fct_payments", "dim_subscriptions",
    }  # fmt: skip


def holders(serving: Serving, word: str) -> set[str]:
    """Return the marts whose files hold a word, as the disk has them."""
    with psycopg.connect(serving.admin, autocommit=True) as superuser:
        superuser.execute("checkpoint")
        [(data,)] = superuser.execute("show data_directory").fetchall()
        files = superuser.execute(
            "select relname, pg_relation_filepath(oid) from pg_class"
            " where relnamespace = 'finhouse_store'::regnamespace and relkind = 'r'"
        ).fetchall()
    return {
        name.rpartition("_")[0]
        for name, file in files
        if word.encode() in (Path(data) / file).read_bytes()
    }


def test_a_rewritten_part_shows_the_same_rows(serving: Serving) -> None:
    with serving.asking("analyst") as session:
        before = session.execute("select * from fct_monthly_costs order by 1, 3").fetchall()
    serving.change("update lake.marts.fct_monthly_costs set effective_cost = effective_cost")
    serving.door.forget()
    with psycopg.connect(serving.admin) as superuser:
        dead = superuser.execute(sql.SQL("select sum(dead_count) from finhouse_store.parts"))
        assert dead.fetchall() == [(0,)]
    with serving.asking("analyst") as session:
        assert session.execute("select * from fct_monthly_costs order by 1, 3").fetchall() == before
