"""`finhouse sql`: any question of the published snapshot, and no change of anything."""

import csv
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli.sql import sql
from pipelines.house import House
from pipelines.settings import PROJECT
from tests.published import cost, house_in, publish

app = typer.Typer()
app.command()(sql)

CONVERSATION = "import typer; from pipelines.cli.sql import sql; typer.run(sql)"


@pytest.fixture(scope="module", autouse=True)
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two rows are published; a later refresh has written a third and is not published."""
    with house_in(tmp_path_factory.mktemp("house")) as house:
        rows = [cost("1.50"), cost("-2", service_name="=1+1")]
        publish(house, {"fct_monthly_costs": rows})
        with house.lake.connect_writer() as connection:
            connection.execute(
                "insert into lake.marts.fct_monthly_costs (organization_id) values ('later')"
            )
        yield house


def run(*words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=stdin)


@pytest.mark.fault("F03", "The last published numbers, although newer ones lie in the lake")
@pytest.mark.parametrize("mart", ["fct_monthly_costs", "marts.fct_monthly_costs"])
def test_readers_see_the_published_snapshot_and_nothing_later(mart: str) -> None:
    result = run(f"select count(*) as n from {mart}", "--json")
    assert json.loads(result.stdout) == [{"n": 2}]


def test_money_keeps_its_decimals_in_json() -> None:
    result = run("select sum(effective_cost) as cost from fct_monthly_costs", "--json")
    assert json.loads(result.stdout) == [{"cost": "-0.5"}]


def test_json_keeps_columns_of_one_name_and_odd_values() -> None:
    query = "select 1 as a, 'nan'::double as a, date '2026-09-01' as d, [1.5::decimal(3,1)] as l"
    assert json.loads(run(query, "--json").stdout) == [
        {"a": 1, "a_1": None, "d": "2026-09-01", "l": ["1.5"]}
    ]


def test_csv_is_harmless_in_a_spreadsheet() -> None:
    query = "select service_name, effective_cost from fct_monthly_costs order by effective_cost"
    rows = list(csv.reader(run(query, "--csv").stdout.splitlines()))
    assert rows == [["service_name", "effective_cost"], ["'=1+1", "-2"], ["Amazon EC2", "1.5"]]


@pytest.mark.parametrize(
    "query",
    [
        "show tables",
        "describe fct_monthly_costs",
        "from fct_monthly_costs",
        "explain select * from fct_monthly_costs",
        "explain analyze select * from fct_monthly_costs",
        "pivot fct_monthly_costs on service_name using sum(effective_cost) group by company_id",
        "select 1; select 2",
    ],
)
def test_any_question_is_answered(query: str) -> None:
    result = run(query)
    assert result.exit_code == 0, result.output
    assert result.stdout


@pytest.mark.parametrize(
    "query",
    [
        "insert into fct_monthly_costs (organization_id) values ('x')",
        "delete from fct_monthly_costs",
        "update fct_monthly_costs set effective_cost = 0",
        "drop table fct_monthly_costs",
        "create table notes (a int)",
        "create temp table notes (a int)",
        "delete from __ducklake_metadata_lake.main.ducklake_snapshot",
        "call ducklake_expire_snapshots('lake', versions => [1])",
        "from ducklake_expire_snapshots('lake', versions => [1])",
        "copy fct_monthly_costs to '{file}'",
        "explain analyze copy fct_monthly_costs to '{file}'",
        "/* */ explain analyze copy fct_monthly_costs to '{file}'",
        "explain (analyze) copy fct_monthly_costs to '{file}'",
        "select 1; copy (select 1) to '{file}'",
        "export database '{file}'",
        "attach '{file}' as other",
        "detach lake",
        "set memory_limit = '100GB'",
        "use memory",
        "checkpoint",
        "begin",
        "install spatial",
        "prepare p as delete from fct_monthly_costs",
    ],
)
def test_a_change_is_refused_and_leaves_no_trace(query: str, tmp_path: Path) -> None:
    file = tmp_path / "copied"
    result = run(query.format(file=file))
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert result.stderr
    assert not file.exists()
    assert json.loads(run("select count(*) as n from fct_monthly_costs", "--json").stdout) == [
        {"n": 2}
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select * from fct_monthly_cost", "`show tables` lists the marts"),
        ("select cost from fct_monthly_costs", "lists a mart's columns"),
        ("selec 1", "syntax error"),
        ("", "no statement"),
        ("select '\udcff'", "not UTF-8"),
        ("update extensions", "This is not a question"),
        ("select interval 2000000000 days", "Ask for it as text"),
        ("/* nothing */", "no statement"),
        # A name of this program's own variables is not a table.
        ("select * from rows", "does not exist"),
    ],
)
def test_a_question_that_cannot_be_answered_is_explained(query: str, said: str) -> None:
    result = run(query)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr


def test_a_table_is_limited_and_says_so() -> None:
    result = run("select 'row ' || i as r from range(201) t(i) order by i")
    assert "Only the first 200 rows. All: --limit 0." in result.stderr
    assert "row 199" in result.stdout
    assert "row 200" not in result.stdout


@pytest.mark.parametrize(
    ("words", "count"), [((), 201), (("--limit", "0"), 201), (("--limit", "7"), 7)]
)
def test_json_and_csv_are_whole_unless_limited(words: tuple[str, ...], count: int) -> None:
    query = "select i from range(201) t(i)"
    assert len(json.loads(run(query, "--json", *words).stdout)) == count
    result = run(query, "--csv", *words)
    assert len(result.stdout.splitlines()) == count + 1
    assert ("Only the first" in result.stderr) == (count == 7)


def test_an_answer_of_just_the_limit_is_not_called_cut() -> None:
    assert "Only" not in run("select i from range(7) t(i)", "--limit", "7").stderr


@pytest.mark.fault("F93")
def test_a_value_cannot_steer_the_terminal() -> None:
    result = run("select '[bold]' || chr(27) || '[2J' as \"[red]name\"")
    assert "[bold]\\x1b[2J" in result.stdout
    assert "[red]name" in result.stdout


def test_a_query_comes_from_stdin_too() -> None:
    assert json.loads(run("--json", stdin="select 1 as one;\n").stdout) == [{"one": 1}]


def test_a_query_that_is_not_utf_8_is_refused_in_words() -> None:
    result = CliRunner().invoke(app, [], input=b"select '\xff'")
    assert (result.exit_code, result.stderr) == (1, "The question is not UTF-8: write it anew.\n")


def test_a_prompt_answers_until_exit_and_survives_a_mistake(house: House) -> None:
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-c", CONVERSATION],
            cwd=PROJECT,
            env=os.environ | {"FINHOUSE_DATA_DIR": str(house.settings.data_dir)},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as prompt:
            os.write(ours, b"selec 1;\nselect 40\n+ 2 as answer;\nexit\n")
            out, errors = prompt.communicate(timeout=120)
    finally:
        os.close(ours)
        os.close(theirs)
    assert prompt.returncode == 0, errors
    assert "syntax error" in errors
    assert "42" in out
    assert "Published 2026-10-04 06:30 UTC" in out


def test_before_the_first_refresh_it_says_so(tmp_path: Path) -> None:
    with house_in(tmp_path / "empty"):
        result = run("select 1")
    assert (result.exit_code, "finhouse refresh" in result.stderr) == (1, True)
