"""Measure the commitment marts on a month of hourly rows, put straight into the ledger."""

import json
from pathlib import Path

from pipelines.loading import replace_text
from pipelines.models import dbt_executable
from pipelines.settings import DBT_PROJECT
from tests.benchmarks.house import BenchHouse
from tests.benchmarks.processes import Usage, measured

PERIOD = "2020-01"
HOURS, COMMITMENTS = 744, 500
MODELS = (
    "stg_registry__connections",
    "stg_registry__organizations",
    "stg_registry__cloud_account_assignments",
    "stg_registry__commitment_contracts",
    "stg_registry__utilization_thresholds",
    "int_account_owners",
    "commitment_eligibility",
    "instance_size_factors",
    "path:models/intermediate/commitments",
    "path:models/marts/commitments",
)
FROM_FILES = ("int_commitment_terms", "int_*_reported")
"""Models of landed files, which the ledger's rows did not come from."""
ROWS = f"""
    insert into lake.intermediate.int_charges by name
    select
        'organization-' || number % 5 as organization_id,
        '{{company_id}}' as company_id,
        '{{connection_id}}' as connection_id,
        '{PERIOD}' as billing_period,
        timestamp '{PERIOD}-01' + to_hours(number % {HOURS}) as charge_period_start,
        charge_period_start + interval 1 hour as charge_period_end,
        'payer' as billing_account_id,
        'account-' || number % 40 as sub_account_id,
        'USD' as billing_currency,
        'AWS' as provider_name,
        'Usage' as charge_category,
        'Amazon Elastic Compute Cloud' as service_name,
        'region-' || number % 6 as region_id,
        'AmazonEC2' as x_service_code,
        'Usage' as x_charge_type,
        'RunInstances' as x_operation,
        'Hrs' as consumed_unit,
        'Hrs' as pricing_unit,
        ['m5.large', 'c5.xlarge', 'r5.2xlarge', 't3.medium'][1 + number % 4] as x_instance_type,
        'BoxUsage:' || x_instance_type as x_usage_type,
        case when kind = 0 then 'Standard' else 'Committed' end as pricing_category,
        case when kind = 3 then 'Unused' when kind > 0 then 'Used' end
        as commitment_discount_status,
        case when kind > 0 then 'plan-' || hash(number // {HOURS}) % {COMMITMENTS} end
        as commitment_discount_id,
        case when kind > 0 then 'Spend' end as commitment_discount_category,
        case when kind > 0 then 'ComputeSavingsPlans' end as commitment_discount_type,
        case when kind > 0 then 'USD' end as commitment_discount_unit,
        0 as billed_cost,
        cast(0.01 + number % 97 / 1000 as decimal(38, 12)) as effective_cost,
        case when kind > 0 then effective_cost end as commitment_discount_quantity,
        case when kind = 3 then 0 else effective_cost * 1.4 end as contracted_cost,
        contracted_cost as list_cost,
        1 as consumed_quantity
    from (select range as number, range // {HOURS} % 4 as kind from range({{rows}}))
"""


def commitment_marts(root: Path, rows: int) -> tuple[float, Usage]:
    """Return the seconds of the commitment models, and what their process took."""
    house = BenchHouse(root)
    house.write_bills(3000, months=1)
    house.connect(str(house.bills / "hanbit-billing"))
    house.run("refresh")
    settings = house.house.settings
    [entry] = json.loads(settings.layout.plan.read_text("utf-8"))
    month = {"billing_period": PERIOD, "row_count": rows}
    replace_text(settings.layout.plan, json.dumps([entry | month]))
    with house.house.lake.connect_writer() as connection:
        connection.execute(ROWS.format(rows=rows, **entry))
    command = [dbt_executable(), "build", "--project-dir", str(DBT_PROJECT)]
    chosen = ["--profiles-dir", str(DBT_PROJECT), "--select", *MODELS]
    left_out = ["--exclude", *FROM_FILES, "--exclude-resource-type", "test", "unit_test"]
    environment = house.environment | settings.dbt_environment
    usage = measured([*command, *chosen, *left_out], environment)
    return sum(house.model_seconds().values()), usage
