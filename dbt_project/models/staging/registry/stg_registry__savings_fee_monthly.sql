{% set money = (
    "cost_without_managed cost_with_managed resale_gain true_up realized_savings loss_carry_in "
    ~ "loss_carry_out fee_ratio fee"
).split() %}
select
    company_id,
    organization_id,
    billing_period,
    provider,
    billing_currency,
    is_final
    {% for column in money %}, cast({{ column }} as decimal(38, 12)) as {{ column }} {% endfor %}
from {{ source("registry", "savings_fee_monthly") }}
