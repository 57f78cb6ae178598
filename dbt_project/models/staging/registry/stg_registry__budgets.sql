select
    budget_id,
    company_id,
    organization_id,
    name as budget_name,
    recurrence,
    cast(budget_cost as decimal(38, 12)) as budget_cost,
    billing_currency,
    sub_account_id,
    service_name,
    tag_key,
    tag_value,
    first_period,
    cast(thresholds as json)::varchar[] as thresholds
from {{ source("registry", "budgets") }}
where removed_at is null
