"""Questions spelled by decisions: each byte chooses how to go on in DuckDB's own vocabulary."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import duckdb

from tests.published import CONTRACTS

DEPTH = 7
"""Beyond it the first production of a rule is taken: it leads to an end."""
_HOLE = re.compile(r"<(\w+)>")
_RULES: Mapping[str, Sequence[str]] = {
    "text": (
        *("<statement>", "<statement>; <statement>", "<statement>; <probe>", "<noise><statement>"),
        *("<statement><noise>", "<soup>", "explain <analyze> <statement>; <statement>"),
    ),
    "statement": (*["<question>"] * 6, "<change>", "<setting>", "<file>"),
    "question": (
        *(*["<query>"] * 6, "describe <query>", "summarize <relation>", "show <setting_name>"),
        *("show all tables", "explain <analyze> <statement>", "execute p(<values>)", "<pivot>"),
    ),
    "query": (
        *("select <value>", "select <values> from <relation>", "from <relation>"),
        "select <values> from <relation> where <value> order by <value> limit <value>",
        "select <value>, <aggregate> from <relation> group by all having <aggregate>",
        "with x as (<query>) select <values> from x",
        "with recursive x as (select <value> as a union all select <value> from x) from x limit 9",
        *("<query> union all by name <query>", "select * exclude (<column>) from <relation>"),
        *("values (<values>)", "table <mart>", "select <values> from (<pivot>)"),
        "select <aggregate> over (partition by <value> order by <value>) from <relation>",
        "select columns('<column>') from <relation>",
    ),
    "pivot": (
        "pivot <relation> on <value> using <aggregate>",
        "unpivot <relation> on <column> into name x value y",
    ),
    "change": (
        *("create <kind> x as <query>", "create or replace <kind> x as <query>"),
        *("create temp <kind> x as <query>", "create macro x(a) as <value>"),
        *("create macro x() as table <query>", "create type x as <type>", "create schema x"),
        *("create secret x (type s3, scope '<path>')", "create sequence x", "truncate <relation>"),
        *("insert into <relation> <query>", "update <relation> set <column> = <value>"),
        *("delete from <relation> where <value>", "drop <kind> if exists <relation>"),
        *("alter table <relation> add column <column> <type>", "comment on table x is '<path>'"),
        *("merge into <relation> using <relation> on <value> when matched then delete",),
        *("prepare p as <statement>", "prepare p as select $1; execute p(<value>)"),
        *("begin", "commit", "rollback", "checkpoint", "vacuum", "analyze", "deallocate p"),
    ),
    "setting": (
        *("set <setting_name> = <value>", "set <scope> <setting_name> = '<path>'"),
        *("reset <setting_name>", "pragma <setting_name> = <value>", "pragma <pragma>"),
        *("call <table_function>", "use <catalog>"),
        *("set variable <column> = <value>", "set <setting_name> to default"),
        "select set_config('<setting_name>', '<path>', false)",
    ),
    "file": (
        *("copy (<query>) to '<path>'", "copy <relation> from '<path>'", "load '<path>'"),
        *("copy <relation> to '<path>' (format <format>)", "attach '<path>' as x", "detach lake"),
        *("attach '<path>' as x (type <format>); from x.<schema>.cost", "export database '<path>'"),
        *("import database '<path>'", "install <format>", "load <format>", "update extensions"),
        "copy (select <value>) to '<path>' (format csv, partition_by (<column>), overwrite true)",
    ),
    "relation": (
        *("<mart>", "<catalog>.<schema>.<mart>", "<schema>.<mart>", "'<path>'", '"<path>"'),
        *(*["<table_function>"] * 6, "(<query>)", "<relation> as t", "<reader>('<path>')"),
        *("<reader>(['<path>', '<path>'])", "<table_function> with ordinality"),
        *("<relation> join <relation> on <value>", "<relation>, lateral (<query>)"),
        *("<relation> tablesample 10%", "<relation> at (version => 1)", "query('<query>')"),
        *("query_table('<mart>')", "query_table(['<mart>', '<path>'])", "x", "range(<value>)"),
    ),
    "value": (
        *("1", *["<scalar>"] * 6, "<column>", "'<path>'", "<number>", "<words>", "<list>", "null"),
        *("(<query>)", "exists (<query>)", "<value>::<type>", "[<values>]", "true"),
        *("{'a': <value>}", "try(<value>)", "case when <value> then <value> end", "1e308"),
        *("list_transform([<value>], lambda a: <value>)", "<value> <operator> <value>"),
        *("<value> in (<query>)", "try_cast(<value> as <type>)", "interval (<number>) day"),
        *("getvariable('<column>')", "current_setting('<setting_name>')", "array(<query>)"),
        *("x'00'", "$$<path>$$", "e'\\u0000'", "timestamptz '2026-09-01 00:00:00+09'"),
    ),
    "words": (
        "'a'",
        "<scalar>",
        "'<path>'",
        "'<setting_name>'",
        "'<mart>'",
        "''",
        "chr(0)",
        "'가'",
    ),
    "number": ("1", "0", "-1", "9223372036854775807", "<scalar>", "1e308::double", "'nan'::float"),
    "list": ("[<values>]", "[]", "[[1], null]", "<scalar>", "range(9)"),
    "lambda": ("lambda a: <value>", "lambda a, b: a"),
    "values": ("<value>", "<value>, <value>", "*", "<value>, <values>"),
    "probe": ("select <value> as probe", "from duckdb_settings()", "from duckdb_databases()"),
    "analyze": ("", "analyze", "(analyze)", "(format json)"),
    "kind": ("table", "view", "index", "function", "type", "schema", "sequence", "secret"),
    "scope": ("", "global", "session", "local"),
    "catalog": ("lake", "system", "temp", "memory", "portion", "__ducklake_metadata_lake", "x"),
    "schema": ("marts", "main", "information_schema", "pg_catalog", "intermediate", "registry"),
    "column": ("organization_id", "company_id", "effective_cost", "service_name", "a", "rowid"),
    "format": ("csv", "json", "parquet", "sqlite", "postgres", "ducklake", "httpfs", "duckdb"),
    "reader": ("read_text", "read_blob", "read_csv", "read_json", "read_parquet", "glob"),
    "operator": ("||", "+", "=", "<>", "like", "~", "and", "or", "is", "->>", "**", "%", "collate"),
    "noise": (
        *("/* <soup> */", "-- <soup>\n", ";;", "\u200b", "\ufeff", "\u00a0", "/*/* */ */", "\0"),
        *(
            "\uff53\uff45lect ",
            "\u202e",
            "\U0001d564",
            "\udcff",
            "'",
            '"',
            "$$",
            "(",
            "\x1b[2J",
            "\\",
            "가",
        ),
    ),
    "soup": ("<token>", "<token> <soup>", "<token> <token> <soup>", "<token>(<soup>)"),
    "token": (
        "<keyword>",
        "?",
        "$1",
        "*",
        "=>",
        "<value>",
        "<noise>",
        "<mart>",
        "<type>",
        "<setting_name>",
        ";",
        ",",
    ),
}


@cache
def _vocabulary() -> Mapping[str, Sequence[str]]:
    """Return what DuckDB itself knows, by rule: its functions with what they take."""
    with duckdb.connect() as connection:

        def listed(sql: str) -> tuple[str, ...]:
            return tuple(name for (name,) in connection.execute(sql).fetchall())

        def calls(*kinds: str) -> tuple[str, ...]:
            known = connection.execute(
                "select function_name, parameter_types from duckdb_functions() where"
                " list_contains($kinds, function_type)"
                " and regexp_full_match(function_name, '\\w+') order by all",
                {"kinds": kinds},
            ).fetchall()
            return tuple(f"{name}({', '.join(map(_rule_of, types))})" for name, types in known)

        return {
            "scalar": calls("scalar", "macro"),
            "aggregate": calls("aggregate"),
            "table_function": calls("table", "table_macro"),
            "pragma": calls("pragma"),
            "setting_name": listed("select name from duckdb_settings() order by 1"),
            "keyword": listed("select keyword_name from duckdb_keywords() order by 1"),
            "type": listed("select distinct type_name from duckdb_types() order by 1"),
        }


def _rule_of(kind: str | None) -> str:
    """Return how to spell a value that a function takes."""
    if kind is None:
        return "<value>"
    rules = {"LAMBDA": "<lambda>", "[]": "<list>", "VARCHAR": "<words>", "INT": "<number>"}
    return next((rule for part, rule in rules.items() if part in kind), "<value>")


def spelled(decisions: bytes, paths: Sequence[str]) -> str:
    """Spell a text; `paths` are files and folders that it may name."""
    rules = {**_RULES, **_vocabulary(), "mart": sorted(CONTRACTS), "path": paths}
    return _spell("text", rules, iter(decisions), 0)


def _spell(
    rule: str, rules: Mapping[str, Sequence[str]], decisions: Iterator[int], depth: int
) -> str:
    ways = rules[rule]
    # More ways than a byte tells apart take two.
    chosen = next(decisions, 0) + (256 * next(decisions, 0) if len(ways) > 256 else 0)
    way = ways[chosen % len(ways) if depth < DEPTH else 0]
    return _HOLE.sub(lambda hole: _spell(hole[1], rules, decisions, depth + 1), way)
