"""AWS's published prices of Savings Plans: the CSV and JSON offer files of the Price List.

CSV: five lines about the file, then one row per plan and way of using. JSON: products and, by
plan, their rates. Source: AWS Billing User Guide, "Reading the service price list
file for a Savings Plan".
"""

import csv
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb

from pipelines.providers.contract import BillError, OfferFile

PROGRAMS: Final = {
    "ComputeSavingsPlans": "COMPUTE_SP",
    "EC2InstanceSavingsPlans": "EC2_INSTANCE_SP",
    "DatabaseSavingsPlans": "DATABASE_SP",
    "MachineLearningSavingsPlans": "SAGEMAKER_SP",
    "SageMakerSavingsPlans": "SAGEMAKER_SP",
}
"""Product family -> program."""
ABOUT_LINES: Final = 5
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
    from read_csv($path, skip = {ABOUT_LINES}, header = true, all_varchar = true)
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


def offer_file(path: Path) -> OfferFile:
    """Return how an offer file is read, and what its publisher calls it.

    Raises BillError for a file that is no offer of Savings Plans.
    """
    if path.suffix == ".json":
        return OfferFile(f"({_JSON})", {"path": str(path)}, _json_source(path))
    about, header = _about(path)
    missing = [column for column in COLUMNS if column not in header]
    if missing or "Publication Date" not in about:
        raise _unfit(path, f"{', '.join(missing) or 'its date'} is missing.")
    source = f"AWS Price List {about.get('OfferCode', path.name)}, {about['Publication Date'][:10]}"
    return OfferFile(f"({_CSV})", {"path": str(path)}, source)


def _json_source(path: Path) -> str:
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            found = connection.execute(
                "select publicationDate, coalesce(products[1].productFamily, '')"
                " from read_json($path, maximum_object_size = 2147483648)"
                " where len(terms.savingsPlan) > 0",
                {"path": str(path)},
            ).fetchone()
    except duckdb.Error as error:
        raise _unfit(path, "products or terms.savingsPlan are missing.") from error
    if not found or found[1] not in PROGRAMS:
        raise _unfit(path, "no product of it is a Savings Plan.")
    return f"AWS Price List {found[1]}, {str(found[0])[:10]}"


def _unfit(path: Path, what: str) -> BillError:
    return BillError(
        "SCHEMA",
        str(path),
        f"No offer file of Savings Plans: {what}",
        "Fetch index.csv of an offer such as AWSComputeSavingsPlan from the AWS Price List.",
    )


def _about(path: Path) -> tuple[dict[str, str], list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(islice(csv.reader(file), ABOUT_LINES + 1))
    about = {line[0]: line[1] for line in lines[:ABOUT_LINES] if len(line) > 1}
    return about, lines[-1] if len(lines) > ABOUT_LINES else []
