"""Rows of a billing export as BigQuery writes them, and the table's schema."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from google.cloud.bigquery import SchemaField

BILLING_ACCOUNT = "01A2B3-C4D5E6-F7A8B9"
EXPORTED = "2026-09-15T12:00:00Z"
PARTS: Mapping[str, Sequence[str]] = {
    "service": ("id", "description"),
    "sku": ("id", "description"),
    "project": ("id", "number", "name"),
    "location": ("location", "region", "zone"),
    "usage": ("unit", "pricing_unit"),
    "invoice": ("month",),
    "adjustment_info": ("id", "description"),
    "consumption_model": ("id", "description"),
    "subscription": ("instance_id",),
    "resource": ("name", "global_name"),
}


def usage_row(cost: float | str = 10.0, month: str = "202609", **other: Any) -> dict[str, Any]:
    """Return one row of a detailed export; `other` replaces top-level fields."""
    start = f"{month[:4]}-{month[4:]}-10"
    row: dict[str, Any] = {
        "billing_account_id": BILLING_ACCOUNT,
        "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
        "sku": {"id": "0000-AAAA-0001", "description": "N2 Instance Core running in Seoul"},
        "usage_start_time": f"{start}T08:00:00Z",
        "usage_end_time": f"{start}T09:00:00Z",
        "export_time": EXPORTED,
        "project": {"id": "shop-prod", "number": "000000000042", "name": "커머스 운영"},
        "labels": [{"key": "team", "value": "커머스"}],
        "system_labels": [],
        "tags": [],
        "location": {"location": "asia-northeast3", "region": "asia-northeast3", "zone": None},
        "cost": cost,
        "currency": "USD",
        "currency_conversion_rate": 1.0,
        "usage": {
            "amount": 3600.0, "unit": "seconds", "amount_in_pricing_units": 1.0,
            "pricing_unit": "hour",
        },
        "credits": [],
        "invoice": {"month": month},
        "cost_type": "regular",
        "adjustment_info": None,
        "consumption_model": None,
        "subscription": None,
        "resource": {"name": "vm-1", "global_name": None},
    }  # fmt: skip
    return row | other


def credit(kind: str, amount: float | str) -> dict[str, Any]:
    """Return one credit."""
    return {"id": "", "name": kind.title(), "full_name": "", "type": kind, "amount": amount}


def focus_row(cost: float = 10.0, month: str = "2026-09", **other: Any) -> dict[str, Any]:
    """Return one row of Google's FOCUS view."""
    row: dict[str, Any] = {
        "BillingAccountId": BILLING_ACCOUNT,
        "BillingCurrency": "USD",
        "BillingPeriodStart": f"{month}-01T00:00:00Z",
        "ChargePeriodStart": f"{month}-10T08:00:00Z",
        "ChargePeriodEnd": f"{month}-10T09:00:00Z",
        "ChargeCategory": "Usage",
        "ServiceName": "Compute Engine",
        "SubAccountId": "shop-prod",
        "BilledCost": cost,
        "EffectiveCost": cost,
        "Tags": [{"key": "team", "value": "커머스"}],
        "x_ExportTime": EXPORTED,
    }
    return row | other


def price_row(price: float = 0.03, exported_at: str = EXPORTED, **other: Any) -> dict[str, Any]:
    """Return one SKU of a pricing snapshot."""
    rate = {
        "pricing_unit_quantity": 1.0, "start_usage_amount": 0.0, "usd_amount": price,
        "account_currency_amount": price * 1400,
    }  # fmt: skip
    row: dict[str, Any] = {
        "export_time": exported_at,
        "pricing_as_of_time": exported_at,
        "billing_account_id": BILLING_ACCOUNT,
        "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
        "sku": {"id": "0000-AAAA-0001", "description": "N2 Instance Core running in Seoul"},
        "pricing_unit": "hour",
        "account_currency_code": "KRW",
        "list_price": {"tiered_rates": [rate]},
        "consumption_model_prices": [
            {
                "consumption_model_id": "D97B-0795-975B",
                "consumption_model_display_name": "Compute flexible CUD, 1 year",
                "list_price": {"tiered_rates": [rate | {"account_currency_amount": price * 1000}]},
            }
        ],
    }
    return row | other


def subscription_row(amount: float = 1.5, **other: Any) -> dict[str, Any]:
    """Return one commitment of the CUD metadata export, spelled as Google spells it."""
    row: dict[str, Any] = {
        "billing_account_id": BILLING_ACCOUNT,
        "cud_product": {"id": "p", "display_name": "Flexible CUD", "type": "Spend-Based"},
        "subscription": {"instance_id": "769c55ea", "display_name": "서울 약정"},
        "region": "asia-northeast3",
        "commitent_amount": {"unit": "$/hr", "value": amount},
        "term": "P1Y",
        "start_time": "2026-09-01T00:00:00Z",
        "end_time": "2027-09-01T00:00:00Z",
        "state": "Active",
    }
    return row | other


def lines_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _record(name: str, texts: Sequence[str], *numbers: str, mode: str = "NULLABLE") -> SchemaField:
    fields = [
        *(SchemaField(field, "STRING") for field in texts),
        *(SchemaField(field, "FLOAT64") for field in numbers),
    ]
    return SchemaField(name, "RECORD", mode=mode, fields=fields)


def usage_schema(*without: str) -> list[SchemaField]:
    """Return the schema of the detailed export, without the columns named."""
    numbers = {"usage": ("amount", "amount_in_pricing_units")}
    fields = [
        *(SchemaField(n, "STRING") for n in ("billing_account_id", "currency", "cost_type")),
        *(SchemaField(n, "FLOAT64") for n in ("cost", "currency_conversion_rate")),
        *(
            SchemaField(n, "TIMESTAMP")
            for n in ("usage_start_time", "usage_end_time", "export_time")
        ),
        *(_record(name, texts, *numbers.get(name, ())) for name, texts in PARTS.items()),
        *(
            _record(n, ("key", "value"), mode="REPEATED")
            for n in ("labels", "system_labels", "tags")
        ),
        _record("credits", ("id", "name", "full_name", "type"), "amount", mode="REPEATED"),
    ]
    return [field for field in fields if field.name not in without]


def pricing_schema() -> list[SchemaField]:
    """Return the schema of the pricing export."""
    rate = ("pricing_unit_quantity", "start_usage_amount", "usd_amount", "account_currency_amount")
    return [
        *(SchemaField(n, "TIMESTAMP") for n in ("export_time", "pricing_as_of_time")),
        *(
            SchemaField(n, "STRING")
            for n in ("billing_account_id", "pricing_unit", "account_currency_code")
        ),
        *(_record(n, ("id", "description")) for n in ("service", "sku")),
        SchemaField(
            "list_price", "RECORD", fields=[_record("tiered_rates", (), *rate, mode="REPEATED")]
        ),
        SchemaField(
            "consumption_model_prices",
            "RECORD",
            mode="REPEATED",
            fields=[
                SchemaField("consumption_model_id", "STRING"),
                SchemaField("consumption_model_display_name", "STRING"),
                SchemaField(
                    "list_price",
                    "RECORD",
                    fields=[_record("tiered_rates", (), *rate, mode="REPEATED")],
                ),
            ],
        ),
    ]


def subscription_schema() -> list[SchemaField]:
    """Return the schema of the CUD metadata export, which tells no times of loading."""
    return [
        *(SchemaField(n, "STRING") for n in ("billing_account_id", "region", "term", "state")),
        *(SchemaField(n, "TIMESTAMP") for n in ("start_time", "end_time")),
        _record("cud_product", ("id", "display_name", "type")),
        _record("subscription", ("instance_id", "display_name")),
        _record("commitent_amount", ("unit",), "value"),
    ]
