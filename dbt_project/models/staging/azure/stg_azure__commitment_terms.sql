with
    lines as (
        select
            *,
            {{ azure_timestamp('"date"') }} as charge_at,
            charge_word = 'purchase' as is_purchase,
            coalesce(frequency ilike 'recurring', false) as is_recurring,
            try_cast(term as integer) as term_months,
            coalesce(product_name, product) as product_text
        from {{ ref("stg_azure__bill_lines") }}
        where commitment_id is not null and (is_committed or pays_for_commitment)
    ),

    terms as (
        select
            connection_id,
            company_id,
            billing_period,
            commitment_id,
            currency_code as billing_currency,
            max(
                case
                    when is_purchase and is_recurring
                    then 'No Upfront'
                    when is_purchase
                    then 'All Upfront'
                end
            ) as payment_option,
            max(product_text) filter (is_purchase) as covers,
            max(known_region_id) filter (is_purchase) as region_id,
            -- One month is the term of what has none.
            max(term_months) filter (term_months > 1) as term_months,
            -- A monthly payment recurs: only one paid at once says when it began.
            min(charge_at) filter (is_purchase and not is_recurring) as started_at,
            max(quantity) filter (is_purchase) as reserved_count
        from lines
        group by all
    )

select
    connection_id,
    company_id,
    billing_period,
    commitment_id,
    billing_currency,
    payment_option,
    cast(null as varchar) as offering_class,
    covers,
    region_id,
    cast(null as varchar) as availability_zone,
    cast(null as varchar) as operating_system,
    term_months,
    started_at,
    started_at + to_months(term_months) as ended_at,
    cast(null as decimal(38, 12)) as hourly_commitment_cost,
    cast(reserved_count as bigint) as reserved_count,
    cast(null as decimal(38, 12)) as reserved_units
from terms
