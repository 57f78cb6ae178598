select organization_id, company_id, cast(utilization_ratio as double) as utilization_ratio
from {{ source("registry", "utilization_thresholds") }}
