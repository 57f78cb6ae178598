"""What an attacker asks of a published file gets nothing, and the host survives each."""

import csv
import io
import os
import pickle
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.serving.isolated_process import FILE
from warehouse.serving.isolation import Limits, PlainValues, QuestionLimitError, ask

pytestmark = pytest.mark.slow

LIMITS = Limits(memory=500_000_000, seconds=20)
ATTACKS = Path(__file__).parents[4] / "shared" / "cases" / "attacks.csv"
ROWS = list(csv.DictReader(ATTACKS.read_text("utf-8").splitlines())) if ATTACKS.exists() else []
SQL = [(row["id"], row["sql"]) for row in ROWS if row["engine"] == "duckdb"]
ANSWERED = {
    "D57": "its own file, by a name that tells nothing",
    "D59": "a setting without a path",
    "D61": "the views of a file without views",
    "D65": "a log of nothing",
    "D67": "own rows: there are no others",
    "D69": "own rows: there are no others",
}
"""Attacks that are answered, and with what. All others are refused."""
CANARY = "CNRY-theirs"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house of canaries: another organization's file, secrets, extensions, data files."""
    root = tmp_path_factory.mktemp("house")
    for folder in ("orgs", "cfg", "tmp", "secrets", "pub7", "pub7x", "session"):
        (root / folder).mkdir()
    for name in ("cfg/creds.txt", "cfg/data.csv", "cfg/data.json", "cfg/evil.duckdb_extension"):
        (root / name).write_text(f'{{"a": "{CANARY}"}}', "utf-8")
    with duckdb.connect(str(root / "orgs" / "org8.duckdb")) as theirs:
        theirs.execute(f"create table cost as select 8 as org_id, '{CANARY}' as resource_id")
        for file in ("orgs/org8", "pub7/ok", "pub7x/leak", "pub7/hard"):
            theirs.execute(f"copy cost to '{root / file}.parquet'")
    return root


@pytest.fixture(scope="module")
def mine(root: Path) -> Path:
    """My organization's file, opened as a session opens it."""
    published = root / "orgs" / "org7.duckdb"
    with duckdb.connect(str(published)) as own:
        own.execute("create schema marts")
        own.execute(
            "create table marts.cost as"
            " select 7 as org_id, 'mine-' || i as resource_id, i::decimal(38, 12) as effective_cost"
            " from range(300) t(i)"
        )
    os.link(published, root / "session" / FILE)
    return root / "session" / FILE


@pytest.fixture(autouse=True)
def _canary_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNRY_ENV", CANARY)


def told(file: Path, text: str, limits: Limits = LIMITS) -> list[tuple[Any, ...]]:
    return [row for answer in ask(file, text, limits) for row in answer.rows]


def everything(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if "spill" not in path.parts}


@pytest.mark.parametrize(
    ("attack", "sql"),
    SQL
    or [
        pytest.param(
            "",
            "",
            marks=pytest.mark.skip(
                reason="needs the list of attacks beside the checkout (shared/cases/attacks.csv)"
            ),
        )
    ],
)
def test_no_attack_of_the_list_has_an_effect(root: Path, mine: Path, attack: str, sql: str) -> None:
    before = everything(root)
    text = sql.replace("$ROOT", str(root))
    if attack in ANSWERED:
        shown = str(told(mine, text))
        assert CANARY not in shown
        assert str(root) not in shown
    else:
        limits = Limits(LIMITS.memory, 2) if attack.startswith("D7") else LIMITS
        with pytest.raises(duckdb.Error) as refused:
            told(mine, text, limits)
        assert CANARY not in str(refused.value)
    assert everything(root) == before
    assert told(mine, "select count(*) from cost") == [(300,)]


@pytest.mark.parametrize(
    "question",
    [
        "from duckdb_databases()",
        "from duckdb_settings()",
        "from pragma_database_list",
        "from duckdb_temporary_files()",
        "from duckdb_secrets()",
        "select current_setting('temp_directory'), current_setting('home_directory')",
        "select * from duckdb_tables(), duckdb_columns()",
    ],
)
def test_what_can_be_asked_of_duckdb_itself_tells_of_nothing_outside(
    root: Path, mine: Path, question: str
) -> None:
    shown = str(told(mine, question))
    for word in (CANARY, str(root), "org7", "org8", os.environ["HOME"]):
        assert word not in shown


@pytest.mark.parametrize(
    "question",
    [
        "select * from glob('/**')",
        "select * from read_text('/etc/passwd')",
        "select * from read_text('../cfg/creds.txt')",
        "select * from read_csv('/proc/self/environ')",
        "select * from 'https://127.0.0.1/x.parquet'",
        "select * from read_text('http://127.0.0.1:1/')",
        "copy cost to '/tmp/x.csv'",
        "export database '/tmp/x'",
        "create table marts.x as select 1",
        "create temp table x as select 1",
        "create macro f() as 1",
        "create secret s (type s3)",
        "insert into cost select * from cost",
        "attach ':memory:' as x",
        "install httpfs",
        "load parquet",
        "set enable_external_access = true",
        "set memory_limit = '100GB'",
        "set python_enable_replacements = true",
        "pragma memory_limit = '100GB'",
        "pragma enable_profiling",
        "call pragma_version()",
        "use system",
        "begin; select 1",
        "prepare p as select 1",
        "select 1; set threads = 64",
        "explain analyze copy cost to 'x.csv'",
        "select * from sql_auto_complete('selec')",
        "select * from arrow_scan(1, 2, 3)",
        "select * from pandas_scan(140000)",
        "select * from sqlite_scan('x', 't')",
        "select * from postgres_query('x', 'select 1')",
    ],
)
def test_nothing_is_written_opened_or_set(root: Path, mine: Path, question: str) -> None:
    before = everything(root)
    with pytest.raises(duckdb.Error):
        told(mine, question)
    assert everything(root) == before


@pytest.mark.parametrize(
    "question",
    [
        "select repeat('x', 1e9::bigint)",
        "select list(range) from range(300000000)",
        "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r",
        "with recursive r as (select [1] as n union all select n || n from r) from r",
        "select count(*) from range(1000000) a, range(1000000) b where hash(a.range, b.range) = 1",
        "select " + "(" * 100_000 + "1" + ")" * 100_000,
    ],
)
def test_a_question_that_takes_too_much_is_ended_and_the_next_is_answered(
    mine: Path, question: str
) -> None:
    with pytest.raises(duckdb.Error):
        told(mine, question, Limits(LIMITS.memory, 2))
    assert told(mine, "select 1") == [(1,)]


def test_time_over_says_so_by_a_word_that_programs_know(mine: Path) -> None:
    with pytest.raises(QuestionLimitError, match="QUERY_LIMIT: no answer within 1 seconds"):
        told(mine, "select count(*) from range(1000000) a, range(1000000) b", Limits(10**9, 1))


def test_whoever_looks_at_few_rows_of_endless_ones_is_answered(mine: Path) -> None:
    text = "select * from range(1000000000000); select 'next'"
    found = [(answer.names, list(answer.rows)) for answer in ask(mine, text, LIMITS, 2)]
    assert found == [(("range",), [(0,), (1,), (2,)]), (("'next'",), [("next",)])]


def test_values_arrive_as_they_are(mine: Path) -> None:
    text = (
        "select 1.50::decimal(9, 2), date '2026-09-01', [1, null], {'a': 'é'}, true, null, 1e9,"
        " timestamptz '2026-09-01 00:00:00+09', '\\x00'::blob, interval 1 day, uuid() is not null"
    )
    [row] = told(mine, text)
    with duckdb.connect() as here:
        [expected] = here.execute(text).fetchall()
    assert row == expected


@pytest.mark.parametrize(
    ("question", "said"),
    [("select '\udcff'", "not UTF-8"), ("select interval 2000000000 days", "too large")],
)
def test_what_has_no_answer_is_not_called_a_matter_of_memory(
    mine: Path, question: str, said: str
) -> None:
    with pytest.raises(duckdb.Error, match=said):
        told(mine, question)


@pytest.mark.parametrize("hostile", [os.system, eval, duckdb.connect])
def test_a_process_that_sends_anything_but_values_is_not_believed(hostile: object) -> None:
    with pytest.raises(pickle.UnpicklingError, match="is no value"):
        PlainValues(io.BytesIO(pickle.dumps(("rows", hostile)))).load()
