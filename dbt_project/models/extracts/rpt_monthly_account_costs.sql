select
    costs.organization_id,
    costs.company_id,
    costs.billing_period as month,
    costs.provider_name as provider,
    costs.sub_account_id as account,
    coalesce(max(costs.sub_account_name), max(accounts.account_name)) as account_name,
    costs.billing_currency as currency,
    costs.reporting_currency,
    {{ summed_months() }}
from {{ ref("fct_monthly_costs") }} as costs
left join
    {{ named_accounts() }} as accounts
    on costs.organization_id = accounts.organization_id
    and costs.company_id = accounts.company_id
    and costs.sub_account_id = accounts.account
group by all
