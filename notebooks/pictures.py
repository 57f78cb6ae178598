"""How the notebooks draw: the same few shapes, colours and number formats everywhere."""

from decimal import Decimal
from typing import Any, Final

import altair as alt
import marimo as mo
import polars as pl

from warehouse.extracts.money import exact, minor_units, shown

COLOURS: Final = (
    "#3b6ea8", "#e08e45", "#5a9e6f", "#b65b5b", "#8573b3", "#7f9dbd", "#c9a64b", "#6f6f6f",
)  # fmt: skip
OTHERS: Final = "(others)"
GOOD, BAD, QUIET = "#5a9e6f", "#b65b5b", "#c8ccd2"


def money(amount: Decimal | None, currency: str) -> str:
    """Write an amount as people read it, with its currency."""
    return "–" if amount is None else f"{shown(amount, currency)} {currency}"  # noqa: RUF001


def is_less_than_a_cent(amount: Decimal, currency: str) -> bool:
    """Tell whether an amount is nothing in the smallest unit people pay in."""
    return abs(amount) * 2 < Decimal(1).scaleb(-minor_units(currency))


def percent(ratio: float | Decimal | None) -> str:
    """Write a ratio as percent; a dash where it is undefined."""
    return "–" if ratio is None else f"{ratio:.1%}"  # noqa: RUF001


def drawn(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame that can be drawn: exact decimals become the doubles a screen can show."""
    return frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64))


def largest(frame: pl.DataFrame, column: str, measure: str, keep: int = 7) -> pl.DataFrame:
    """Keep a column's largest words and add up the others under one: nothing is left out."""
    first = (
        frame.group_by(column)
        .agg(pl.col(measure).abs().sum())
        .sort(measure, column, descending=[True, False])
        .head(keep)[column]
        .to_list()
    )
    word = pl.when(pl.col(column).is_in(first)).then(pl.col(column)).otherwise(pl.lit(OTHERS))
    rest = [each for each in frame.columns if each not in (column, measure)]
    return (
        frame.with_columns(word.alias(column))
        .group_by(*rest, column, maintain_order=True)
        .agg(pl.col(measure).sum())
    )


def stacked(frame: pl.DataFrame, x: str, y: str, colour: str, currency: str) -> Any:
    """Draw amounts over time as stacked bars."""
    return (
        alt.Chart(drawn(frame))
        .mark_bar()
        .encode(
            x=alt.X(f"{x}:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y(f"{y}:Q", title=currency, axis=alt.Axis(format=",.0f")),
            color=coloured(colour, frame),
            order=alt.Order(f"{y}:Q", sort="descending"),
            tooltip=[f"{x}:O", f"{colour}:N", alt.Tooltip(f"{y}:Q", format=",.2f")],
        )
        .properties(width="container", height=260)
    )


def ranked(frame: pl.DataFrame, word: str, measure: str, currency: str) -> Any:
    """Draw amounts by word as bars, the largest first."""
    return (
        alt.Chart(drawn(frame))
        .mark_bar(color=COLOURS[0])
        .encode(
            x=alt.X(f"{measure}:Q", title=currency, axis=alt.Axis(format=",.0f")),
            y=alt.Y(
                f"{word}:N",
                title=None,
                sort=_order(frame, word, measure),
                axis=alt.Axis(labelLimit=260),
            ),
            tooltip=[f"{word}:N", alt.Tooltip(f"{measure}:Q", format=",.2f")],
        )
        .properties(width="container", height=alt.Step(22))
    )


def coloured(word: str, frame: pl.DataFrame) -> alt.Color:
    """Give each word of a column a colour; what stands for all others is grey and last."""
    words = sorted(set(frame[word].drop_nulls()) - {OTHERS})
    colours = [COLOURS[number % len(COLOURS)] for number in range(len(words))]
    if OTHERS in frame[word]:
        words, colours = [*words, OTHERS], [*colours, QUIET]
    scale = alt.Scale(domain=words, range=colours)
    return alt.Color(f"{word}:N", scale=scale, legend=alt.Legend(title=None, orient="top"))


def _order(frame: pl.DataFrame, word: str, measure: str) -> list[str]:
    ordered = frame.sort(pl.col(word) == OTHERS, -pl.col(measure))[word]
    return [str(each) for each in ordered]


def parts(frame: pl.DataFrame, y: str, columns: dict[str, str], currency: str) -> Any:
    """Draw what amounts are made of, side by side in given colours: column -> colour."""
    long = drawn(frame).unpivot(list(columns), index=[y], variable_name="part", value_name="amount")
    scale = alt.Scale(domain=list(columns), range=list(columns.values()))
    return (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("amount:Q", title=currency, axis=alt.Axis(format=",.0f")),
            y=alt.Y(f"{y}:N", title=None, sort=frame[y].to_list(), axis=alt.Axis(labelLimit=260)),
            color=alt.Color("part:N", scale=scale, legend=alt.Legend(title=None, orient="top")),
            order=alt.Order("position:Q"),
            tooltip=[f"{y}:N", "part:N", alt.Tooltip("amount:Q", format=",.2f")],
        )
        .transform_calculate(position=f"indexof({list(columns)}, datum.part)")
        .properties(width="container", height=alt.Step(22))
    )


def table(frame: pl.DataFrame) -> Any:
    """Show rows, their amounts to the last decimal, to be searched, sorted and downloaded."""
    amounts = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal)]
    return mo.ui.table(
        frame,
        selection=None,
        page_size=12,
        show_data_types=False,
        show_column_summaries=False,
        format_mapping=dict.fromkeys(amounts, _exact),
    )


def _exact(amount: Decimal | None) -> str | None:
    return None if amount is None else exact(amount)


def heading(title: str, about: str) -> mo.Html:
    """Head a page with what it shows, of when and from where."""
    return mo.md(f"# {title}\n\n{about}")
