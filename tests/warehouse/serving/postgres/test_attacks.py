"""What somebody would try who is let in as an analyst of one organization. Nothing of it works."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from pipelines.settings import PROJECT
from tests.warehouse.serving.postgres.conftest import SECRET, Serving

CASES = PROJECT.parent / "shared" / "cases" / "attacks.csv"
OURS = (
    (
        r"\b(base|mart)\.(cost_rls|cost|v_plain|v_barrier|v_over_rls|v_guc|mv)\b",
        "fct_monthly_costs",
    ),
    (r"\bresource_id\b", "sub_account_id"),
    (r"\borg_id=8\b", "organization_id='{foreign}'"),
    (r"VALUES\(8,'x',1\)", "(organization_id) values ('{foreign}')"),
    (r"org8", "{foreign}"),
)
"""The cases' names of tables and columns -> ours."""

MINE = "select count(*), sum(effective_cost) from fct_monthly_costs"
CRAWL = "fct_monthly_costs where organization_id = '{foreign}'"
ATTEMPTS = [
    # other organizations' rows
    "select * from fct_monthly_costs where organization_id = '{foreign}' or 1 = 1",
    "select * from costs.fct_monthly_costs where true or company_id <> company_id",
    "table finhouse_store.fct_monthly_costs",
    "select * from finhouse_store.slots",
    "select * from finhouse_store.slices",
    "set search_path = finhouse_store; select * from fct_monthly_costs; select * from slots",
    "set search_path = finhouse_store, pg_catalog; select 'fct_monthly_costs'::regclass::oid",
    *(f"select * from finhouse_store.fct_monthly_costs_{slot}" for slot in range(1, 8)),
    "select query_to_xml('select * from finhouse_store.slots', true, true, '')",
    "select table_to_xml('fct_monthly_costs', true, true, '')",
    "select schema_to_xml('finhouse_store', true, true, '')",
    "select database_to_xml(true, true, '')",
    "select ts_stat('select to_tsvector(company_id) from finhouse_store.slots')",
    # switched off, or somebody else
    "set row_security = off; select * from fct_monthly_costs",
    "set role finhouse; select * from fct_monthly_costs",
    "set role {loader}; select * from fct_monthly_costs",
    "set role {stranger}; select * from fct_monthly_costs",
    *(f"set role {{loader}}_costs_{slot}; select * from fct_monthly_costs" for slot in range(1, 8)),
    "set session authorization {stranger}; select * from fct_monthly_costs",
    "set session authorization default; reset role; select * from fct_monthly_costs",
    "grant {stranger} to current_user",
    "grant {loader}_costs_2 to current_user",
    "alter role current_user superuser",
    "alter role current_user bypassrls",
    "alter role current_user createrole",
    "alter role {stranger} password 'mine now'",
    "alter table costs.fct_monthly_costs owner to current_user",
    "alter table costs.fct_monthly_costs disable row level security",
    "alter view costs.fct_monthly_costs set (security_invoker = false)",
    "create policy mine on costs.fct_monthly_costs using (true)",
    "drop view costs.fct_monthly_costs",
    # errors and notices that tell
    "select 1 / (case when sub_account_id like 'CNRY%' then 0 else 1 end) from fct_monthly_costs",
    (
        "select * from fct_monthly_costs where (case when sub_account_id like 'CNRY%'"
        " then sub_account_id else '1' end)::int = 1"
    ),
    "select * from fct_monthly_costs where sub_account_id::int > 0",
    "select * from fct_monthly_costs where effective_cost / 0 > 1",
    "select * from fct_monthly_costs where sub_account_id::xml is document",
    "select * from fct_monthly_costs where sub_account_id ~ '(((' ",
    "select * from fct_monthly_costs where to_date(sub_account_id, 'YYYY') is null",
    "select * from dim_commitments where commitment_id::uuid is not null",
    "do $$ begin raise notice '%', (select sub_account_id from " + CRAWL + " limit 1); end $$",
    (
        "create function pg_temp.leak(t text) returns bool language plpgsql cost 0.0000001 as"
        " $f$ begin raise notice '%', t; return true; end $f$;"
        " select * from fct_monthly_costs where pg_temp.leak(sub_account_id)"
    ),
    "create function public.leak(t text) returns bool language sql as 'select true'",
    "create function costs.leak(t text) returns bool language sql as 'select true'",
    "create operator public.<<< (leftarg = text, rightarg = text, function = texteq)",
    "create cast (text as integer) without function as implicit",
    "create aggregate public.leak(text) (sfunc = textcat, stype = text)",
    "create schema mine",
    "create temporary table mine as select * from fct_monthly_costs",
    "create table public.mine (a int)",
    "create materialized view public.mine as select * from fct_monthly_costs",
    "create view public.lower as select 1",
    # catalogs and statistics
    "select most_common_vals, histogram_bounds from pg_stats",
    "select * from pg_statistic",
    "select * from pg_statistic_ext_data",
    "select * from pg_stats_ext",
    "select * from pg_stat_user_tables",
    "select * from pg_stat_all_tables",
    "select * from pg_statio_user_tables",
    "select * from pg_stat_activity",
    "select * from pg_stat_database",
    "select * from pg_stat_statements",
    "select * from pg_locks",
    "select * from pg_roles",
    "select * from pg_user",
    "select * from pg_authid",
    "select * from pg_shadow",
    "select * from pg_auth_members",
    "select * from pg_db_role_setting",
    "select * from pg_policies",
    "select pg_get_expr(polqual, polrelid) from pg_policy",
    "select pg_get_expr(relpartbound, oid) from pg_class where relpartbound is not null",
    (
        "select relname, reltuples from pg_class where reltuples > 0 and relnamespace <>"
        " 'pg_catalog'::regnamespace and relkind = 'r'"
    ),
    "select pg_get_viewdef(oid) from pg_class where relkind = 'v' and relname ~ '^(fct|dim|rpt)'",
    "select conrelid::regclass, pg_get_constraintdef(oid) from pg_constraint",
    "select description from pg_description where objoid > 16384",
    "select pg_total_relation_size(oid), pg_relation_size(oid), pg_table_size(oid) from pg_class",
    "select pg_database_size(current_database())",
    "select pg_stat_get_live_tuples(oid), pg_stat_get_tuples_inserted(oid) from pg_class",
    "select * from pg_stat_get_activity(null)",
    "select * from pg_largeobject",
    "select * from pg_subscription",
    "select current_setting('data_directory')",
    "select * from pg_hba_file_rules",
    "select * from pg_file_settings",
    # files, programs, other servers, large objects
    "copy (select 1) to program 'id'",
    "copy (select 1) to '/tmp/finhouse-stolen'",
    "copy fct_monthly_costs from '/etc/passwd'",
    "copy fct_monthly_costs from program 'id'",
    "select pg_read_file('/etc/passwd')",
    "select pg_read_binary_file('PG_VERSION')",
    "select pg_ls_dir('.')",
    "select pg_ls_waldir()",
    "select pg_stat_file('PG_VERSION')",
    "select lo_import('/etc/passwd')",
    "select lo_create(4711)",
    "select lo_from_bytea(0, 'x')",
    "select lo_get(1)",
    "select lo_export(1, '/tmp/finhouse-stolen')",
    "create extension dblink",
    "create extension postgres_fdw",
    "create extension file_fdw",
    "select * from dblink('dbname=postgres', 'select 1') as t(a int)",
    "create server s foreign data wrapper postgres_fdw",
    "create language plpython3u",
    "load 'dblink'",
    "create publication p for all tables",
    "create subscription s connection 'dbname=postgres' publication p",
    "create event trigger t on ddl_command_start execute function f()",
    "select pg_reload_conf()",
    "select pg_switch_wal()",
    "select pg_current_wal_lsn()",
    "select pg_terminate_backend(pid) from pg_stat_activity",
    "select pg_export_snapshot()",
    "select pg_advisory_lock(1)",
    "alter system set listen_addresses = '*'",
    "set session_preload_libraries = 'x'",
    "set temp_file_limit = -1",
    "lock table costs.fct_monthly_costs in access exclusive mode",
    # writing
    "insert into fct_monthly_costs (organization_id) values ('{foreign}')",
    "update fct_monthly_costs set effective_cost = 0",
    "delete from fct_monthly_costs",
    "truncate costs.fct_monthly_costs",
    "insert into finhouse_store.leaving values ('{loader}')",
    'update finhouse."_about" set snapshot_id = 1',
    "set default_transaction_read_only = off; delete from fct_monthly_costs",
    "comment on view costs.fct_monthly_costs is 'mine'",
    "vacuum full; analyze",
    "prepare p as select sub_account_id from " + CRAWL + "; execute p; discard plans; execute p",
    "declare c cursor with hold for select * from " + CRAWL + "; fetch all c",
    "listen finhouse; notify finhouse, 'x'; unlisten *",
    "explain (analyze, verbose, buffers) select * from " + CRAWL,
    "explain (verbose) select * from fct_monthly_costs join dim_accounts using (organization_id)",
    "set statement_timeout = 0; select 1",
    (
        "set plan_cache_mode = force_generic_plan; set enable_partition_pruning = off;"
        " explain verbose select * from fct_monthly_costs"
    ),
]


def from_the_cases() -> Iterator[str]:
    if not CASES.is_file():
        return
    with CASES.open(encoding="utf-8") as file:
        for case in csv.DictReader(file):
            if case["engine"].startswith("postgres"):
                text = case["sql"]
                for theirs, ours in OURS:
                    text = re.sub(theirs, ours, text)
                yield text


def answers(session: psycopg.Connection, text: str) -> str:
    """Ask, and return everything the server said: rows, notices and errors."""
    said: list[str] = []
    session.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
    cursor = session.cursor()
    try:
        cursor.execute(text)
        while True:
            if cursor.description:
                said += map(str, cursor.fetchall())
            if not cursor.nextset():
                break
    except psycopg.Error as error:
        said.append(f"{error} {error.diag.message_detail} {error.diag.context}")
    return "\n".join(said)


def spelled(text: str, serving: Serving) -> str:
    for name, value in serving.names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def test_the_cases_are_there() -> None:
    if not CASES.is_file():
        pytest.skip(f"needs the worked cases at {CASES}")
    assert len([*from_the_cases()]) == 15


@pytest.mark.parametrize("attempt", [*ATTEMPTS, *from_the_cases()])
def test_an_attempt_tells_nothing_of_the_others_and_changes_nothing(
    serving: Serving, attempt: str
) -> None:
    text = spelled(attempt, serving)
    with serving.asking("analyst") as session:
        [own] = session.execute(MINE).fetchall()
        # What was asked is repeated in messages: that tells nothing.
        said = answers(session, text).replace(text, "")
        asked = set(re.findall(r"[\w-]+", text))
        told = {word for word in serving.foreign_words - asked if word in said}
        assert told == set()
        assert SECRET not in said.replace(f"{SECRET}%", "")
    with serving.asking("analyst") as session:
        assert session.execute(MINE).fetchall() == [own] == [(10, own[1])]


@pytest.mark.parametrize(
    "door",
    ["postgres", "template1"],
)
def test_a_member_enters_no_other_database(serving: Serving, door: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(serving.address("analyst"), dbname=door)


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_comes_in_without_the_password(serving: Serving, password: str) -> None:
    serving.address("analyst")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(serving.admin, user=serving.members["analyst"], password=password)


def test_not_even_the_owner_of_the_tables_passes_by_the_policies(serving: Serving) -> None:
    with psycopg.connect(serving.admin) as session:
        found = session.execute(
            "select relname from pg_class where relnamespace = 'finhouse_store'::regnamespace"
            " and relname ~ '^(fct|dim|rpt)' and relkind in ('r', 'p')"
            " and not (relrowsecurity and relforcerowsecurity)"
        ).fetchall()
        made = session.execute(
            sql.SQL("select count(*) from pg_proc where proowner = {}::regrole").format(
                sql.Literal(serving.names["loader"])
            )
        ).fetchall()
    assert (found, made) == ([], [(0,)])


def test_no_path_of_a_file_was_written(serving: Serving) -> None:
    assert serving.door.registry
    assert not Path("/tmp/finhouse-stolen").exists()  # noqa: S108 - what an attempt names
