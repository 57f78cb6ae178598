"""A member's `finhouse sql`: whatever he asks, no more than his rows come, and nothing changes."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from pipelines.cli.identity import SAID, Identity
from pipelines.cli.sql import sql
from pipelines.serving import serve
from tests.fuzz.door import shared_folder
from tests.fuzz.sql_grammar import spelled
from tests.published import CONTRACTS, cost, house_in, publish
from warehouse.scope import COMPANY_MARTS

MEMBER = "analyst@example.com"
CANARY = "CNRY-theirs"
"""Stands in every file of the house that is not the member's, and in the environment."""
PROBE = """
;select 'probe:' || md5(string_agg(name || '=' || value, ',' order by name) || current_schema())
from duckdb_settings()"""
"""Asked after everything else: what was set by then."""
_APP = typer.Typer()
_APP.command()(sql)
_PROBED = re.compile("probe:[0-9a-f]{32}")
_ENVIRONMENT = {
    "FINHOUSE_QUESTION_SECONDS": "10",
    "FINHOUSE_QUESTION_MEMORY": "300000000",
    "COLUMNS": "2000",
    "SECRET": CANARY,
}
_FLEETING = ("-wal", "-shm", "-journal", ".lock")
"""Ends of names of what SQLite and locks keep beside their files."""


@dataclass(frozen=True)
class Published:
    """A house with two organizations, of which the member may see one."""

    root: Path
    paths: tuple[str, ...]
    """What an attacker would like to read or to write."""
    settings: str = ""
    """The probe's answer when nothing else was asked."""
    files: Mapping[str, str] = field(default_factory=dict)
    """What was in every file then."""

    def ask(self, text: str) -> Result:
        """Ask as the member, of his organization's file or of all he may see."""
        where = ["--organization", "Retail"] if len(text) % 2 else []
        how = ["--csv", "--json", ""][len(text) % 3]
        words = ["--limit", "5", *where, *filter(None, [how]), "--", f"{text}{PROBE}"]
        with pytest.MonkeyPatch.context() as patch:
            for name, value in _ENVIRONMENT.items():
                patch.setenv(name, value)
            with house_in(self.root):
                token = SAID.set(Identity(MEMBER))
                try:
                    return CliRunner().invoke(_APP, words)
                finally:
                    SAID.reset(token)

    def files_now(self) -> Mapping[str, str]:
        """Return what is in every file."""
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.root.rglob("*")
            if path.is_file() and not path.name.endswith(_FLEETING)
        }


@cache
def _published() -> Published:
    root = shared_folder()
    with house_in(root) as house:
        registry = house.registry
        company = registry.companies.add("Acme", plan="standard").company_id
        ids = {
            name: registry.organizations.add(name, company="Acme").organization_id
            for name in ("Retail", "Stores")
        }
        menus = {"costs": "view", "resources": "view", "commitments": "view"}
        registry.roles.add("Analyst", menus, company="Acme", organization="Retail")
        registry.members.add("owner@example.com", company="Acme")
        registry.members.add(MEMBER, company="Acme", organization="Retail", role="Analyst")
        texts = {
            mart: [each["name"] for each in columns if each["data_type"].lower() == "varchar"]
            for mart, columns in CONTRACTS.items()
        }
        rows = {
            mart: [
                dict.fromkeys(texts[mart], CANARY)
                | {"company_id": company, "organization_id": ids["Stores"]}
                for _ in range(2)
            ]
            for mart in CONTRACTS.keys() - COMPANY_MARTS
        }
        own = cost("1.5", company_id=company, organization_id=ids["Retail"])
        publish(house, {**rows, "fct_monthly_costs": [own, *rows["fct_monthly_costs"]]})
        serve(house)
    for name in ("creds.txt", "theirs.csv", "theirs.json"):
        (root / name).write_text(f'{{"a": "{CANARY}"}}', "utf-8")
    files = sorted(str(path) for path in root.rglob("*") if path.is_file())
    paths = (*files, str(root / "new.csv"), "/etc/passwd", "/proc/self/environ", "lake.duckdb")
    found = Published(root, (*paths, "../creds.txt", "http://127.0.0.1:1/x.parquet", ":memory:"))
    alone = found.ask("select 1;").output
    probed = _PROBED.search(alone)
    assert probed, alone
    return replace(found, settings=probed[0], files=found.files_now())


def asked(text: str) -> None:
    """Ask a text; fail if it gets, changes or breaks anything."""
    house = _published()
    result = house.ask(text)
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    assert CANARY not in result.output, "rows that are not the member's"
    assert {*_PROBED.findall(result.stdout)} <= {house.settings}, "a setting has changed"
    assert house.files_now() == house.files, "a file was written"
    assert result.stdout if result.exit_code == 0 else result.stderr.strip(), "nothing is said"


QUESTIONS = (
    b"select service_name, sum(effective_cost) from fct_monthly_costs group by all",
    b"with x as (from marts.fct_daily_costs) select * from x; explain analyze from x",
    b"pivot fct_monthly_costs on service_name using sum(effective_cost)",
    b"from read_csv('/etc/passwd'), query_table('dim_organizations')",
    b"attach 'lake.duckdb' as x; copy (from x.marts.dim_accounts) to 'new.csv'",
    b"set variable a = 1; select getvariable('a'), current_setting('memory_limit')",
    "select '\u200b\uac00', e'\\x41' -- /* $$\n".encode(),
)
DECISIONS = tuple(bytes(range(start, start + 60)) for start in range(0, 180, 60))


def asked_as_it_is(data: bytes, _: Path) -> None:
    """Ask a text as the system hands it over, which need not be UTF-8."""
    asked(data.decode("utf-8", "surrogateescape"))


def asked_by_grammar(data: bytes, _: Path) -> None:
    """Ask what the bytes decide."""
    asked(spelled(data, _published().paths))
