"""AWS's published prices of Savings Plans: the CSV and JSON offer files of the Price List.

CSV: five lines about the file, then one row per plan and way of using. JSON: products and, by
plan, their rates. Source: AWS Billing User Guide, "Reading the service price list
file for a Savings Plan".
"""

from pathlib import Path
from typing import Final

from pipelines.providers.contract import OfferFile

PROGRAMS: Final = {
    "ComputeSavingsPlans": "COMPUTE_SP",
    "EC2InstanceSavingsPlans": "EC2_INSTANCE_SP",
    "DatabaseSavingsPlans": "DATABASE_SP",
    "MachineLearningSavingsPlans": "SAGEMAKER_SP",
    "SageMakerSavingsPlans": "SAGEMAKER_SP",
}
"""Product family -> program."""
COLUMNS: Final = (
    *("Product Family", "LeaseContractLength", "PurchaseOption", "DiscountedServiceCode"),
    *("DiscountedUsageType", "DiscountedOperation", "DiscountedRate", "Currency"),
)
_FAMILIES: Final = " ".join(f"when '{family}' then '{word}'" for family, word in PROGRAMS.items())
_CSV: Final = f"""
    select
        case "Product Family" {_FAMILIES} end as program,
        12 * cast("LeaseContractLength"[1] as integer) as term_months,
        "PurchaseOption" as payment_option,
        "DiscountedServiceCode" as service_code,
        "DiscountedUsageType" as usage_type,
        coalesce("DiscountedOperation", '') as operation,
        cast("DiscountedRate" as decimal(38, 18)) as unit_price,
        "Currency" as currency
    from read_csv($path, skip = 5, header = true, all_varchar = true)
"""
_JSON: Final = f"""
    with
        file as (
            select publicationDate, unnest(products) as product, terms.savingsPlan as plans
            from read_json($path, maximum_object_size = 2147483648)
        ),
        products as (select distinct product.sku, product.productFamily as family,
            product.attributes.purchaseOption as payment_option from file),
        plans as (select unnest(plans) as plan from (select any_value(plans) as plans from file)),
        rates as (
            select
                plan.sku as sku,
                12 * cast(plan.leaseContractLength.duration as integer) as term_months,
                unnest(plan.rates) as rate
            from plans
        )
    select
        case family {_FAMILIES} end as program,
        term_months,
        payment_option,
        rate.discountedServiceCode as service_code,
        rate.discountedUsageType as usage_type,
        coalesce(rate.discountedOperation, '') as operation,
        cast(rate.discountedRate.price as decimal(38, 18)) as unit_price,
        rate.discountedRate.currency as currency
    from rates
    inner join products using (sku)
"""


def csv_rates(path: Path, source: str) -> OfferFile:
    """Return how a CSV offer file is read."""
    return OfferFile(f"({_CSV})", {"path": str(path)}, source)


def json_rates(path: Path, source: str) -> OfferFile:
    """Return how a JSON offer file is read."""
    return OfferFile(f"({_JSON})", {"path": str(path)}, source)
