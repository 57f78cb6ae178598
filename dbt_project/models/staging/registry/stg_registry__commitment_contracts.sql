select
    contract_id,
    company_id,
    organization_id,
    name as contract_name,
    provider,
    billing_account_id,
    billing_currency,
    cast(commitment_cost as decimal(38, 12)) as commitment_cost,
    start_date,
    last_date
from {{ source("registry", "commitment_contracts") }}
where removed_at is null
