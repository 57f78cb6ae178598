"""The marts behind PostgreSQL: exact, cut to the reader, changed at one instant."""

import subprocess
from decimal import Decimal

import psycopg
import pytest
from psycopg import sql

from pipelines.serving import descriptions
from tests.postgres import postgres_programs
from tests.warehouse.serving.postgres.conftest import Serving
from warehouse.registry.scopes import owned_by, scope_of
from warehouse.scope import COMPANY_MARTS, MENU_OF
from warehouse.serving.postgres.comments import ABOUT_DESCRIBED

pytestmark = pytest.mark.slow

EXACT = Decimal("12345678901234567890.123456789012")


def test_a_member_reads_by_psql_what_his_organization_has(serving: Serving) -> None:
    programs = postgres_programs()
    assert programs is not None
    asked = "select distinct organization_id from fct_monthly_costs"
    done = subprocess.run(
        [
            *(programs / "psql", "-X", "-A", "-t", serving.address("analyst"), "-c", asked),
            *("-c", r"\d fct_monthly_costs", "-c", r"\dn", "-c", r"\dv *.*costs"),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.startswith(serving.islands["mine"][1] + "\n")


def test_decimals_maps_and_instants_arrive_exactly(serving: Serving) -> None:
    with serving.asking("owner") as session:
        found = session.execute(
            "select allocated_cost, allocated_tags from fct_daily_split_costs"
            " where resource_id = 'mine' and allocated_cost is not null"
        ).fetchall()
        [(published,)] = session.execute('select published_at from "_about"').fetchall()
    assert found == [(EXACT, {"팀": "결제�\n", 'a"b\\': "\\u0000"})]
    assert published.isoformat() == "2026-10-04T06:30:00+00:00"


@pytest.mark.parametrize("name", ["owner", "analyst", "reader", "stranger"])
def test_every_mart_has_exactly_the_rows_that_the_lake_shows_the_member(
    serving: Serving, name: str
) -> None:
    registry = serving.door.registry
    caller = registry.members.caller(serving.emails[name])
    acting = registry.acting_as(caller)
    with serving.door.lake.connect() as lake, serving.asking(name) as session:
        for mart in sorted(MENU_OF.keys() | COMPANY_MARTS):
            scope = owned_by(acting) if mart in COMPANY_MARTS else scope_of(acting, MENU_OF[mart])
            cut = scope.relation(mart)
            rows = lake.execute(
                f"select company_id, count(*) from {cut.sql} group by 1", cut.values
            )
            expected = dict(rows.fetchall())
            try:
                query = sql.SQL("select company_id, count(*) from {} group by 1")
                found = dict(session.execute(query.format(sql.Identifier(mart))).fetchall())
            except psycopg.errors.UndefinedTable:
                found = {}
            assert found == expected, mart


def test_every_mart_and_column_says_what_it_means(serving: Serving) -> None:
    silent = (
        "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relkind = 'v' and c.relname ~ '^(fct|dim|rpt|_about)' and a.attnum > 0"
        " and concat(obj_description(c.oid, 'pg_class') || col_description(c.oid, a.attnum)) = ''"
    )
    with serving.asking("analyst") as session:
        assert session.execute(silent).fetchall() == []


def test_comments_tell_everybody_what_the_models_say_and_nothing_else(serving: Serving) -> None:
    everything = [*descriptions().values(), ABOUT_DESCRIBED]
    said = {text for each in everything for text in (each.table, *each.columns.values())}
    with serving.asking("nobody") as session:
        found = session.execute("select description from pg_description where objoid > 16384")
        assert {text for (text,) in found.fetchall()} <= said


def test_a_member_without_an_organization_sees_no_mart(serving: Serving) -> None:
    with serving.asking("nobody") as session:
        found = session.execute(
            "select table_name from information_schema.tables"
            " where table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        with pytest.raises(psycopg.errors.UndefinedTable):
            session.execute("select * from fct_monthly_costs")
    assert found == [("_about",)]


def test_a_closed_menu_looks_like_one_that_does_not_exist(serving: Serving) -> None:
    with serving.asking("reader") as session:
        for name in ("dim_members", "dim_memberz"):
            with pytest.raises(
                psycopg.errors.UndefinedTable, match=f'relation "{name}" does not exist'
            ):
                session.execute(sql.SQL("explain select * from {}").format(sql.Identifier(name)))


def test_only_what_changed_is_loaded_again_and_an_open_view_keeps_the_old(
    serving: Serving,
) -> None:
    total = "select sum(effective_cost) from fct_monthly_costs"
    month = "where organization_id = $organization and billing_period = '2026-09'"
    with serving.asking("stranger") as session:
        session.execute("begin isolation level repeatable read")
        [(old,)] = session.execute(total).fetchall()
        serving.change(
            f"update lake.marts.fct_monthly_costs set effective_cost = 7 {month}",
            organization=serving.foreign,
        )
        loaded = serving.door.sync()
        assert session.execute(total).fetchall() == [(old,)]
        session.execute("commit")
        [(new,)] = session.execute(total).fetchall()
    assert loaded is not None
    # The month of the mart, and of the three reports that are made of it.
    assert loaded.slices == 4
    assert old - new == 30 * (1000 - 7) - 7
    unchanged = serving.door.sync()
    assert unchanged is not None
    assert (unchanged.slices, unchanged.rows, unchanged.deleted) == (0, 0, 0)


def test_estimates_and_catalogs_say_nothing_of_how_much_the_others_have(serving: Serving) -> None:
    asked = [
        "explain select * from fct_monthly_costs",
        f"explain select * from fct_monthly_costs where organization_id = '{serving.foreign}'",
        (
            "select relname, reltuples, relpages from pg_class"
            " where relname ~ '^(fct|dim|rpt).*_[0-9]+$' and relkind = 'r' order by 1"
        ),
        "select inhparent::regclass::text, inhseqno from pg_inherits order by 1, 2",
    ]
    with serving.asking("analyst") as session:
        before = [session.execute(text).fetchall() for text in asked]
    serving.change(
        "insert into lake.marts.fct_monthly_costs by name"
        " select costs.* from lake.marts.fct_monthly_costs as costs, range(20)"
        " where organization_id = $organization",
        organization=serving.foreign,
    )
    serving.door.sync()
    with serving.asking("analyst") as session:
        after = [session.execute(text).fetchall() for text in asked]
    assert after == before
    assert {row[1:] for row in after[2]} == {(-1.0, 0)}
