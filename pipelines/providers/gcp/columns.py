"""The raw fields of a GCP bill that the models read, and what landing calls them.

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
class Columns:
    """The fields of a dataset and those that landing looks at."""

    fields: tuple[Field, ...]
    cost: str
    currency: str
    month_sql: str
    """Invoice month as YYYYMM, in BigQuery."""
    month: str
    """Landing's name of the field that names the month."""
    has_credits: bool


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

_EXPORT = Columns(_USAGE, "cost", "currency", "invoice.month", "invoice_month", has_credits=True)
COLUMNS: Final = {
    "detailed": _EXPORT,
    "standard": _EXPORT,
    "focus": Columns(
        _FOCUS,
        "BilledCost",
        "BillingCurrency",
        "format_timestamp('%Y%m', timestamp(BillingPeriodStart))",
        "BillingPeriodStart",
        has_credits=False,
    ),
}
"""Dataset -> its fields."""
