"""What the platform tells of itself, from a dropped file to what owners see."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import Folder, put_cur2
from tests.providers.aws.lines import cur_line

pytestmark = pytest.mark.slow

INVOICE = {
    "event_id": "1",
    "occurred_at": "2026-01-31T00:00:00+09:00",
    "invoice_id": "i-1",
    "issued_date": "2026-01-31",
    "billing_currency": "KRW",
    "invoice_amount": "110000",
}


@pytest.fixture(scope="module")
def house(
    install: Callable[..., Installation], tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """A company with an unpaid invoice of January, and a bill."""
    house = install()
    company = house.house.registry.companies.get().company_id
    folder = Folder(tmp_path_factory.mktemp("bucket"))
    put_cur2(folder, "daily", "2026-09", [cur_line("2", 10.0)])
    house.connect("main", folder.location, "cur2")
    drop(house, "invoices-1.jsonl", [INVOICE | {"company_id": company}])
    assert [each["status"] for each in house.refresh()] == ["landed", "landed"]
    return house


def drop(house: Installation, name: str, rows: list[dict[str, str]]) -> Path:
    path = house.house.settings.drops / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def states(house: Installation) -> list[tuple[object, ...]]:
    return house.ask(
        "select subscription_status, open_invoice_count, open_amount::int"
        " from dim_subscriptions inner join fct_invoices using (company_id)"
    )


@dataclass(frozen=True)
class Later:
    """What was told before a payment and a bad file were dropped, and what became of each file."""

    before: list[tuple[object, ...]]
    outcomes: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def later(house: Installation) -> Later:
    before = states(house)
    company = house.house.registry.companies.get().company_id
    paid = {
        "event_id": "1",
        "occurred_at": "2026-05-01T00:00:00Z",
        "company_id": company,
        "event_type": "paid",
        "payment_method": "bank_transfer",
        "invoice_id": "i-1",
        "billing_currency": "KRW",
        "payment_amount": "110000",
    }
    drop(house, "payments.jsonl", [paid, paid])
    another = INVOICE | {"event_id": "2", "invoice_id": "i-2", "company_id": company}
    drop(house, "invoices-2.jsonl", [another, INVOICE])
    return Later(before, {each["delivery_id"]: each for each in house.refresh(expect=1)})


def test_an_unpaid_invoice_ends_the_plan_and_paying_later_brings_none_back(
    house: Installation, later: Later
) -> None:
    assert later.before == [("ended", 0, 110000)]
    assert later.outcomes["payments.jsonl"]["status"] == "landed"
    assert later.outcomes["invoices-1.jsonl"]["status"] == "unchanged"
    assert states(house) == [("ended", 0, 0)]
    assert house.ask("select count(*) from fct_payments") == [(1,)]


def test_a_bad_drop_leaves_what_was_told_before_and_is_named(
    house: Installation, later: Later
) -> None:
    """Nor is its good line told."""
    refused = later.outcomes["invoices-2.jsonl"]
    assert refused["status"] == "refused"
    assert "invoices-2.jsonl, line 2" in refused["message"]
    assert house.ask("select invoice_id from fct_invoices") == [("i-1",)]
