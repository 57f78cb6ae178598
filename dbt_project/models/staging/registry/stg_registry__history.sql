select history_id, company_id, organization_id, actor as actor_id, occurred_at, event_type, reason
from {{ source("registry", "history") }}
