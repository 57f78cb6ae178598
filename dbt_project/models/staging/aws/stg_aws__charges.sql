select {{ ledger_columns() | join(", ") }}
from {{ ref("stg_aws__line_item_charges") }}
union all
select {{ ledger_columns() | join(", ") }}
from {{ ref("stg_aws__fold_residuals") }}
union all
select {{ ledger_columns() | join(", ") }}
from {{ ref("stg_aws__focus_charges") }}
