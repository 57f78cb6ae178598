select
    inventory.organization_id,
    inventory.company_id,
    inventory.as_of_date,
    commitments.provider_name as provider,
    commitments.owner_account_id as account,
    commitments.commitment_id as commitment,
    commitments.commitment_name as name,
    commitments.commitment_type as type,
    commitments.service_name as service,
    commitments.region_id as region,
    commitments.instance_type as machine,
    commitments.covers,
    commitments.offering_class as class,
    commitments.payment_option as payment,
    commitments.term_months as months,
    commitments.reserved_count as quantity,
    cast(commitments.started_at as date) as start_date,
    cast(commitments.ended_at - interval 1 second as date) as last_date,
    inventory.days_remaining,
    inventory.expiry_bucket as expiry,
    inventory.state,
    inventory.billing_currency as currency,
    inventory.hourly_commitment_cost as hourly,
    inventory.upfront_cost as upfront,
    inventory.used_to_date_cost as used,
    inventory.unused_to_date_cost as unused,
    inventory.remaining_commitment_cost as remaining,
    inventory.projected_unused_cost as expected_waste,
    inventory.monthly_net_savings_cost as monthly_savings,
    inventory.monthly_increase_at_expiry_cost as monthly_increase_at_expiry,
    inventory.burn_ratio as used_share,
    inventory.trailing_utilization_ratio as used_share_28_days,
    inventory.projected_utilization_ratio as expected_used_share,
    inventory.break_even_utilization_ratio as break_even_share,
    inventory.risk_class as risk,
    inventory.risk_reason as reason,
    case when inventory.is_expiring_within_30_days then 'yes' else 'no' end as expires_soon,
    case when inventory.is_below_threshold then 'yes' else 'no' end as below_threshold,
    case when inventory.is_resellable then 'yes' else 'no' end as resellable,
    cast(inventory.returnable_until_at as date) as returnable_until
from {{ ref("fct_commitment_inventory") }} as inventory
inner join
    {{ ref("dim_commitments") }} as commitments
    on inventory.organization_id = commitments.organization_id
    and inventory.company_id = commitments.company_id
    and inventory.commitment_id = commitments.commitment_id
    and inventory.billing_currency = commitments.billing_currency
qualify
    row_number() over (
        partition by
            inventory.organization_id,
            inventory.company_id,
            inventory.commitment_id,
            inventory.billing_currency
        order by inventory.as_of_date desc
    )
    = 1
