"""AWS's published prices of reservations: the CSV and JSON offer files of its services.

A reserved term belongs to the product that is used on demand, so usage type and operation of the
bill find it. It has an hourly price, an upfront one, or both. Source: AWS Billing User Guide,
"Reading the service price list file for an AWS service".
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from pipelines.providers.contract import OfferFile

PROGRAMS: Final[Mapping[str, str]] = {
    "AmazonEC2": "EC2_RI",
    "AmazonRDS": "RDS_RI",
    "AmazonElastiCache": "ELASTICACHE_RI",
    "AmazonMemoryDB": "MEMORYDB_RI",
    "AmazonES": "OPENSEARCH_RI",
    "AmazonRedshift": "REDSHIFT_RI",
}
"""Offer -> program. DynamoDB reserves throughput by the hundred, which is no machine."""
ATTRIBUTES: Final[Mapping[str, tuple[str, str]]] = {
    "usage_type": ("usageType", "usagetype"),
    "operation": ("operation", "operation"),
    "instance_type": ("Instance Type", "instanceType"),
    "size_factor": ("Normalization Size Factor", "normalizationSizeFactor"),
    "operating_system": ("Operating System", "operatingSystem"),
    "software": ("Pre Installed S/W", "preInstalledSw"),
    "license": ("License Model", "licenseModel"),
    "tenancy": ("Tenancy", "tenancy"),
}
"""What products are told apart by -> how CSV and JSON call it."""
COLUMNS: Final = (
    *("SKU", "OfferTermCode", "TermType", "LeaseContractLength", "PurchaseOption", "OfferingClass"),
    *("Unit", "PricePerUnit", "Currency", "usageType", "operation"),
)
"""Columns without which a CSV file has no reserved terms."""
_PLATFORMS: Final = {
    ("Linux", "NA"): "Linux/UNIX",
    ("RHEL", "NA"): "Red Hat Enterprise Linux",
    ("SUSE", "NA"): "SUSE Linux",
    ("Windows", "NA"): "Windows",
    **{
        (system, f"SQL {short}"): f"{system} with SQL Server {edition}"
        for system in ("Linux", "Windows")
        for short, edition in (("Std", "Standard"), ("Web", "Web"), ("Ent", "Enterprise"))
    },
}
"""System and software of a product -> ProductDescription of EC2's reserved offerings."""
_PLATFORM: Final = " ".join(
    f"when operating_system = '{system}' and software = '{software}' then '{platform}'"
    for (system, software), platform in _PLATFORMS.items()
)
_CSV: Final = """
    select
        "SKU" as sku,
        "OfferTermCode" as term_code,
        cast("LeaseContractLength"[1] as integer) as years,
        "PurchaseOption" as payment_option,
        "OfferingClass" as offering_class,
        "Unit" as unit,
        cast("PricePerUnit" as decimal(38, 18)) as price,
        "Currency" as currency,
        {attributes}
    from read_csv(
        $path, skip = 5, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"'
    )
    where "TermType" = 'Reserved'
"""
_JSON_COLUMNS: Final = """
    {
        products: 'map(varchar, struct(attributes map(varchar, varchar)))',
        terms: 'struct("Reserved" map(varchar, map(varchar, struct(
            "offerTermCode" varchar,
            "termAttributes" struct(
                "LeaseContractLength" varchar, "OfferingClass" varchar, "PurchaseOption" varchar
            ),
            "priceDimensions" map(
                varchar, struct(unit varchar, "pricePerUnit" map(varchar, varchar))
            )
        ))))'
    }
"""
_JSON: Final = """
    with
        file as (
            select products, terms."Reserved" as reserved
            from read_json($path, columns = {columns}, maximum_object_size = 2147483648)
        ),
        products as (
            select unnest(map_entries(products), max_depth := 1) as product from file
        ),
        skus as (select unnest(map_entries(reserved), max_depth := 1) as sku from file),
        terms as (
            select sku.key as sku, unnest(map_values(sku.value), max_depth := 1) as term from skus
        ),
        dimensions as (
            select
                sku, term,
                unnest(map_values(term."priceDimensions"), max_depth := 1) as dimension
            from terms
        ),
        prices as (
            select
                sku, term, dimension.unit as unit,
                unnest(map_entries(dimension."pricePerUnit"), max_depth := 1) as price
            from dimensions
        )
    select
        sku,
        term."offerTermCode" as term_code,
        cast(term."termAttributes"."LeaseContractLength"[1] as integer) as years,
        term."termAttributes"."PurchaseOption" as payment_option,
        term."termAttributes"."OfferingClass" as offering_class,
        unit,
        cast(price.value as decimal(38, 18)) as price,
        price.key as currency,
        {attributes}
    from prices
    inner join products on products.product.key = sku
"""
# A reservation covers a capacity reservation of its machine that nobody uses, too.
_RATES: Final = f"""
    with
        prices as ({{prices}}),
        terms as (
            select
                sku, term_code, years, payment_option, offering_class, currency,
                {", ".join(f"any_value({name}) as {name}" for name in ATTRIBUTES)},
                coalesce(sum(price) filter (unit = 'Quantity'), 0) as upfront,
                coalesce(sum(price) filter (unit <> 'Quantity'), 0) as recurring
            from prices
            where payment_option in ('No Upfront', 'Partial Upfront', 'All Upfront')
            group by all
        )
    select
        $program as program,
        12 * years as term_months,
        payment_option,
        $service as service_code,
        unnest(
            list_distinct(
                [
                    usage_type,
                    replace(usage_type, 'BoxUsage', 'UnusedBox'),
                    replace(usage_type, 'DedicatedUsage', 'UnusedDed')
                ]
            )
        ) as usage_type,
        coalesce(operation, '') as operation,
        cast(recurring + upfront / (8760 * years) as decimal(38, 18)) as unit_price,
        currency,
        struct_pack(
            instance_type := instance_type,
            offering_class := coalesce(lower(nullif(offering_class, '')), 'standard'),
            upfront_price := cast(upfront as decimal(38, 18)),
            recurring_price := cast(recurring as decimal(38, 18)),
            size_factor := case
                when
                    $program = 'EC2_RI'
                    and operating_system = 'Linux'
                    and software = 'NA'
                    and tenancy = 'Shared'
                then try_cast(size_factor as decimal(38, 18))
            end,
            platform := case
                when license ilike 'bring your own%' then null {_PLATFORM}
            end,
            tenancy := case tenancy
                when 'Shared' then 'default'
                when 'Dedicated' then 'dedicated'
            end
        ) as machine
    from terms
"""


def csv_rates(path: Path, service: str, source: str, header: Collection[str]) -> OfferFile:
    """Return how a service's CSV offer file is read: not every service has every attribute."""
    attributes = ", ".join(
        f'"{column}" as {name}' if column in header else f"cast(null as varchar) as {name}"
        for name, (column, _) in ATTRIBUTES.items()
    )
    return _rates(_CSV.format(attributes=attributes), path, service, source)


def json_rates(path: Path, service: str, source: str) -> OfferFile:
    """Return how a service's JSON offer file is read."""
    attributes = ", ".join(
        f"product.value.attributes['{key}'] as {name}" for name, (_, key) in ATTRIBUTES.items()
    )
    sql = _JSON.format(attributes=attributes, columns=_JSON_COLUMNS)
    return _rates(sql, path, service, source)


def _rates(prices: str, path: Path, service: str, source: str) -> OfferFile:
    values = {"path": str(path), "service": service, "program": PROGRAMS[service]}
    return OfferFile(f"({_RATES.format(prices=prices)})", values, source)
