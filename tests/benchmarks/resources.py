"""Rows of `fct_daily_resource_costs`, in any number: what doors are measured on."""


def resource_rows(organization: str, company: str, period: str, day: str, resource: str) -> str:
    """Return a statement that fills the mart with `$rows` rows; words are SQL of their `number`."""
    return f"""
        insert into lake.marts.fct_daily_resource_costs by name
        select
            {organization} as organization_id,
            {company} as company_id,
            {period} as billing_period,
            {day} as charge_date,
            'AWS' as provider_name,
            '01234567890' || number % 10 as sub_account_id,
            'arn:aws:ec2:ap-northeast-2:012345678901:instance/i-' || {resource} as resource_id,
            'Amazon Elastic Compute Cloud' as service_name,
            'ap-northeast-2' as region_id,
            'USD' as billing_currency,
            cast(0.01 + number % 9973 / 7 as decimal(38, 12)) as effective_cost,
            effective_cost as billed_cost,
            effective_cost as contracted_cost,
            effective_cost as list_cost
        from range($rows) as numbers (number)
    """
