"""Google's prices of commitments: the Cloud Billing Catalog, and the pricing export as landed.

Spend-based commitments are priced by the SKU that is used. Resource-based ones have SKUs of their
own, which tell only in words what they cover: `Commitment v1: N2 Cpu in Seoul for 1 Year` covers
`N2 Instance Core running in Seoul`. The catalog has no prices under spend-based commitments: there
the published discounts are taken off its on-demand prices.
"""

import json
import re
from pathlib import Path
from typing import Final

from pipelines.providers.contract import BilledUse, BillError, OfferFile

FLEXIBLE: Final = "FLEXIBLE_CUD"
SPEND: Final = "SPEND_CUD"
RESOURCE: Final = "RESOURCE_CUD"
MONTHLY: Final = "No Upfront"
DISCOUNTS: Final = (
    *((FLEXIBLE, "Compute Engine", 12, "0.28"), (FLEXIBLE, "Compute Engine", 36, "0.46")),
    *((FLEXIBLE, "Kubernetes Engine", 12, "0.28"), (FLEXIBLE, "Kubernetes Engine", 36, "0.46")),
    (SPEND, "Cloud SQL", 12, "0.25"),
)
"""Program, service, months, share off. Source: Google Cloud, "Committed use discounts", reviewed on
the day below. What stands in no line has no price here."""
REVIEWED: Final = "2026-11-22"
_COMMITMENT: Final = "^Commitment v[0-9]+: (.+) for ([0-9]+) Years?$"
_USED: Final = re.compile(
    r"^(?P<kind>.*?) ?(?:Predefined |Custom )?(?:Instance )?(?P<unit>Core|Cpu|Ram)"
    r" running in (?P<place>.+)$"
)
_RATE: Final = (
    "struct(startUsageAmount double, unitPrice struct(currencyCode varchar, units varchar,"
    " nanos bigint))[]"
)
_SKU: Final = (
    "struct(skuId varchar, description varchar, category struct(serviceDisplayName varchar,"
    " usageType varchar), pricingInfo struct(effectiveTime varchar, pricingExpression"
    f" struct(tieredRates {_RATE}))[])"
)
_RESOURCE_WORDS: Final = (
    f"regexp_extract(description, '{_COMMITMENT}', 1) as usage_type,"
    f" 12 * try_cast(regexp_extract(description, '{_COMMITMENT}', 2) as integer) as term_months"
)
_CATALOG: Final = f"""
    with
        skus as (
            select unnest(skus) as sku
            from read_json($path, columns = {{'skus': '{_SKU}[]'}},
                maximum_object_size = 268435456)
        ),
        priced as (
            select
                lower(sku.skuId) as sku_id,
                sku.description as description,
                sku.category.serviceDisplayName as service,
                sku.category.usageType = 'OnDemand' as is_on_demand,
                unnest(sku.pricingInfo[-1].pricingExpression.tieredRates) as rate
            from skus
        ),
        rates as (
            select
                * exclude (rate),
                rate.unitPrice.currencyCode as currency,
                cast(coalesce(rate.unitPrice.units, '0') as decimal(38, 18))
                + cast(coalesce(rate.unitPrice.nanos, 0) as decimal(38, 18)) / 1000000000
                    as unit_price
            from priced where coalesce(rate.startUsageAmount, 0) = 0
        ),
        discounts as (
            select * from (values {", ".join(map(str, DISCOUNTS))})
                as known(program, service, term_months, discount)
        ),
        all_rates as (
            select
                program, term_months, sku_id as usage_type, currency,
                unit_price * (1 - cast(discount as decimal(38, 18))) as unit_price
            from rates inner join discounts using (service) where is_on_demand
            union all by name
            select '{RESOURCE}' as program, {_RESOURCE_WORDS}, currency, unit_price
            from rates where regexp_matches(description, '{_COMMITMENT}')
        )
    select
        program, term_months, '{MONTHLY}' as payment_option, '' as service_code,
        usage_type, '' as operation, cast(unit_price as decimal(38, 18)) as unit_price, currency
    from all_rates where unit_price > 0
"""
REPORTED: Final = f"""
    with
        rates as (
            select
                case price_type when 'FlexibleCommitment' then '{FLEXIBLE}'
                    when 'SpendCommitment' then '{SPEND}' else '{RESOURCE}' end as program,
                {_RESOURCE_WORDS}, sku_description as description, *
            from (select *, sku_description as description from prices)
            where price_type in ('FlexibleCommitment', 'SpendCommitment', 'Commitment')
                and tier_start_quantity = 0 and contracted_unit_price > 0
        )
    select
        program,
        coalesce(term_months, 12 * try_cast(regexp_extract(commitment_term, '[0-9]+') as integer))
            as term_months,
        '{MONTHLY}' as payment_option,
        '' as service_code,
        if(program = '{RESOURCE}', usage_type, lower(sku_id)) as usage_type,
        '' as operation,
        cast(contracted_unit_price / block_size as decimal(38, 18)) as unit_price,
        pricing_currency as currency,
        'Google Cloud pricing export ' || billing_account_id as source,
        effective_at
    from rates
    where term_months is not null or commitment_term is not null
"""
"""Prices of the landed pricing export, of a relation `prices`."""


def offer_file(path: Path) -> OfferFile:
    """Return how saved pages of `services.skus.list` are read: one, or all in a folder.

    Raises BillError for what is no page.
    """
    pages = sorted(path.glob("*.json")) if path.is_dir() else [path]
    day = max((_day(page) for page in pages), default="")
    if not day:
        raise _unfit(path, "there is no .json file in it.")
    source = f"Google Cloud catalog, spend discounts of {REVIEWED}, {day}"
    return OfferFile(f"({_CATALOG})", {"path": [str(page) for page in pages]}, source)


def _day(page: Path) -> str:
    """Return the day from which the newest price of a page counts."""
    try:
        told = json.loads(page.read_text("utf-8-sig"))
        days = [info["effectiveTime"][:10] for sku in told["skus"] for info in sku["pricingInfo"]]
    except (ValueError, KeyError, TypeError) as error:
        raise _unfit(page, "skus with pricingInfo.effectiveTime are missing.") from error
    return max(days, default="0001-01-01")


def price_key(program: str, use: BilledUse) -> tuple[str, str, str]:
    """Return what a use's price is looked up by: its SKU, or what a resource is called."""
    if program == RESOURCE:
        return "", _resource(use, has_place=True), ""
    return "", (use.sku_id or "").lower(), ""


def bound_to(program: str, use: BilledUse) -> str | None:
    """Return the resource or the service that a commitment is of; a flexible one is of none."""
    if program == RESOURCE:
        return _resource(use, has_place=False) or use.usage_type
    return use.service_code if program == SPEND else None


def _resource(use: BilledUse, *, has_place: bool) -> str:
    """Spell a machine's cores or memory as its commitment does: `N2 Cpu in Seoul`.

    N1, the first series, is named by neither.
    """
    found = _USED.match(use.usage_type or "")
    if not found:
        return ""
    unit = "Ram" if found["unit"] == "Ram" else "Cpu"
    kind = "" if found["kind"] in {"N1", "Custom"} else found["kind"]
    place = f" in {found['place']}" if has_place else ""
    return f"{kind} {unit}{place}".strip()


def _unfit(path: Path, what: str) -> BillError:
    return BillError(
        "SCHEMA",
        str(path),
        f"No page of the Cloud Billing Catalog: {what}",
        "Save the answers of services.skus.list of Compute Engine and Cloud SQL as they come.",
    )
