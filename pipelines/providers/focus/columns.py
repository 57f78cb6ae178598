"""The columns of FOCUS 1.0 to 1.4, and what landing asks of them."""

import re
from collections.abc import Iterable

from pipelines.providers.columns import Columns, snake

COLUMNS = Columns(
    cost="billed_cost",
    currency="billing_currency",
    period="billing_period_start",
    text=frozenset({"billing_account_id", "charge_category"}),
    times=frozenset({"charge_period_start", "charge_period_end"}),
    money=re.compile(
        r"(billed|effective|contracted|list|pricing_currency_effective)_cost"
        r"|(pricing_currency_)?(contracted|list)_unit_price"
        r"|(consumed|pricing|commitment_discount)_quantity"
    ),
    more=frozenset({"effective_cost"}),
    optional_text=frozenset({"sub_account_id"}),
    instants=frozenset(
        {"billing_period_start", "billing_period_end", "charge_period_start", "charge_period_end"}
    ),
    json=frozenset({"tags"}),
    nulls=("NULL", "null"),
)
"""Less than FOCUS demands: only what no ledger row can do without."""

KNOWN = frozenset(
    snake(column)
    for column in (
        *("AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName"),
        *("BillingAccountType", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart"),
        *("CapacityReservationId", "CapacityReservationStatus", "ChargeCategory", "ChargeClass"),
        *("ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart"),
        *("CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName"),
        *("CommitmentDiscountQuantity", "CommitmentDiscountStatus", "CommitmentDiscountType"),
        *("CommitmentDiscountUnit", "ConsumedQuantity", "ConsumedUnit", "ContractedCost"),
        *("ContractedUnitPrice", "EffectiveCost", "HostProviderName", "InvoiceId"),
        *("InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory", "PricingCurrency"),
        *("PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost"),
        *("PricingCurrencyListUnitPrice", "PricingQuantity", "PricingUnit", "ProviderName"),
        *("PublisherName", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType"),
        *("ServiceCategory", "ServiceName", "ServiceProviderName", "ServiceSubcategory", "SkuId"),
        *("SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName"),
        *("SubAccountType", "Tags"),
        *("AllocatedMethodDetails", "AllocatedMethodId", "AllocatedResourceId"),
        *("AllocatedResourceName", "AllocatedTags", "CommitmentProgramEligibilityDetails"),
        *("ContractApplied", "InvoiceDetailId"),
    )
)
"""What FOCUS 1.0 to 1.4 know. Those of 1.3 and 1.4 have no place in a ledger of 1.2."""


def unknown(present: Iterable[str]) -> list[str]:
    """Return the columns that are neither FOCUS nor custom (`x_...`): misspelled, most likely."""
    return [raw for raw in present if snake(raw) not in KNOWN and not raw.lower().startswith("x_")]
