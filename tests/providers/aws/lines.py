"""Single lines of AWS bills."""

import uuid
from datetime import datetime
from typing import Any


def cur_line(
    account: str, cost: float | str, period: str = "2026-09", **more: Any
) -> dict[str, Any]:
    """One usage line of a CUR, in CUR 2.0 names."""
    start = datetime.strptime(period, "%Y-%m")  # noqa: DTZ007 - the bill's own, without a zone
    return {
        "identity_line_item_id": uuid.uuid5(uuid.NAMESPACE_OID, f"{account}{cost}").hex,
        "bill_billing_period_start_date": start,
        "bill_payer_account_id": "012345678901",
        "line_item_usage_account_id": account,
        "line_item_line_item_type": "Usage",
        "line_item_product_code": "AmazonEC2",
        "line_item_operation": "RunInstances",
        "line_item_usage_start_date": start,
        "line_item_usage_end_date": start.replace(hour=1),
        "line_item_usage_amount": 1.0,
        "line_item_currency_code": "USD",
        "line_item_unblended_cost": cost,
        "line_item_line_item_description": "서울 리전, 인스턴스",
        **more,
    }


def focus_line(
    account: str, cost: float | str, period: str = "2026-09", **more: Any
) -> dict[str, Any]:
    """One usage line of a FOCUS export."""
    start = datetime.strptime(period, "%Y-%m")  # noqa: DTZ007 - the bill's own, without a zone
    return {
        "BillingAccountId": "012345678901",
        "BillingPeriodStart": start,
        "SubAccountId": account,
        "ChargeCategory": "Usage",
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start.replace(hour=1),
        "ServiceName": "Amazon Elastic Compute Cloud",
        "BillingCurrency": "USD",
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ListCost": cost,
        "ContractedCost": cost,
        **more,
    }
