"""Rights in PostgreSQL follow the registry at once, whatever the member is doing."""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from pipelines.postgres import followed_by_postgres
from pipelines.settings import settings
from tests.warehouse.serving.postgres.conftest import ANALYST, Serving
from warehouse.registry.store import Registry
from warehouse.serving.postgres.server import PostgresError, Server

KIM, ACME = "kim@example.com", "Acme"


@pytest.fixture
def registry(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The registry as commands open it; Kim is put back to where he was."""
    monkeypatch.setenv("FINHOUSE_POSTGRES_URL", serving.door.server.url)
    settings.cache_clear()
    followed = followed_by_postgres(serving.door.registry)
    yield followed
    settings.cache_clear()
    followed.members.grant(KIM, "Retail", "Analyst", company=ACME)


def test_a_revoked_right_ends_a_running_query_and_the_next_finds_nothing(
    serving: Serving, registry: Registry
) -> None:
    ended: list[str] = []

    def ask(session: psycopg.Connection) -> None:
        try:
            session.execute("select pg_sleep(60) from fct_monthly_costs")
        except psycopg.OperationalError as error:
            ended.append(str(error))

    with serving.asking("analyst") as session:
        asking = threading.Thread(target=ask, args=[session])
        asking.start()
        registry.members.revoke(KIM, "Retail", company=ACME)
        asking.join(timeout=20)
    assert "terminating connection" in ended[0]
    with (
        serving.asking("analyst") as session,
        pytest.raises(psycopg.errors.UndefinedTable),
    ):
        session.execute("select * from fct_monthly_costs")


def test_a_plan_prepared_before_a_right_was_lost_does_not_outlive_it(
    serving: Serving, registry: Registry
) -> None:
    with serving.asking("analyst") as session:
        session.execute("prepare mine as select * from fct_monthly_costs")
        where = {"organization": "Retail", "company": ACME}
        registry.roles.change("Analyst", menus={"commitments": "view"}, **where)
        with pytest.raises(psycopg.OperationalError):
            session.execute("execute mine")
    with serving.asking("analyst") as session, pytest.raises(psycopg.errors.UndefinedTable):
        session.execute("select * from fct_monthly_costs")
    registry.roles.change("Analyst", menus=ANALYST, **where)


def test_a_deactivated_member_is_logged_out_and_cannot_come_back_until_he_is_let_in(
    serving: Serving, registry: Registry
) -> None:
    with serving.asking("analyst") as session:
        registry.membership.deactivate(KIM, company=ACME)
        with pytest.raises(psycopg.OperationalError):
            session.execute("select 1")
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        serving.asking("analyst").__enter__()
    registry.membership.reactivate(KIM, company=ACME)
    with serving.asking("analyst") as session:
        assert session.execute("select count(*) from fct_monthly_costs").fetchall() == [(10,)]


def test_a_right_in_a_second_organization_opens_its_rows_and_no_other(
    serving: Serving, registry: Registry
) -> None:
    registry.members.grant(KIM, "Stores", "member", company=ACME)
    asked = "select distinct organization_id from fct_monthly_costs order by 1"
    with serving.asking("analyst") as session:
        found = {each for (each,) in session.execute(asked)}
    registry.members.revoke(KIM, "Stores", company=ACME)
    assert found == {serving.islands["mine"][1], serving.islands["neighbour"][1]}


def test_a_removed_member_has_no_way_in(serving: Serving, registry: Registry) -> None:
    added = registry.members.add("out@example.com", organization="Retail", company=ACME)
    serving.members["out"] = added.member_id
    with serving.asking("out") as session:
        registry.membership.remove("out@example.com", company=ACME)
        with pytest.raises(psycopg.OperationalError):
            session.execute("select 1")
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        serving.asking("out").__enter__()


def test_a_dismissed_member_comes_in_by_a_new_password_only(serving: Serving) -> None:
    serving.address("reader")
    assert serving.door.dismiss(serving.members["reader"]) == 0
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        serving.asking("reader").__enter__()
    del serving.passwords["reader"]
    with serving.asking("reader") as session:
        assert session.execute("select count(*) from fct_monthly_costs").fetchall() == [(10,)]


def test_a_change_that_postgres_cannot_follow_is_kept_and_says_so(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINHOUSE_POSTGRES_URL", "postgresql://finhouse@/gone?host=/nowhere")
    settings.cache_clear()
    away = followed_by_postgres(serving.door.registry)
    with pytest.raises(PostgresError, match="The change is made, but not yet in PostgreSQL"):
        away.members.rename(KIM, "김민준", company=ACME)
    settings.cache_clear()
    assert serving.door.registry.members.get(KIM, company=ACME)[0].name == "김민준"


def test_the_password_is_known_to_nobody_but_its_member(serving: Serving) -> None:
    serving.address("analyst")
    with psycopg.connect(serving.admin) as session:
        [(kept,)] = session.execute(
            "select rolpassword from pg_authid where rolname = %s", [serving.members["analyst"]]
        ).fetchall()
    assert kept.startswith("SCRAM-SHA-256$4096:")
    assert serving.passwords["analyst"] not in kept


def test_an_address_without_a_role_is_refused_in_words() -> None:
    with pytest.raises(PostgresError, match="names no role or no database"):
        _ = Server("postgresql://localhost").parameters
