select {{ ledger_columns() | join(", ") }}
from {{ ref("stg_azure__cost_charges") }}
union all
select {{ ledger_columns() | join(", ") }}
from {{ ref("stg_azure__focus_charges") }}
