select company_id, billing_period, from_currency, to_currency, cast(rate as decimal(38, 12)) as rate
from {{ source("registry", "exchange_rates") }}
