"""Answering questions of marts that are only read, wherever they lie."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import duckdb
from duckdb import StatementType

BATCH: Final = 100
EXPLAIN: Final = re.compile(r"\s*explain\s+(analyze\s+)?(\([^)]*\)\s*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """The answer of one statement. Its rows are read while they are asked for."""

    names: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def answers(marts: duckdb.DuckDBPyConnection, text: str, limit: int | None) -> Iterator[Answer]:
    """Answer every statement of a text; of each at most one row more than the limit.

    Raises duckdb.Error when one cannot be answered.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise duckdb.InvalidInputException("The question is not UTF-8: write it anew.") from None
    statements = marts.extract_statements(text)
    if not statements:
        raise duckdb.InvalidInputException("There is no statement to answer.")
    for statement in statements:
        _refuse_writing(marts, statement)
        marts.execute(statement)
        # A pivot makes a temporary type first: its answer is the next statement's.
        if statement.type != StatementType.CREATE:
            names = tuple(column[0] for column in marts.description or ())
            yield Answer(names, islice(_rows(marts), None if limit is None else limit + 1))


def _rows(marts: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    try:
        while batch := marts.fetchmany(BATCH):
            yield from batch
    except OverflowError as error:
        # An interval may be longer in DuckDB than here.
        raise duckdb.ConversionException(
            f"A value of the answer is too large to be shown ({error}). Ask for it as text:"
            " `value::varchar`."
        ) from error


def _refuse_writing(marts: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> None:
    """Let only questions through: the marts would refuse a change, but not a file's COPY.

    Raises duckdb.InvalidInputException that says what to do instead.
    """
    kind, text = statement.type, statement.query
    if kind == StatementType.EXPLAIN:
        # `explain analyze` runs what it explains.
        inner = marts.extract_statements(EXPLAIN.sub("", text, count=1))
        if all(each.type == StatementType.SELECT for each in inner):
            return
    elif kind == StatementType.SELECT or (kind == StatementType.CREATE and not text):
        # DuckDB makes a pivot's type by a statement that has no text of its own.
        return
    # DuckDB has no name for some of its own statements.
    name = kind.name if kind.name.isidentifier() else "This"
    raise duckdb.InvalidInputException(
        f"{name} is not a question: published marts are only read. "
        "Ask with select, describe or show tables; `--csv` prints an answer for a file."
    )
