"""What was spent: by service, account and tag, over months and days."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Costs")


@app.cell
def _():
    import marimo as mo

    from notebooks.pictures import heading, largest, money, percent, ranked, stacked, table
    from notebooks.published import Published, chosen

    return Published, chosen, heading, largest, mo, money, percent, ranked, stacked, table


@app.cell
def _(mo):
    file = mo.cli_args().get("file")
    return (file,)


@app.cell
def _(Published, file, heading):
    published = Published.open(file)
    heading("Costs", published.about())
    return (published,)


@app.cell
def _(chosen, mo, published):
    organization, currency = chosen(published)
    cost = mo.ui.dropdown(
        {"What usage cost (effective)": "effective_cost", "What is billed": "billed_cost"},
        value="What usage cost (effective)",
        label="Cost",
    )
    mo.hstack([organization, currency, cost], justify="start", gap=2)
    return cost, currency, organization


@app.cell
def _(cost, currency, organization, published):
    def ask(columns, mart, **more):
        """Ask for the chosen cost of the chosen organization and currency."""
        return published.cut(
            f"{columns}, sum({cost.value}) as cost",
            mart,
            organization.value,
            "group by all order by all",
            billing_currency=currency.value,
            **more,
        )

    months = ask("billing_period as month", "fct_monthly_costs")
    return ask, months


@app.cell
def _(currency, mo, money, months, percent):
    def _stat(number):
        """Tell a month's cost, and how it changed once the month is over."""
        month, total = months.row(number)
        if number == -1:
            return mo.stat(money(total, currency.value), label=f"{month} so far", bordered=True)
        before = months.row(number - 1)[1] if months.height > -number else None
        change = (total - before) / abs(before) if before else None
        return mo.stat(
            money(total, currency.value),
            label=month,
            caption=f"{percent(change)} against the month before",
            direction="increase" if (change or 0) > 0 else "decrease",
            target_direction="decrease",
            bordered=True,
        )

    mo.hstack([_stat(-number) for number in range(min(3, months.height), 0, -1)], widths="equal")


@app.cell
def _(ask, currency, largest, mo, stacked):
    _services = largest(
        ask("billing_period as month, service_name as service", "fct_monthly_costs"),
        "service",
        "cost",
    )
    mo.vstack(
        [
            mo.md("## Month by month, by service"),
            stacked(_services, "month", "cost", "service", currency.value),
        ]
    )


@app.cell
def _(mo, months):
    month = mo.ui.dropdown(
        months["month"].to_list()[::-1], value=months["month"][-1], label="Month"
    )
    month
    return (month,)


@app.cell
def _(ask, currency, largest, mo, month, ranked):
    _charts = {
        title: ranked(
            largest(
                ask(f"{sql} as word", "fct_monthly_costs", billing_period=month.value),
                "word",
                "cost",
                10,
            ),
            "word",
            "cost",
            currency.value,
        )
        for title, sql in {
            "By service": "service_name",
            "By account": "coalesce(sub_account_name, sub_account_id, '(no account)')",
            "By cloud": "provider_name",
            "By kind of charge": "charge_category",
        }.items()
    }
    mo.vstack([mo.md(f"## What {month.value} is made of"), mo.ui.tabs(_charts)])


@app.cell
def _(ask, currency, mo, month, stacked):
    _days = ask(
        "strftime(charge_date, '%m-%d') as day, provider_name as cloud",
        "fct_daily_costs",
        billing_period=month.value,
    )
    mo.vstack([mo.md("## Day by day"), stacked(_days, "day", "cost", "cloud", currency.value)])


@app.cell
def _(mo, published):
    _keys = published.ask(
        "select tag_key from fct_daily_tag_costs group by all"
        " order by sum(charge_count) filter (not is_untagged) desc nulls last"
    )
    _keys = _keys["tag_key"].to_list()
    tag = mo.ui.dropdown(_keys, value=_keys[0] if _keys else None, label="Tag")
    tag
    return (tag,)


@app.cell
def _(ask, currency, largest, mo, month, ranked, tag):
    mo.stop(tag.value is None, mo.md("No charge has a tag."))
    _values = ask(
        "tag_value as word", "fct_daily_tag_costs", billing_period=month.value, tag_key=tag.value
    )
    mo.vstack(
        [
            mo.md(f"## {month.value} by the tag `{tag.value}`"),
            ranked(largest(_values, "word", "cost", 12), "word", "cost", currency.value),
        ]
    )


@app.cell
def _(ask, mo, month, table):
    _lines = ask(
        "provider_name as cloud, sub_account_id as account, service_name as service,"
        " charge_category as charge",
        "fct_monthly_costs",
        billing_period=month.value,
    ).sort("cost", descending=True)
    mo.vstack([mo.md("## Line by line, exact"), table(_lines)])


if __name__ == "__main__":
    app.run()
