-- All charges for what was used or bought, with the private discount each of them earns.
create or replace temp view charge_lines as
with charges as (
    from usage_lines
    union all by name
    from uncovered_lines
    union all by name
    from covered_lines
    union all by name
    from negation_lines
    union all by name
    from fee_lines
),
rated as (
    select
        *,
        getvariable('edp_rate')::decimal(3, 2) as edp_rate,
        if(product_code = 'AmazonS3', getvariable('edp_rate'), 0)::decimal(3, 2) as private_rate
    from charges
)
select
    *,
    (1 - edp_rate - private_rate)::decimal(3, 2) as net_factor,
    (unblended_cost * edp_rate)::decimal(28, 10) as edp_discount,
    (unblended_cost * private_rate)::decimal(28, 10) as private_discount
from rated;

create or replace temp table charge_totals as
select
    account_id,
    account_name,
    product_code,
    any_value(product_name order by product_name) as product_name,
    any_value(service_code order by service_code) as service_code,
    sum(unblended_cost)::decimal(28, 10) as unblended_cost,
    sum(edp_discount)::decimal(28, 10) as edp_discount,
    sum(private_discount)::decimal(28, 10) as private_discount
from charge_lines
group by all
order by account_id, product_code;
