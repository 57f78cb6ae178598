"""What a member of the server could reach besides the marts: closed once, looked at every time.

PostgreSQL lets everybody (PUBLIC) see every catalog, how large each table is, who is logged in and
how many rows were written, and make temporary tables, large objects and anonymous code. Only a
superuser can take that away, so he runs a script once; what loads the marts refuses to while any of
it is open.
"""

from typing import Final

from psycopg import sql

from warehouse.serving.postgres.server import Server, Session

OLDEST: Final = 150_000
"""Views that ask with their reader's rights came with PostgreSQL 15."""
FUNCTIONS: Final = (
    "^(lo_.*|loread|lowrite|pg_stat_.*|pg_(relation|table|indexes|total_relation|database|tablespace)"
    "_size|pg_lock_status|pg_(try_)?advisory_.*|pg_(current|last)_wal.*|pg_last_.*|pg_wal.*"
    "|pg_ls_.*|pg_read_.*|pg_logical.*|pg_replication.*|pg_export_snapshot|pg_blocking_pids"
    "|pg_safe_snapshot_blocking_pids|pg_get_replication.*|pg_show_replication.*"
    "|pg_get_multixact_members|pg_backup.*|pg_log_.*|pg_get_backend_memory_contexts"
    "|pg_get_shmem_allocations|database_to_xml.*|cursor_to_xml.*)$"
)
RELATIONS: Final = (
    "^pg_(stat_.*|statio_.*|stats|stats_.*|locks|roles|user|group|auth_members|db_role_setting"
    "|prepared_.*|replication_.*|shmem_.*|backend_memory_.*|subscription.*|publication.*)$"
)
"""Sizes, row counts, other people and what they do: by name, since new versions bring more."""
SETUP: Final = """\
-- Run once as a superuser, in the database that shall serve: it closes what PostgreSQL leaves open
-- to every role, and lets {loader} load. Other databases of this server that people may enter are
-- named by `finhouse postgres sync`, which refuses to serve beside them.
begin;
alter role {loader} nosuperuser nobypassrls createrole;
alter database {database} owner to {loader};
grant pg_signal_backend, pg_read_all_stats to {loader};
grant set on parameter temp_file_limit to {loader};
revoke all on database {database} from public;
revoke connect, temporary on database postgres from public;
revoke connect, temporary on database template1 from public;
revoke all on schema public from public;
revoke usage on language sql from public;
revoke usage on language plpgsql from public;
do $$
declare
    thing text;
begin
    for thing in
        select oid::regprocedure from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and proname ~ {functions}
    loop
        execute format('revoke execute on function %s from public', thing);
    end loop;
    for thing in
        select oid::regclass from pg_class
        where relnamespace = 'pg_catalog'::regnamespace and relname ~ {relations}
        and relkind in ('r', 'v')
    loop
        execute format('revoke select on %s from public', thing);
    end loop;
end
$$;
grant select on pg_stat_activity, pg_roles, pg_auth_members to {loader};
grant execute on function pg_stat_get_activity(integer) to {loader};
commit;
"""
OPEN: Final = """\
select 'the database ' || datname || ' lets everybody ' || lower(privilege_type)
from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
where grantee = 0 and datallowconn
union all
select 'the schema ' || nspname || ' lets everybody ' || lower(privilege_type)
from pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner)))
where grantee = 0 and nspname not in ('pg_catalog', 'information_schema')
union all
select 'the language ' || lanname || ' is everybody''s'
from pg_language, aclexplode(coalesce(lanacl, acldefault('l', lanowner)))
where grantee = 0 and lanpltrusted
union all
select 'the function ' || p.oid::regprocedure || ' is everybody''s'
from pg_proc p, aclexplode(coalesce(proacl, acldefault('f', proowner)))
where grantee = 0 and (
    pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    or (pronamespace = 'pg_catalog'::regnamespace and proname ~ %(functions)s)
)
union all
select 'the table ' || c.oid::regclass || ' is everybody''s'
from pg_class c, aclexplode(relacl)
where grantee = 0 and (
    relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    or (relnamespace = 'pg_catalog'::regnamespace and relname ~ %(relations)s)
)
union all
select 'the role ' || rolname || ' of FINHOUSE_POSTGRES_URL is above row-level security'
from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)
"""


def setup_script(server: Server) -> str:
    """Return the script for the superuser, with the names that the address says."""
    said = server.parameters
    return (
        sql.SQL(SETUP)
        .format(
            loader=sql.Identifier(said["user"]),
            database=sql.Identifier(said["dbname"]),
            functions=sql.Literal(FUNCTIONS),
            relations=sql.Literal(RELATIONS),
        )
        .as_string()
    )


def faults(session: Session) -> list[str]:
    """Return what of the server is open to everybody, in words; nothing when it may serve."""
    if session.info.server_version < OLDEST:
        return ["PostgreSQL is older than 15"]
    found = session.execute(OPEN, {"functions": FUNCTIONS, "relations": RELATIONS}).fetchall()
    encoding = session.info.parameter_status("server_encoding")
    said = sorted({text for (text,) in found})
    return said + (
        [f"the database's encoding is {encoding}, not UTF8"] if encoding != "UTF8" else []
    )
