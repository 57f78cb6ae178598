"""What goes when: the days on which a company's data is deleted, by which rule, and what waits."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Retention")


@app.cell
def _():
    import altair as alt
    import marimo as mo

    from notebooks.pictures import coloured, heading, table
    from notebooks.published import Published, due

    return Published, alt, coloured, due, heading, mo, table


@app.cell
def _(mo):
    file = mo.cli_args().get("file")
    planned = mo.cli_args().get("due")
    return file, planned


@app.cell
def _(Published, due, file, heading, planned):
    items = due(planned)
    heading("Retention", f"{Published.open(file).about()} · planned when the dashboards started")
    return (items,)


@app.cell
def _(items, mo):
    mo.stop(
        not items.height,
        mo.md("Nothing has a day yet, or this is one organization's file: its company's tells."),
    )
    mo.hstack(
        [
            mo.stat(f"{items['is_due'].sum():,}", label="Due today", bordered=True),
            mo.stat(str(items["scheduled_on"].min()), label="Next day", bordered=True),
            mo.stat(f"{items['bytes'].sum() / 1e6:,.1f} MB", label="Has a day", bordered=True),
            mo.stat(
                f"{(items['blocked_by'] != '').sum():,}", label="Kept by a hold", bordered=True
            ),
        ],
        widths="equal",
    )


@app.cell
def _(alt, coloured, items, mo):
    _days = (
        alt.Chart(items)
        .mark_bar()
        .encode(
            x=alt.X("yearmonth(scheduled_on):O", title=None),
            y=alt.Y("sum(bytes):Q", title="bytes", axis=alt.Axis(format="~s")),
            color=coloured("rule", items),
            tooltip=["rule:N", "billing_period:N", "scheduled_on:T", "rows:Q", "bytes:Q"],
        )
        .properties(width="container", height=260)
    )
    mo.vstack([mo.md("## What goes in which month"), _days])


@app.cell
def _(items, mo, table):
    mo.vstack([mo.md("## Thing by thing"), table(items)])


if __name__ == "__main__":
    app.run()
