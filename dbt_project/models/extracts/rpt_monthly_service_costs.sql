select
    organization_id,
    company_id,
    billing_period as month,
    provider_name as provider,
    service_name as service,
    service_category as category,
    billing_currency as currency,
    reporting_currency,
    {{ summed_months() }}
from {{ ref("fct_monthly_costs") }}
group by all
