"""The migrations and the tables tell the same schema, forwards and backwards."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from warehouse.registry import RegistryError, open_registry
from warehouse.registry.database import open_database
from warehouse.registry.errors import InvalidError, UnavailableError
from warehouse.registry.migrate import configure, downgrade, migrate
from warehouse.registry.revision import VERSION_TABLE, head, revision
from warehouse.registry.tables import METADATA

POSTGRES_SCHEMA = """
select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'public'::regnamespace and conrelid <> 0
union all select indexdef from pg_indexes where schemaname = 'public'
union all select concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
from information_schema.columns where table_schema = 'public'
"""
SQLITE_SCHEMA = "select sql from sqlite_master where sql is not null"


def schema(connection: Connection) -> set[str]:
    """Everything the database holds as a law, line by line, in its own words."""
    is_sqlite = connection.dialect.name == "sqlite"
    rows = connection.execute(text(SQLITE_SCHEMA if is_sqlite else POSTGRES_SCHEMA)).scalars()
    # SQLite writes an added column behind the last one, in the same line.
    lines = {line.strip() for row in rows for line in re.split(r"[\n,]", row)} - {""}
    return {line for line in lines if VERSION_TABLE not in line and "version_num" not in line}


def test_the_migrated_schema_is_the_tables_schema(url: str) -> None:
    database = open_registry(url)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []


def test_the_migrated_schema_has_every_constraint_and_condition_of_the_tables(url: str) -> None:
    database = open_registry(url)
    with database.read() as connection:
        migrated = schema(connection)
    downgrade(database)
    with database.write() as connection:
        METADATA.create_all(connection)
    with database.read() as connection:
        assert schema(connection) == migrated


def test_downgrading_to_base_leaves_no_table_and_upgrading_brings_all_back(url: str) -> None:
    database = open_registry(url)
    downgrade(database)
    with database.read() as connection:
        assert inspect(connection).get_table_names() == [VERSION_TABLE]
    migrate(database)
    with database.read() as connection:
        assert set(METADATA.tables) < set(inspect(connection).get_table_names())


def test_the_newest_file_of_migrations_is_the_head_that_alembic_finds() -> None:
    assert head() == ScriptDirectory.from_config(configure()).get_current_head()


def test_opening_again_keeps_what_is_there(url: str) -> None:
    open_registry(url).companies.add("한빛 상사")
    assert [company.name for company in open_registry(url).companies.list()] == ["한빛 상사"]


def test_a_registry_of_a_newer_version_is_refused_untouched(url: str) -> None:
    database = open_registry(url)
    with database.write() as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = '9999'"))
    with pytest.raises(UnavailableError, match="'9999' is unknown to this version"):
        open_registry(url)
    with database.read() as connection:
        assert revision(connection) == "9999"


def test_a_failed_migration_leaves_nothing_behind(url: str) -> None:
    database = open_database(url)
    with database.write() as connection:
        connection.execute(text("create table publications (publication_id integer)"))
    with pytest.raises(Exception, match="publications"):
        migrate(database)
    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["publications"]


def test_dagsters_own_version_table_in_the_same_database_is_left_alone(url: str) -> None:
    database = open_database(url)
    with database.write() as connection:
        connection.execute(text("create table alembic_version (version_num varchar(32))"))
        connection.execute(text("insert into alembic_version values ('dagster')"))
    migrate(database)
    with database.read() as connection:
        stands = connection.execute(text("select version_num from alembic_version")).scalar()
    assert stands == "dagster"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://h/d", "registry.db"])
def test_an_address_that_cannot_hold_a_registry_is_refused(url: str) -> None:
    with pytest.raises(InvalidError, match="neither a SQLite file nor a PostgreSQL"):
        open_registry(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, only words " * 50)
    with pytest.raises(UnavailableError, match=r"notes\.txt does not answer"):
        open_registry(f"sqlite:///{file}")


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(RegistryError) as refused:
        open_registry("postgresql://somebody:geheim@127.0.0.1:9/registry")
    assert refused.value.code == "UNAVAILABLE"
    assert "127.0.0.1" in str(refused.value)
    assert "geheim" not in str(refused.value)
