select connection_id, billing_period, charge_id, count(*) as charge_count
from {{ ref("int_charges") }}
where {{ is_changed(["connection_id", "billing_period"]) }}
group by connection_id, billing_period, charge_id
having count(*) > 1
