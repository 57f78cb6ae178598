-- Two exports of the same bill under two connections would count it twice.
select
    company_id,
    billing_account_id,
    billing_period,
    count(distinct connection_id) as connection_count,
    min(connection_id) as first_connection_id,
    max(connection_id) as last_connection_id
from {{ ref("fct_monthly_reconciliation") }}
where {{ is_changed(["company_id", "billing_period"]) }}
group by company_id, billing_account_id, billing_period
having count(distinct connection_id) > 1
