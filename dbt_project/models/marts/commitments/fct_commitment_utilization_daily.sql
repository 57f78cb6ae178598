{{ config(partitioned_by=["organization_id", "billing_period"]) }}
{{ utilization_added_up(grain="charge_date", grain_sql="cast(hour_at as date)") }}
