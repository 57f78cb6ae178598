"""Doors for what people and the platform write: drops, imports, rates and questions."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from pipelines.cli.importing import read_lines
from pipelines.platform.landing import land_drops
from tests.fuzz.door import connection, shared_folder
from warehouse.extracts.catalog import EXTRACTS
from warehouse.extracts.extract import find
from warehouse.extracts.question import ask
from warehouse.extracts.report import Kind
from warehouse.registry import open_registry
from warehouse.registry.bulk import apply_lines
from warehouse.registry.rate_files import read_rates
from warehouse.registry.store import Registry


def dropped(suffix: str) -> Callable[[bytes, Path], object]:
    """Return the landing of a file that the platform dropped."""

    def read(data: bytes, folder: Path) -> None:
        (folder / "drops").mkdir()
        (folder / "drops" / f"payments.{suffix}").write_bytes(data)
        for drop in land_drops(folder / "drops", folder / "landed"):
            drop.message.encode()

    return read


@cache
def registry() -> Registry:
    """Return a registry with one company; what is applied to it is always undone."""
    opened = open_registry(f"sqlite:///{shared_folder()}/registry.sqlite")
    opened.companies.add("한빛")
    opened.members.add("kim@acme.kr")
    return opened


def imported(suffix: str) -> Callable[[bytes, Path], object]:
    """Return the import of a file of organizations, members and accounts."""

    def read(data: bytes, folder: Path) -> None:
        file = folder / f"people.{suffix}"
        file.write_bytes(data)
        apply_lines(registry(), read_lines(file), dry_run=True)

    return read


def rated(data: bytes, folder: Path) -> None:
    """Read a file of exchange rates."""
    (folder / "rates.csv").write_bytes(data)
    read_rates(folder / "rates.csv")


def asked(data: bytes, _: Path) -> None:
    """Read `name|where|sort|columns` asked of an extract; a database must be able to, too."""
    words = data.decode("utf-8", "surrogateescape").split("|")
    name, where, sort, columns = (words + [""] * 3)[:4]
    extract = find(EXTRACTS, name)
    question = ask(extract, [where] if where else [], [sort], [columns])
    typed = ", ".join(f"null::{SQL_TYPES[each.kind]} as {each.sql}" for each in extract.columns)
    for number, condition in enumerate(question.conditions):
        condition.words.encode()
        sql, values = condition.sql(f"w{number}")
        order = ", ".join(each.sql for each in question.order)
        query = f"select 1 from (select {typed}) where {sql} order by {order}"
        connection().execute(query, values).fetchall()


PAYMENT = {
    "event_id": "e1", "occurred_at": "2026-09-15T12:00:00Z", "company_id": "co-a",
    "event_type": "paid", "payment_method": "card", "invoice_id": "i1",
    "billing_currency": "KRW", "payment_amount": "1000.50",
}  # fmt: skip
PEOPLE = "kind,name,email,organization\norganization,소매,,\nmember,,lee@acme.kr,소매\n"
YAML = """
organizations:
- name: 소매
accounts:
- account_id: '012345678901'
  name: 결제
  organization: 소매
"""
RATES = b"month,from,to,rate\n2026-09,USD,KRW,1350.5\n"
ECB = b"Date,USD,JPY\n2026-09-01,1.1,N/A\n2026-09-02,1.2,160.5\n"
QUESTIONS = (
    b'monthly-costs|service=A,"b, c"|-effective,account|account,effective',
    b"monthly-costs|effective>=100",
    b"cost-by-account|month=2026-09",
    b"commitment-utilization|used_share<50%",
    b"commitment-inventory|last_day>2026-09-30|last_day",
    "resources|name~웹".encode(),
)
SQL_TYPES = {
    Kind.TEXT: "varchar", Kind.MONTH: "varchar", Kind.DATE: "date", Kind.TIME: "timestamp",
    Kind.AMOUNT: "decimal(38, 12)", Kind.RATE: "decimal(38, 12)", Kind.RATIO: "double",
    Kind.COUNT: "bigint",
}  # fmt: skip
