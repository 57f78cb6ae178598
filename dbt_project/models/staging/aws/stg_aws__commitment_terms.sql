with
    fees as (
        select
            *,
            coalesce(savings_plan_purchase_term, pricing_lease_contract_length) as term_text,
            try_cast(
                coalesce(savings_plan_start_time, reservation_start_time) as timestamp
            ) as named_start_at,
            try_cast(
                coalesce(savings_plan_end_time, reservation_end_time) as timestamp
            ) as named_end_at,
            date_diff('hour', line_item_usage_start_date, line_item_usage_end_date) as fee_hours
        from {{ ref("stg_aws__line_item_kinds") }}
        where
            commitment_arn is not null
            and line_item_line_item_type in ('RIFee', 'SavingsPlanRecurringFee')
    ),

    terms as (
        select
            connection_id,
            company_id,
            billing_period,
            commitment_arn as commitment_id,
            line_item_currency_code as billing_currency,
            max(coalesce(savings_plan_payment_option, pricing_purchase_option)) as payment_option,
            max(pricing_offering_class) as offering_class,
            max(coalesce(savings_plan_instance_type_family, product_instance_type)) as covers,
            max(coalesce(savings_plan_region, product_region_code)) as region_id,
            max(reservation_availability_zone) as availability_zone,
            max(operating_system) as operating_system,
            max(12 * try_cast(regexp_extract(term_text, '^(\d+)', 1) as integer)) as term_months,
            min(named_start_at) as started_at,
            max(named_end_at) as named_end_at,
            max(savings_plan_total_commitment_to_date) as hourly_commitment_cost,
            max(try_cast(reservation_number_of_reservations as double)) as reserved_count,
            max(
                cast(
                    reservation_total_reserved_normalized_units
                    / nullif(fee_hours, 0) as decimal(38, 12)
                )
            ) as reserved_units
        from fees
        group by all
    )

select
    connection_id,
    company_id,
    billing_period,
    commitment_id,
    billing_currency,
    payment_option,
    offering_class,
    covers,
    region_id,
    availability_zone,
    operating_system,
    term_months,
    started_at,
    -- Ends are inclusive, to the second. A year is 365 days: a leap year's plan ends a day early.
    coalesce(
        date_trunc('minute', named_end_at + interval 1 second),
        started_at + to_days(cast(365 * term_months / 12 as integer))
    ) as ended_at,
    hourly_commitment_cost,
    cast(reserved_count as bigint) as reserved_count,
    reserved_units
from terms
