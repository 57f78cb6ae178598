select {{ ledger_columns() | join(", ") }}
from {{ ref("stg_gcp__line_charges") }}
union all
select {{ ledger_columns() | join(", ") }}
from {{ ref("stg_gcp__offset_differences") }}
union all
select {{ ledger_columns() | join(", ") }}
from {{ ref("stg_gcp__focus_charges") }}
