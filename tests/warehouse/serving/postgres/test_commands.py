"""What an operator and a member say, and what other programs than ours see."""

import json
import shutil
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from dagster import materialize
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner

from pipelines.assets.postgres import postgres_asset
from pipelines.assets.retention import due_asset
from pipelines.cli.main import app
from pipelines.house import House
from pipelines.postgres import serve_in_postgres
from pipelines.settings import settings
from tests.warehouse.serving.postgres.conftest import Serving

KIM, ACME = "kim@example.com", ("--company", "Acme")
NOWHERE = "postgresql://finhouse@/gone?host=/nowhere"


@pytest.fixture(autouse=True)
def _house(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FINHOUSE_DATA_DIR", str(serving.door.lake.layout.root))
    monkeypatch.setenv("FINHOUSE_POSTGRES_URL", serving.door.server.url)
    settings.cache_clear()
    yield
    settings.cache_clear()


def say(*words: str) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_member_gives_himself_a_password_and_an_admin_takes_it_away(serving: Serving) -> None:
    given = json.loads(say("postgres", "password", KIM, *ACME, "--as", KIM, "--json"))
    address = conninfo_to_dict(serving.admin) | {
        "user": given["user"], "password": given["password"], "dbname": given["database"],
    }  # fmt: skip
    with psycopg.connect(**address) as session:
        session.execute("select * from fct_monthly_costs limit 1")
        told = say("postgres", "revoke", KIM, *ACME, "--yes", "--operator", "--json")
        assert json.loads(told) == {"revoked": KIM, "ended_sessions": 1}
        with pytest.raises(psycopg.OperationalError):
            session.execute("select 1")
    serving.passwords.pop("analyst", None)
    events = json.loads(say("member", "history", KIM, *ACME, "--as", KIM, "--json"))
    assert [each["event_type"] for each in events[:2]] == [
        "sql_password_revoked",
        "sql_password_issued",
    ]


def test_nobody_gives_somebody_else_a_password() -> None:
    words = ("postgres", "password", "owner@example.com", *ACME, "--as", KIM)
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, "NOT_ALLOWED" in result.output) == (1, True)


def test_a_command_that_takes_a_right_ends_the_session(serving: Serving) -> None:
    where = ("--organization", "Retail", *ACME, "--operator")
    with serving.asking("analyst") as session:
        say("member", "revoke", KIM, *where)
        with pytest.raises(psycopg.OperationalError):
            session.execute("select 1")
    say("member", "grant", KIM, "--role", "Analyst", *where)
    with serving.asking("analyst") as session:
        assert session.execute("select count(*) from fct_monthly_costs").fetchall() == [(10,)]


def test_the_setup_can_be_run_again_and_changes_nothing(serving: Serving) -> None:
    script = say("postgres", "setup", "--operator")
    with psycopg.connect(serving.admin, autocommit=True) as superuser:
        superuser.execute(script)
    assert json.loads(say("postgres", "sync", "--operator", "--json"))["slices"] == 0


def test_a_server_that_is_away_fails_the_check_and_not_the_run(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = postgres_asset(due_asset())
    assert materialize([asset]).get_asset_check_evaluations()[0].passed
    monkeypatch.setenv("FINHOUSE_POSTGRES_URL", NOWHERE)
    settings.cache_clear()
    result = materialize([asset])
    assert (result.success, result.get_asset_check_evaluations()[0].passed) == (True, False)
    [said] = serve_in_postgres(House.open(settings()))
    assert "Readers there keep the old numbers" in said


def test_an_odbc_client_as_excel_uses_one_reads_a_mart(serving: Serving) -> None:
    isql = shutil.which("isql")
    if isql is None:
        pytest.skip("needs an ODBC client: `apt-get install unixodbc odbc-postgresql`")
    said = conninfo_to_dict(serving.address("analyst"))
    words = {
        "Driver": "PostgreSQL Unicode", "Servername": said["host"], "Database": said["dbname"],
        "UserName": said["user"], "Password": said["password"],
    }  # fmt: skip
    address = ";".join(f"{name}={value}" for name, value in words.items())
    asked = "help\nselect sum(effective_cost) from fct_monthly_costs\n"
    done = subprocess.run(
        [isql, "-k", address, "-b", "-v", "-d|"],
        input=asked, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "|costs|fct_monthly_costs|VIEW|" in done.stdout
    assert "0.000000000009" in done.stdout
