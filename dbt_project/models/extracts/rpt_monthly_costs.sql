select
    costs.organization_id,
    costs.company_id,
    coalesce(organizations.organization_name, costs.organization_id) as organization,
    costs.billing_period as month,
    costs.provider_name as provider,
    costs.sub_account_id as account,
    coalesce(costs.sub_account_name, accounts.account_name) as account_name,
    costs.service_name as service,
    costs.service_category as category,
    costs.charge_category as charge,
    costs.billing_currency as currency,
    costs.reporting_currency,
    costs.billed_cost as billed,
    costs.effective_cost as effective,
    costs.contracted_cost as contracted,
    costs.list_cost as list,
    costs.previous_month_effective_cost as previous_month_effective,
    costs.effective_cost_change as change,
    costs.organization_share_ratio as share,
    costs.exchange_rate,
    costs.billed_reporting_cost as reporting_billed,
    costs.effective_reporting_cost as reporting_effective
from {{ ref("fct_monthly_costs") }} as costs
left join
    {{ ref("dim_organizations") }} as organizations
    on costs.organization_id = organizations.organization_id
    and costs.company_id = organizations.company_id
left join
    {{ named_accounts() }} as accounts
    on costs.organization_id = accounts.organization_id
    and costs.company_id = accounts.company_id
    and costs.sub_account_id = accounts.account
