"""The organization cut: a reader sees his organizations, and none means nothing."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.published import CONTRACTS, fill, lake_in
from warehouse.scope import COMPANY_MARTS, MARTS, Island, Scope

HOSTILE = (
    "org-a' or '1'='1",
    'org-a" or ""="',
    "'; drop table lake.marts.fct_monthly_costs; --",
    "org-a') or true or ('",
    "$scope_company_0",
    "%",
    "org-_",
    "",
    "조직",
    "org-a\u200b",
    "ORG-A",
    "org-a ",
    "*",
    "null",
)
ISLANDS = (
    ("co-x", "org-a"),
    ("co-x", "org-b"),
    ("co-x", "unassigned"),
    ("co-y", "org-c"),
    ("co-y", "unassigned"),
    *(("co-z", text) for text in HOSTILE),
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every mart with one row of every island."""
    rows = [{"company_id": company, "organization_id": each} for company, each in ISLANDS]
    owned = [{"company_id": company} for company in sorted({company for company, _ in ISLANDS})]
    address = lake_in(tmp_path_factory.mktemp("lake"))
    fill(address, dict.fromkeys(MARTS, rows) | dict.fromkeys(COMPANY_MARTS, owned))
    with address.connect() as connection:
        yield connection


def seen(lake: duckdb.DuckDBPyConnection, scope: Scope, mart: str) -> list[tuple[str, str]]:
    relation = scope.relation(mart)
    return lake.execute(
        f"select company_id, organization_id from {relation.sql} order by all",
        dict(relation.values),
    ).fetchall()


def test_the_published_marts_are_those_of_the_models_and_each_can_be_cut() -> None:
    assert set(CONTRACTS) == MARTS | COMPANY_MARTS
    keys = {"organization_id", "company_id"}
    assert [
        mart
        for mart, columns in CONTRACTS.items()
        if mart in MARTS and not keys <= {column["name"] for column in columns}
    ] == []


@pytest.mark.parametrize("mart", sorted(MARTS))
def test_t27_an_empty_scope_sees_no_row_of_any_mart(
    lake: duckdb.DuckDBPyConnection, mart: str
) -> None:
    assert seen(lake, Scope(), mart) == []
    assert seen(lake, Scope(frozenset()), mart) == []


@pytest.mark.parametrize("mart", sorted(MARTS))
def test_an_organization_sees_itself_alone(lake: duckdb.DuckDBPyConnection, mart: str) -> None:
    assert seen(lake, Scope.organization("co-x", "org-a"), mart) == [("co-x", "org-a")]


@pytest.mark.parametrize("mart", sorted(MARTS))
def test_a_company_sees_its_own_unassigned_and_not_its_neighbours(
    lake: duckdb.DuckDBPyConnection, mart: str
) -> None:
    scope = Scope.company("co-x", ["org-a", "org-b"])
    assert seen(lake, scope, mart) == [
        ("co-x", "org-a"),
        ("co-x", "org-b"),
        ("co-x", "unassigned"),
    ]
    assert seen(lake, Scope.organization("co-y", "unassigned"), mart) == [("co-y", "unassigned")]


@pytest.mark.parametrize("mart", sorted(COMPANY_MARTS))
def test_a_companys_own_marts_are_for_its_owners_alone(
    lake: duckdb.DuckDBPyConnection, mart: str
) -> None:
    def companies(scope: Scope) -> list[tuple[str, ...]]:
        relation = scope.relation(mart)
        return lake.execute(
            f"select company_id from {relation.sql} order by all", dict(relation.values)
        ).fetchall()

    every_organization = Scope(
        frozenset(Island(*each) for each in ISLANDS if each[0] == "co-x"), companies=frozenset()
    )
    assert companies(Scope()) == companies(every_organization) == []
    assert companies(Scope.organization("co-x", "unassigned")) == []
    assert companies(Scope.company("co-x", ["org-a"])) == [("co-x",)]
    assert companies(Scope.company("co-x' or '1'='1", [])) == []
    assert companies(Scope.everything()) == [("co-x",), ("co-y",), ("co-z",)]


def test_another_companys_organization_is_not_seen_under_the_own_company(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    assert seen(lake, Scope.organization("co-x", "org-c"), "fct_monthly_costs") == []


def test_everything_is_everything_only_when_said(lake: duckdb.DuckDBPyConnection) -> None:
    assert seen(lake, Scope.everything(), "fct_daily_costs") == sorted(ISLANDS)


def test_everything_and_a_list_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="not both"):
        Scope(frozenset({Island("co-x", "org-a")}), is_everything=True)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_id_is_a_value_and_finds_only_itself(
    lake: duckdb.DuckDBPyConnection, text: str
) -> None:
    assert seen(lake, Scope.organization("co-z", text), "fct_monthly_costs") == [("co-z", text)]
    assert seen(lake, Scope.organization(text, "org-a"), "fct_monthly_costs") == []
    assert seen(lake, Scope.organization(text, text), "fct_monthly_costs") == []


def test_hostile_ids_never_become_part_of_the_question() -> None:
    scope = Scope(frozenset(Island(text, text) for text in HOSTILE))
    harmless = Scope(frozenset(Island(str(n), str(n)) for n in range(len(HOSTILE))))
    assert scope.relation("fct_monthly_costs").sql == harmless.relation("fct_monthly_costs").sql


@pytest.mark.parametrize(
    "name",
    [
        "fct_monthly_costs; drop table lake.marts.fct_monthly_costs",
        "fct_monthly_costs where true) --",
        "int_charges",
        "FCT_MONTHLY_COSTS",
        "",
    ],
)
def test_only_published_marts_can_be_read(name: str) -> None:
    with pytest.raises(KeyError, match="no published mart"):
        Scope.everything().relation(name)


def test_two_marts_of_one_scope_are_joined_with_one_set_of_values(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    scope = Scope.company("co-y", ["org-c"])
    costs, names = scope.relation("fct_monthly_costs"), scope.relation("dim_organizations")
    joined = lake.execute(
        f"select count(*) from {costs.sql} as costs"
        f" join {names.sql} as names using (organization_id, company_id)",
        {**costs.values, **names.values},
    ).fetchone()
    assert joined == (2,)
