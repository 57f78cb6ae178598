{{ config(partitioned_by=["organization_id", "billing_period"]) }} {{ utilization_added_up() }}
