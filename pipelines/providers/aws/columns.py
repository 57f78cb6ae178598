"""Which raw columns of an AWS bill must be there, and which hold money or quantities."""

import re

from pipelines.providers.columns import Columns

SPLIT_COST_OPERATIONS = ("EKSPod-EC2", "ECSTask-EC2")
"""Rows that repeat the cost of an instance as its containers' shares."""
_CUR = Columns(
    cost="line_item_unblended_cost",
    currency="line_item_currency_code",
    period="bill_billing_period_start_date",
    text=frozenset(
        {
            "bill_payer_account_id",
            "line_item_usage_account_id",
            "line_item_line_item_type",
            "line_item_product_code",
        }
    ),
    times=frozenset({"line_item_usage_start_date", "line_item_usage_end_date"}),
    money=re.compile(
        r"line_item_(net_)?(un)?blended_(cost|rate)|line_item_(usage|normalized_usage)_amount"
        r"|line_item_normalization_factor|pricing_public_on_demand_(cost|rate)"
        r"|discount_(bundled|total)_discount"
        r"|reservation_(net_)?(effective_cost|upfront_value|recurring_fee_for_usage)"
        r"|reservation_(net_)?amortized_upfront_(cost_for_usage|fee_for_billing_period)"
        r"|reservation_(net_)?unused_(amortized_upfront_fee_for_billing_period|recurring_fee)"
        r"|reservation_unused_(normalized_unit_)?quantity"
        r"|savings_plan_(net_)?(amortized_upfront|recurring)_commitment_for_billing_period"
        r"|savings_plan_(net_)?savings_plan_(effective_cost|rate)"
        r"|savings_plan_(total_commitment_to_date|used_commitment)"
        r"|split_line_item_(\w+_)?(cost|usage|ratio)"
    ),
    operation="line_item_operation",
    split_operations=SPLIT_COST_OPERATIONS,
    line_type="line_item_line_item_type",
    net_cost="line_item_net_unblended_cost",
)

_FOCUS = Columns(
    cost="billed_cost",
    currency="billing_currency",
    period="billing_period_start",
    text=frozenset({"billing_account_id", "sub_account_id", "charge_category", "service_name"}),
    times=frozenset({"charge_period_start", "charge_period_end"}),
    money=re.compile(
        r"(billed|effective|contracted|list|pricing_currency_effective)_cost"
        r"|(pricing_currency_)?(contracted|list)_unit_price"
        r"|(consumed|pricing|commitment_discount)_quantity"
    ),
)

COLUMNS = {"cur1": _CUR, "cur2": _CUR, "focus": _FOCUS}
"""Dataset -> what landing looks at."""
