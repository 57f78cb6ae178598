-- A null currency would melt into one sum with any other null.
select organization_id, connection_id, billing_period, charge_count
from {{ ref("int_charges_totalled") }}
where
    {{ is_changed(["connection_id", "billing_period"]) }}
    and (billing_currency is null or length(billing_currency) <> 3)
