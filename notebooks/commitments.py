"""What is committed: how much of it is used, what it covers, when it ends, where it is too much."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Commitments")


@app.cell
def _():
    import altair as alt
    import marimo as mo

    from notebooks.pictures import (
        BAD,
        COLOURS,
        GOOD,
        QUIET,
        drawn,
        heading,
        money,
        parts,
        percent,
        table,
    )
    from notebooks.published import Published, chosen

    return (
        BAD,
        COLOURS,
        GOOD,
        Published,
        QUIET,
        alt,
        chosen,
        drawn,
        heading,
        mo,
        money,
        parts,
        percent,
        table,
    )


@app.cell
def _(mo):
    file = mo.cli_args().get("file")
    return (file,)


@app.cell
def _(Published, file, heading):
    published = Published.open(file)
    heading("Commitments", published.about())
    return (published,)


@app.cell
def _(chosen, mo, published):
    organization, currency = chosen(published)
    mo.hstack([organization, currency], justify="start", gap=2)
    return currency, organization


@app.cell
def _(currency, organization, published):
    def ask(columns, mart, rest="", currency_column="billing_currency"):
        """Ask a mart of the chosen organization and currency."""
        return published.cut(
            columns, mart, organization.value, rest, **{currency_column: currency.value}
        )

    months = ask(
        "billing_period as month, sum(used_cost) as used, sum(unused_cost) as unused,"
        " sum(net_savings_cost) as saved",
        "fct_commitment_utilization_monthly",
        "group by all order by all",
    )
    return ask, months


@app.cell
def _(currency, mo, money, months, percent):
    mo.stop(not months.height, mo.md("Nothing was committed."))
    _month, _used, _unused, _saved = months.row(-2 if months.height > 1 else -1)
    _share = _used / (_used + _unused) if _used + _unused else None
    mo.hstack(
        [
            mo.stat(percent(_share), label=f"Used in {_month}", bordered=True),
            mo.stat(money(_unused, currency.value), label="Paid and not used", bordered=True),
            mo.stat(money(_saved, currency.value), label="Saved, waste counted", bordered=True),
        ],
        widths="equal",
    )


@app.cell
def _(BAD, GOOD, currency, mo, months, parts):
    mo.vstack(
        [
            mo.md("## Utilization: what was committed, month by month"),
            parts(months, "month", {"used": GOOD, "unused": BAD}, currency.value),
        ]
    )


@app.cell
def _(COLOURS, QUIET, ask, currency, mo, parts):
    _covered = ask(
        "month, sum(covered_by_reservations) as reservations,"
        ' sum(covered_by_savings_plans) as "savings plans",'
        ' sum(covered_by_committed_use) as "committed use", sum(on_demand) as "on demand"',
        "rpt_commitment_coverage",
        "group by all order by all",
        "currency",
    )
    _colours = dict(
        zip(_covered.columns[1:], (COLOURS[0], COLOURS[4], COLOURS[2], QUIET), strict=True)
    )
    mo.vstack(
        [
            mo.md("## Coverage: the usage that commitments may cover, at on-demand prices"),
            parts(_covered, "month", _colours, currency.value),
        ]
    )


@app.cell
def _(alt, ask, drawn, mo):
    _terms = ask(
        "commitment, coalesce(name, type) || ' · ' || right(commitment, 24) as what,"
        " start_date, last_date, days_remaining, expiry, remaining",
        "rpt_commitment_inventory",
        "and last_date is not null and state <> 'expired' order by last_date, what",
        "currency",
    )
    mo.stop(not _terms.height, mo.md("No running commitment tells its term."))
    _order = ["0-30", "31-60", "61-90", "91-180", "181-365", ">365"]
    _warm = ["#b65b5b", "#d0783f", "#e0a545", "#c9c04b", "#7fae6a", "#5a9e6f"]
    _timeline = (
        alt.Chart(drawn(_terms))
        .mark_bar(cornerRadius=3)
        .encode(
            x=alt.X("start_date:T", title=None),
            x2="last_date:T",
            y=alt.Y(
                "what:N", title=None, sort=_terms["what"].to_list(), axis=alt.Axis(labelLimit=330)
            ),
            color=alt.Color(
                "expiry:N",
                scale=alt.Scale(domain=_order, range=_warm),
                legend=alt.Legend(title="Days left", orient="top"),
            ),
            tooltip=[
                "what:N",
                "last_date:T",
                "days_remaining:Q",
                alt.Tooltip("remaining:Q", format=",.2f"),
            ],
        )
        .properties(width="container", height=alt.Step(20))
    )
    mo.vstack([mo.md("## When they end"), _timeline])


@app.cell
def _(ask, mo, table):
    _columns = (
        "risk, reason, commitment, type, service, used_share_28_days, expected_waste,"
        " monthly_increase_at_expiry, last_date"
    )
    _too_much = ask(
        _columns,
        "rpt_commitment_inventory",
        "and (below_threshold = 'yes' or risk in ('CRITICAL', 'HIGH')) order by unused desc",
        "currency",
    )
    _too_little = ask(
        "service, region, machine, account, sum(on_demand) as on_demand,"
        " sum(saving_if_converted) as saving_if_converted, any_value(open_to_programs) as open_to",
        "rpt_commitment_coverage",
        "and month = (select max(month) from rpt_commitment_coverage) and on_demand > 0"
        " group by all order by on_demand desc",
        "currency",
    )
    mo.vstack(
        [
            mo.md("## Too much: what is not used up"),
            table(_too_much) if _too_much.height else mo.md("Every commitment is used well."),
            mo.md("## Too little: eligible usage at on-demand prices, newest month"),
            table(_too_little) if _too_little.height else mo.md("All eligible usage is covered."),
        ]
    )


if __name__ == "__main__":
    app.run()
