select
    organization_id,
    company_id,
    billing_period as month,
    tag_key as key,
    tag_value as value,
    provider_name as provider,
    sub_account_id as account,
    service_name as service,
    billing_currency as currency,
    sum(billed_cost) as billed,
    sum(effective_cost) as effective,
    case when is_untagged then 'yes' else 'no' end as untagged
from {{ ref("fct_daily_tag_costs") }}
group by all
