"""A drop is kept whole and typed, or refused with its line; the same event counts once."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.platform.datasets import DATASETS
from pipelines.platform.landing import LANDED, REFUSED, UNCHANGED, has_events, land_drops
from pipelines.settings import PROJECT

INVOICE: dict[str, Any] = {
    "event_id": "e-1",
    "occurred_at": "2026-10-01T08:30:00+09:00",
    "company_id": "co-a",
    "invoice_id": "한빛-1",
    "issued_date": "2026-10-01",
    "billing_currency": "KRW",
    "invoice_amount": "110000.10",
}
LOGIN: dict[str, Any] = {
    "event_id": "1b4e28ba-2fa1-4d11-883f-0016d3cca427",
    "occurred_at": "2026-10-01T00:00:00Z",
    "company_id": "co-a",
    "email": "Kim@한빛.kr",
    "event_type": "login",
    "ip_address": "203.0.113.7",
}
CARD = "4111111111111111"


def put(folder: Path, name: str, *rows: Mapping[str, Any]) -> Path:
    """Write rows as the name's ending says."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    if path.suffix == ".parquet":
        pl.DataFrame([*rows]).write_parquet(path)
    elif path.suffix == ".csv":
        pl.DataFrame([*rows]).write_csv(path)
    else:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        path.write_text(text, "utf-8")
    return path


def landed(tmp_path: Path, dataset: str) -> list[dict[str, Any]]:
    return pl.read_parquet(tmp_path / "landed" / dataset / "*.parquet").to_dicts()


def land(tmp_path: Path) -> list[tuple[str, str]]:
    return [(each.status, each.message) for each in land_drops(tmp_path / "d", tmp_path / "landed")]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_a_drop_is_kept_typed_and_in_utc_whatever_its_kind(tmp_path: Path, ending: str) -> None:
    put(tmp_path / "d", f"invoices-2026-10.{ending}", INVOICE)
    assert land(tmp_path) == [(LANDED, "")]
    [row] = landed(tmp_path, "invoices")
    assert row["occurred_at"] == datetime(2026, 9, 30, 23, 30)  # noqa: DTZ001 - UTC without a zone
    assert row["issued_date"] == date(2026, 10, 1)
    assert row["invoice_amount"] == Decimal("110000.10")
    assert (row["invoice_id"], row["due_date"]) == ("한빛-1", None)


def test_a_drop_is_landed_once_by_its_content(tmp_path: Path) -> None:
    land(tmp_path)
    assert not has_events(tmp_path / "landed")
    put(tmp_path / "d", "invoices-1.jsonl", INVOICE)
    put(tmp_path / "d", "invoices-2.jsonl", INVOICE)
    put(tmp_path / "d", ".invoices-3.jsonl", INVOICE)
    assert [status for status, _ in land(tmp_path)] == [LANDED, UNCHANGED]
    assert [status for status, _ in land(tmp_path)] == [UNCHANGED, UNCHANGED]
    assert has_events(tmp_path / "landed")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"occurred_at": "2026-10-01T08:30:00"}, "column 'occurred_at' has no time zone"),
        ({"occurred_at": "yesterday"}, "column 'occurred_at' is no time"),
        ({"issued_date": "5/1/26"}, "column 'issued_date' is no day"),
        ({"invoice_amount": "NaN"}, "column 'invoice_amount' is not between"),
        ({"invoice_amount": -1}, "column 'invoice_amount' is not between"),
        ({"invoice_amount": "0.0000000000001"}, "more than 12 decimals"),
        ({"invoice_amount": True}, "is no exact number"),
        ({"billing_currency": "won"}, "column 'billing_currency' is no currency"),
        ({"company_id": ""}, "column 'company_id' is empty"),
        ({"invoice_id": "a\u202eb"}, "column 'invoice_id' cannot be kept"),
        ({"memo": "x"}, "column 'memo' is unknown"),
    ],
)
def test_an_unfit_value_refuses_the_file_and_names_its_line(
    tmp_path: Path, wrong: dict[str, Any], said: str
) -> None:
    put(tmp_path / "d", "invoices.jsonl", INVOICE, INVOICE | wrong)
    [(status, message)] = land(tmp_path)
    assert status == REFUSED
    assert "invoices.jsonl, line 2" in message
    assert said in message
    assert landed(tmp_path, "invoices") == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("logins.csv", b"event_id,email\nc\n", "CSV_RAGGED: logins.csv, line 2"),
        ("logins.csv", b'event_id\n"a\n', "CSV_UNREADABLE: logins.csv, line 2"),
        ("logins.csv", b"", "CSV_HEADER: logins.csv"),
        ("logins.jsonl", b'{"event_id": "a"', "JSON: logins.jsonl, line 1"),
        ("logins.jsonl", b"[1]\n", "JSON: logins.jsonl, line 1"),
        ("logins.jsonl", b"\n\xff\n", "ENCODING: logins.jsonl, line 2"),
        ("logins.parquet", b"PAR1", "PARQUET_UNREADABLE: logins.parquet"),
        ("log.txt", b"", "FILE_NAME: log.txt"),
        ("cards.jsonl", b"", "FILE_NAME: cards.jsonl"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / name).write_bytes(content)
    [(status, message)] = land(tmp_path)
    assert (status, message[: len(said)]) == (REFUSED, said)


def test_a_parquet_file_damaged_in_its_first_page_is_read_or_refused(tmp_path: Path) -> None:
    whole = put(tmp_path / "d", "invoices.parquet", INVOICE).read_bytes()
    for at in range(4, 60):
        (tmp_path / "d" / "invoices.parquet").write_bytes(whole[:at] + b"\x7f" + whole[at + 1 :])
        [(status, message)] = land(tmp_path)
        assert status == LANDED or message.startswith(("PARQUET_UNREADABLE", "SCHEMA", "VALUE"))


@pytest.mark.parametrize(
    "hidden",
    [
        {"subject": f"my card {CARD}, please"},
        {"subject": "4111 1111 1111 1111"},
        {"subject": "3782-822463-10005"},
        {"subject": "４１１１１１１１１１１１１１１１"},  # noqa: RUF001 - full-width digits
        {"inquiry_id": int(CARD)},
        {"pan": CARD},
        {"event_id": "5555555555554444"},
    ],
)
def test_a_card_number_is_refused_wherever_it_hides_and_not_repeated(
    tmp_path: Path, hidden: dict[str, Any]
) -> None:
    inquiry = {k: v for k, v in LOGIN.items() if k != "ip_address"}
    inquiry |= {"event_type": "opened", "inquiry_id": "q-1", **hidden}
    put(tmp_path / "d", "inquiries.jsonl", inquiry)
    [(status, message)] = land(tmp_path)
    assert status == REFUSED
    assert message.startswith("CARD_NUMBER: inquiries.jsonl, line 1: column ")
    assert not [digits for digits in (CARD, "1111", "10005", "4444") if digits in message]


def test_what_only_looks_like_a_card_is_kept(tmp_path: Path) -> None:
    ids = ["4111111111111112", "1600000000000", f"a{CARD}", LOGIN["event_id"], "0" * 16]
    put(tmp_path / "d", "logins.jsonl", *(LOGIN | {"event_id": each} for each in ids))
    assert land(tmp_path) == [(LANDED, "")]
    assert {row["email"] for row in landed(tmp_path, "logins")} == {"kim@한빛.kr"}


def test_only_a_card_update_is_of_no_invoice(tmp_path: Path) -> None:
    update = {key: LOGIN[key] for key in ("event_id", "occurred_at", "company_id")}
    update |= {"event_type": "card_updated", "payment_method": "card"}
    put(tmp_path / "d", "payments-1.jsonl", update)
    put(tmp_path / "d", "payments-2.jsonl", update | {"event_type": "paid"})
    assert [status for status, _ in land(tmp_path)] == [LANDED, REFUSED]


def test_the_documentation_tells_every_column() -> None:
    page = (PROJECT / "docs" / "platform.md").read_text("utf-8")
    assert [
        f"{dataset}.{column.name}"
        for dataset, columns in DATASETS.items()
        for column in columns
        if f"`{column.name}`" not in page
    ] == []
