with
    reached as (
        select
            organization_id,
            company_id,
            budget_id,
            budget_period,
            string_agg(
                case when basis = 'forecast' then 'forecast:' else '' end || regexp_replace(
                    cast(cast(100 * threshold_ratio as decimal(9, 2)) as varchar), '[.]?0+$', ''
                )
                || '%',
                ', '
                order by basis, threshold_ratio
            ) as thresholds_reached
        from {{ ref("fct_budget_thresholds") }}
        where is_reached
        group by organization_id, company_id, budget_id, budget_period
    )

select
    budgets.organization_id,
    budgets.company_id,
    budgets.budget_name as budget,
    budgets.budget_period as period,
    budgets.as_of_date,
    budgets.sub_account_id as account,
    budgets.service_name as service,
    budgets.tag_key || '=' || budgets.tag_value as tag,
    budgets.state,
    budgets.billing_currency as currency,
    budgets.budget_cost as amount,
    budgets.actual_cost as spent,
    budgets.remaining_cost as remaining,
    budgets.forecast_cost as forecast,
    budgets.used_ratio as spent_share,
    budgets.forecast_ratio as forecast_share,
    reached.thresholds_reached,
    case when budgets.has_other_currency then 'yes' else 'no' end as other_currency
from {{ ref("fct_budget_status") }} as budgets
left join
    reached
    on budgets.organization_id = reached.organization_id
    and budgets.company_id = reached.company_id
    and budgets.budget_id = reached.budget_id
    and budgets.budget_period = reached.budget_period
