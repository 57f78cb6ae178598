"""What Great Expectations says of measures, and which measures a delivery and a mart give."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from quality.gates import landed, published, results
from quality.gates.examiner import Examiner, ExaminerError, examiner
from quality.gates.measures import Measure, Verdict
from warehouse.layout import Layout
from warehouse.registry.deliveries import DeliveryRecord

NOON = datetime(2026, 9, 20, 12, tzinfo=UTC)
BEFORE = DeliveryRecord(
    connection_id="con-1",
    billing_period="2026-09",
    delivery_id="before",
    dataset="cur2",
    file_type="parquet",
    submitted_at=NOON - timedelta(days=1),
    file_count=1,
    bytes=1,
    sha256="0",
    row_count=100,
    control_totals={"USD": Decimal(100)},
    columns={"cost": "DOUBLE", "usage": "DECIMAL(38,12)", "resource_tags_user_team": "VARCHAR"},
    has_net_costs=False,
    warnings=(),
    state="published",
    message="",
    landed_at=NOON,
    published_at=NOON,
    provider="aws",
)
SAME = replace(BEFORE, delivery_id="same", published_at=None, submitted_at=NOON)
DELIVERIES = {
    "same": SAME,
    "new": replace(SAME, columns={**BEFORE.columns, "novelty": "VARCHAR"}),
    "gone": replace(SAME, columns={"cost": "DOUBLE", "resource_tags_user_team": "VARCHAR"}),
    "untagged": replace(SAME, columns={"cost": "DOUBLE", "usage": "DOUBLE"}),
    "empty": replace(SAME, columns={**BEFORE.columns, "usage": "NULL"}),
    "integer": replace(SAME, columns={**BEFORE.columns, "resource_tags_user_team": "INTEGER"}),
    "retyped": replace(SAME, columns={**BEFORE.columns, "usage": "VARCHAR"}),
    "shrunk": replace(SAME, row_count=49, control_totals={"USD": Decimal(10)}),
    "lower": replace(SAME, control_totals={"usd": Decimal(100)}),
    "won": replace(SAME, control_totals={"USD": Decimal(99), "KRW": Decimal(9)}),
    "tomorrow": replace(SAME, submitted_at=NOON + timedelta(days=2)),
}
CONTRACTS = {
    "fct_sound": {"organization_id": "varchar", "charge_count": "bigint"},
    "fct_retyped": {"organization_id": "varchar", "charge_count": "decimal(38, 12)"},
    "fct_missing": {"organization_id": "varchar", "charge_count": "bigint", "used_ratio": "double"},
    "fct_negative": {"charge_count": "bigint", "billing_currency": "varchar"},
    "fct_unbuilt": {"organization_id": "varchar"},
    "fct_emptied": {"organization_id": "varchar", "billing_period": "varchar"},
    "fct_widened": {
        "connection_id": "varchar",
        "billing_period": "varchar",
        "novel_cost": "double",
    },
}


@pytest.fixture(scope="module")
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name in ("lake", "served"):
            connection.execute(f"attach ':memory:' as {name}; create schema {name}.marts")
            connection.execute(
                f"create table {name}.marts.fct_emptied as"
                " select 'o' as organization_id, '2026-09' as billing_period from range(10)"
            )
            connection.execute(
                f"create table {name}.marts.fct_widened as"
                " select unnest(['con-1', 'con-2']) as connection_id, '2026-09' as billing_period"
            )
        connection.execute(
            """
            alter table lake.marts.fct_widened add column novel_cost double;
            delete from lake.marts.fct_emptied where rowid > 3;
            create schema lake.intermediate;
            create table lake.intermediate.int_charges as
            select 'con-1' as connection_id, '2026-09' as billing_period,
                'Usage' as charge_category,
                timestamp '2026-09-01' as billing_period_start,
                timestamp '2026-09-19' as charge_period_start,
                timestamp '2026-09-20' as charge_period_end;
            create table lake.marts.fct_sound as
            select 'o' as organization_id, 1::bigint as charge_count;
            create table lake.marts.fct_retyped as from lake.marts.fct_sound;
            create table lake.marts.fct_missing as from lake.marts.fct_sound;
            create table lake.marts.fct_negative as
            select -1::bigint as charge_count, 'won' as billing_currency;
            """
        )
        yield connection


@pytest.fixture(scope="module")
def verdicts(lake: duckdb.DuckDBPyConnection) -> Mapping[tuple[str, str], Verdict]:
    """Everything asked at once: importing Great Expectations takes longer than the rest."""
    measures: list[Measure] = []
    for name, delivery in DELIVERIES.items():
        item = replace(delivery, delivery_id=name)
        measures += landed.measures(landed.compared(item, [BEFORE, item]), lake, NOON)
    measures += published.measures(lake, CONTRACTS, {"connection_id": {("con-1", "2026-09")}})
    with examiner() as judge:
        found = judge.examine(measures)
    return {(verdict.subject.split()[-1], verdict.demand): verdict for verdict in found}


def unmet(verdicts: Mapping[tuple[str, str], Verdict], subject: str) -> dict[str, tuple[str, ...]]:
    """Return the demands a subject does not meet, with the names found."""
    return {
        demand: verdict.found
        for (about, demand), verdict in verdicts.items()
        if about == subject and not verdict.passed
    }


@pytest.mark.fault(
    "F42", "A remark (`it_is_not_of_tomorrow`); the order of deliveries is their ids'"
)
@pytest.mark.fault("F51", "A remark with the new column's name; `UNFIT` for one that is gone")
@pytest.mark.fault("F53", "`UNFIT` with the column's name")
@pytest.mark.parametrize(
    ("name", "expected", "refuses"),
    [
        ("same", {}, False),
        ("new", {"no_column_is_new": ("novelty",)}, False),
        ("gone", {"no_column_is_gone": ("usage",)}, True),
        ("untagged", {}, False),
        ("empty", {}, False),
        ("integer", {"no_column_is_retyped": ("resource_tags_user_team",)}, True),
        ("retyped", {"no_column_is_retyped": ("usage",)}, True),
        ("shrunk", {"it_keeps_most_rows": (), "it_keeps_most_cost": ()}, False),
        ("won", {"no_currency_is_new": ("KRW",)}, False),
        ("tomorrow", {"it_is_not_of_tomorrow": ()}, False),
        ("fct_sound", {}, False),
        ("fct_retyped", {"no_column_is_retyped": ("charge_count",)}, True),
        ("fct_missing", {"no_column_is_missing": ("used_ratio",)}, True),
        ("fct_negative", {"values_fit_their_column": ("billing_currency", "charge_count")}, True),
        ("fct_unbuilt", {"no_column_is_missing": ("organization_id",)}, True),
        ("fct_emptied", {"it_keeps_most_rows": ()}, False),
        ("fct_widened", {"every_month_has_every_column": ("novel_cost",)}, False),
    ],
)
def test_f51_f53_what_changed_is_named_and_only_what_would_be_wrong_is_refused(
    verdicts: Mapping[tuple[str, str], Verdict],
    name: str,
    expected: dict[str, tuple[str, ...]],
    refuses: bool,
) -> None:
    assert unmet(verdicts, name) == expected
    assert refuses == any(verdicts[name, demand].refuses for demand in expected)


def test_a_currency_that_does_not_exist_is_refused(
    verdicts: Mapping[tuple[str, str], Verdict],
) -> None:
    assert verdicts["lower", "every_currency_exists"].found == ("usd",)
    assert verdicts["lower", "every_currency_exists"].refuses


def test_columns_of_a_legacy_report_come_and_go_but_not_its_lines() -> None:
    names = ("UsageAmount", "NetUnblendedCost")
    legacy = {f"lineItem/{name}": "VARCHAR" for name in names}
    legacy["savingsPlan/SavingsPlanRate"] = "VARCHAR"
    before = replace(BEFORE, dataset="cur1", columns=legacy)
    now = replace(SAME, dataset="cur1", columns={})
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as lake; create schema lake.intermediate")
        connection.execute(
            "create table lake.intermediate.int_charges (connection_id varchar,"
            " billing_period varchar, charge_category varchar, billing_period_start timestamp,"
            " charge_period_start timestamp, charge_period_end timestamp)"
        )
        found = list(landed.measures(landed.compared(now, [before]), connection, NOON))
    gone = [each.name for each in found if each.suite == "landed_columns"]
    assert gone == ["lineItem/UsageAmount"]


def test_a_new_column_of_a_mart_is_no_news_where_all_its_rows_were_loaded(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    contract = {"fct_widened": CONTRACTS["fct_widened"]}
    loaded = {(connection, "2026-09") for connection in ("con-1", "con-2")}
    found = published.measures(lake, contract, {"connection_id": loaded})
    assert not any(each.values.get("unfilled_count") for each in found)


def test_what_nobody_reads_is_named_when_it_is_new_and_may_go_or_come_to_be_read(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    before = replace(BEFORE, columns={"cost": "DOUBLE", "gone": "UNREAD", "read": "UNREAD"})
    now = replace(SAME, columns={"cost": "DOUBLE", "new": "UNREAD", "read": "VARCHAR"})
    found = [
        (each.name, each.values["kind"], each.values["kind_before"])
        for each in landed.measures(landed.compared(now, [before]), lake, NOON)
        if each.suite == "landed_columns"
    ]
    assert found == [
        ("cost", "number", "number"),
        ("new", "UNREAD", None),
        ("read", "text", "text"),
    ]


def test_a_first_delivery_has_nothing_to_differ_from() -> None:
    assert landed.compared(SAME, [replace(BEFORE, published_at=None), SAME]).before is None


def test_columns_are_compared_with_what_was_written_last_and_rows_with_the_same_month() -> None:
    """An export that was changed on purpose is changed for the restatement of an old month, too."""
    october = replace(BEFORE, billing_period="2026-10", delivery_id="o", submitted_at=NOON)
    found = landed.compared(SAME, [BEFORE, october])
    assert (found.before, found.restated) == (october, BEFORE)


def test_a_served_delivery_that_is_loaded_again_is_not_judged_again() -> None:
    assert landed.compared(replace(SAME, published_at=NOON), [BEFORE]).before is None


def test_results_are_kept_for_their_time_and_say_what_to_look_at(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    said = Verdict("landed_columns", "con-1 2026-09 d", "no_column_is_new", False, 3, 1, ("한글",))
    kept = results.keep(layout, [said], NOON)
    assert results.newest(layout) == kept
    assert results.since(layout, NOON + timedelta(seconds=1)) == ()
    assert results.sentence(said, {"con-1": "AWS"}) == "AWS 2026-09 d: columns are new: 한글."
    results.tidy(layout, NOON + timedelta(days=2), timedelta(days=1))
    assert results.newest(layout) is None


def test_a_judge_that_dies_is_no_verdict() -> None:
    with examiner() as judge:
        judge.process.kill()
        with pytest.raises(ExaminerError, match="could not be asked"):
            judge.examine([])


def test_the_judge_is_told_nothing_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted")
    with examiner() as judge:
        assert isinstance(judge, Examiner)
        environment = Path(f"/proc/{judge.process.pid}/environ").read_bytes()
    assert b"planted" not in environment
