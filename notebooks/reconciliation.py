"""How the numbers tie to the invoice: from cash to accrual, and what was restated."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Reconciliation")


@app.cell
def _():
    import marimo as mo

    from notebooks.pictures import (
        COLOURS,
        QUIET,
        heading,
        is_less_than_a_cent,
        money,
        parts,
        table,
    )
    from notebooks.published import Published, chosen
    from warehouse.extracts.money import exact

    return (
        COLOURS,
        Published,
        QUIET,
        chosen,
        exact,
        heading,
        is_less_than_a_cent,
        mo,
        money,
        parts,
        table,
    )


@app.cell
def _(mo):
    file = mo.cli_args().get("file")
    return (file,)


@app.cell
def _(Published, file, heading):
    published = Published.open(file)
    heading("Reconciliation", published.about())
    return (published,)


@app.cell
def _(chosen, mo, published):
    organization, currency = chosen(published)
    mo.hstack([organization, currency], justify="start", gap=2)
    return currency, organization


@app.cell
def _(currency, organization, published):
    def ask(columns, mart, rest):
        """Ask a mart of the chosen organization and currency."""
        return published.cut(
            columns, mart, organization.value, rest, billing_currency=currency.value
        )

    invoices = ask(
        "billing_period as month, billing_account_id as payer,"
        " invoice_id as invoice, sum(billed_cost) as billed,"
        " sum(upfront_cost) as upfront, sum(-amortized_upfront_cost) as spread,"
        " sum(effective_cost) as effective, sum(bridge_residual_cost) as residual,"
        " sum(charge_count) as charges",
        "fct_monthly_reconciliation",
        "group by all order by all",
    )
    return ask, invoices


@app.cell
def _(currency, exact, invoices, is_less_than_a_cent, mo, money):
    _residual = invoices["residual"].abs().sum()
    _verdict = (
        "**Every invoice ties**: effective + paid upfront - spread = billed"
        + (f", but for {exact(_residual)} that the clouds rounded." if _residual else ".")
        if is_less_than_a_cent(_residual, currency.value)
        else f"**{money(_residual, currency.value)} are not explained** by what was paid upfront:"
        " see the residual of each invoice below."
    )
    mo.vstack(
        [
            mo.hstack(
                [
                    mo.stat(money(invoices[name].sum(), currency.value), label=label, bordered=True)
                    for name, label in {
                        "billed": "Billed, all months",
                        "upfront": "of it upfront payments",
                        "effective": "Effective",
                    }.items()
                ],
                widths="equal",
            ),
            mo.callout(mo.md(_verdict), "success" if "ties" in _verdict else "warn"),
        ]
    )


@app.cell
def _(COLOURS, QUIET, ask, currency, mo, parts):
    _months = ask(
        "billing_period as month, sum(effective_cost + amortized_upfront_cost) as usage,"
        ' sum(-amortized_upfront_cost) as "spread over usage", sum(upfront_cost) as "paid upfront"',
        "fct_monthly_reconciliation",
        "group by all order by all",
    )
    _colours = {
        "usage": COLOURS[0],
        "spread over usage": COLOURS[4],
        "paid upfront": QUIET,
    }
    mo.vstack(
        [
            mo.md("## From cash to accrual: what was used, spread, and paid ahead"),
            parts(_months, "month", _colours, currency.value),
        ]
    )


@app.cell
def _(invoices, mo, table):
    mo.vstack([mo.md("## Invoice by invoice, exact"), table(invoices.reverse())])


@app.cell
def _(ask, mo, table):
    _restated = ask(
        "billing_period as month, submitted_at as delivered, sub_account_id as account,"
        " service_name as service, charge_category as charge, previous_billed_cost as before,"
        " billed_cost as now, billed_cost_change as change, is_after_close as after_close",
        "fct_restatements",
        "order by delivered desc, abs(change) desc",
    )
    mo.vstack(
        [
            mo.md("## What deliveries changed against the ones before"),
            table(_restated) if _restated.height else mo.md("Nothing was restated."),
        ]
    )


if __name__ == "__main__":
    app.run()
