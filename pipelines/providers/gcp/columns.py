"""The raw fields of a GCP export that the models read, and what landing calls them.

Landing spells nested fields flat (`project.id` -> `project_id`), so that a month of JSON lines
and a month of Parquet are one relation.
"""

from dataclasses import dataclass
from typing import Final

TEXT: Final = "text"
NUMBER: Final = "number"
TIME: Final = "time"
LABELS: Final = "labels"
"""A list of {key, value}."""
CREDITS: Final = "credits"
RATES: Final = "rates"
"""A list of the tiers of a price."""
MODELS: Final = "models"
"""A list of the prices of a SKU under each consumption model, such as that of a commitment."""
TAGS: Final = "tags"
"""FOCUS: a map of its own, JSON text or a list of {key, value}."""


@dataclass(frozen=True)
class Field:
    """One raw field: where it lies, and its kind."""

    path: tuple[str, ...]
    kind: str
    is_required: bool = False

    @property
    def name(self) -> str:
        """Its name in landing."""
        return "_".join(self.path)

    @property
    def raw(self) -> str:
        """Its name as Google writes it."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Bill:
    """The fields by which landing adds up a bill."""

    cost: str
    currency: str
    month_sql: str
    """Invoice month as YYYYMM, in BigQuery."""
    month: str
    """Landing's name of the field that names the month."""
    has_credits: bool


@dataclass(frozen=True)
class Columns:
    """The fields of a dataset."""

    fields: tuple[Field, ...]
    bill: Bill | None
    """None: daily snapshots that bill nothing. A month is the last one that was loaded in it."""


def _fields(kind: str, names: str, *, required: bool = False) -> tuple[Field, ...]:
    return tuple(Field(tuple(name.split(".")), kind, required) for name in names.split())


_USAGE = (
    *_fields(
        TEXT,
        "billing_account_id invoice.month service.id service.description sku.id sku.description"
        " currency",
        required=True,
    ),
    *_fields(TIME, "usage_start_time usage_end_time export_time", required=True),
    *_fields(NUMBER, "cost", required=True),
    *_fields(CREDITS, "credits", required=True),
    *_fields(
        TEXT,
        "cost_type project.id project.name project.number location.location location.region"
        " location.zone usage.unit usage.pricing_unit resource.name resource.global_name"
        " adjustment_info.id adjustment_info.type adjustment_info.description"
        " adjustment_info.mode transaction_type seller_name consumption_model.id"
        " consumption_model.description subscription.instance_id invoice.publisher_type price.unit",
    ),
    *_fields(
        NUMBER,
        "cost_at_list cost_at_effective_price_default cost_at_list_consumption_model"
        " currency_conversion_rate usage.amount usage.amount_in_pricing_units price.list_price"
        " price.effective_price price.effective_price_default price.tier_start_amount"
        " price.pricing_unit_quantity",
    ),
    *_fields(LABELS, "labels system_labels project.labels tags"),
)

_FOCUS = (
    *_fields(
        TEXT,
        "BillingAccountId BillingCurrency ChargeCategory ServiceName",
        required=True,
    ),
    *_fields(
        TIME,
        "BillingPeriodStart ChargePeriodStart ChargePeriodEnd",
        required=True,
    ),
    *_fields(NUMBER, "BilledCost EffectiveCost", required=True),
    *_fields(TIME, "BillingPeriodEnd"),
    *_fields(
        TEXT,
        "BillingAccountName BillingAccountType SubAccountId SubAccountName SubAccountType InvoiceId"
        " InvoiceIssuerName PricingCurrency ProviderName PublisherName HostProviderName"
        " ServiceProviderName ChargeClass ChargeFrequency ChargeDescription PricingCategory"
        " ServiceCategory ServiceSubcategory RegionId RegionName AvailabilityZone ResourceId"
        " ResourceName ResourceType SkuId SkuMeter SkuPriceId SkuPriceDetails"
        " CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName"
        " CommitmentDiscountStatus CommitmentDiscountType CommitmentDiscountUnit"
        " CapacityReservationId CapacityReservationStatus ConsumedUnit PricingUnit",
    ),
    *_fields(
        NUMBER,
        "ContractedCost ListCost ConsumedQuantity PricingQuantity CommitmentDiscountQuantity"
        " ListUnitPrice ContractedUnitPrice",
    ),
    *_fields(TAGS, "Tags"),
)

_PRICING = (
    *_fields(TEXT, "billing_account_id service.id sku.id pricing_unit", required=True),
    *_fields(TIME, "export_time", required=True),
    *_fields(RATES, "list_price.tiered_rates", required=True),
    *_fields(TEXT, "service.description sku.description account_currency_code"),
    *_fields(TIME, "pricing_as_of_time"),
    *_fields(RATES, "billing_account_price.tiered_rates"),
    *_fields(MODELS, "consumption_model_prices"),
)

_SUBSCRIPTIONS = (
    *_fields(TEXT, "billing_account_id subscription.instance_id term state", required=True),
    *_fields(TIME, "start_time", required=True),
    *_fields(
        TEXT,
        "cud_product.id cud_product.display_name cud_product.type consumption_model.id"
        " consumption_model.description subscription.entitlement_scope subscription.display_name"
        # Google spells the first so.
        " region commitent_amount.unit commitment_amount.unit",
    ),
    *_fields(NUMBER, "commitent_amount.value commitment_amount.value"),
    *_fields(TIME, "end_time"),
)

_EXPORT = Columns(
    _USAGE, Bill("cost", "currency", "invoice.month", "invoice_month", has_credits=True)
)
COLUMNS: Final = {
    "detailed": _EXPORT,
    "standard": _EXPORT,
    "focus": Columns(
        _FOCUS,
        Bill(
            "BilledCost",
            "BillingCurrency",
            "format_timestamp('%Y%m', timestamp(BillingPeriodStart))",
            "BillingPeriodStart",
            has_credits=False,
        ),
    ),
    "pricing": Columns(_PRICING, None),
    "cud_subscriptions": Columns(_SUBSCRIPTIONS, None),
}
"""Dataset -> its fields."""
