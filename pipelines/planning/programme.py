"""The linear programme that bounds every mix of plans from below."""

from collections.abc import Sequence
from decimal import Decimal

import highspy
import numpy as np

from pipelines.planning.usage import Floats


def lower_bound(
    costs: Floats, rates: Sequence[Floats], limit: Decimal | None
) -> tuple[list[float], float]:
    """Return the sizes per hour and the cost of the best spreading of usage over plans.

    `costs` has a row per hour and a column per line; `rates` are each plan's, by line. Columns of
    the programme are a size per plan, then what is displaced in each hour by each plan of each
    line in its reach. Rows: no line is displaced twice, no plan is used beyond its size, and all
    sizes stay within the limit.
    """
    hours, lines = costs.shape
    reach = [
        (plan, int(line)) for plan, each in enumerate(rates) for line in np.flatnonzero(each > 0)
    ]
    programme = highspy.HighsLp()
    programme.num_col_ = len(rates) + len(reach) * hours
    programme.num_row_ = hours * (lines + len(rates)) + 1
    programme.col_cost_ = np.concatenate(
        (np.full(len(rates), float(hours)), np.full(len(reach) * hours, -1.0))
    )
    programme.col_lower_ = np.zeros(programme.num_col_)
    programme.col_upper_ = np.full(programme.num_col_, highspy.kHighsInf)
    programme.row_lower_ = np.full(programme.num_row_, -highspy.kHighsInf)
    most = highspy.kHighsInf if limit is None else float(limit)
    programme.row_upper_ = np.concatenate((costs.T.ravel(), np.zeros(hours * len(rates)), [most]))
    _fill(programme, rates, reach, hours, lines)
    solver = _solved(programme)
    values = np.array(solver.getSolution().col_value)
    found = float(costs.sum()) + solver.getInfo().objective_function_value
    return [float(size) for size in values[: len(rates)]], found


def _solved(programme: highspy.HighsLp) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call] # its constructor has no types
    solver.setOptionValue("output_flag", False)
    solver.passModel(programme)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise ValueError(
            "No mix of commitments could be computed:"
            f" {solver.modelStatusToString(solver.getModelStatus())}. Usage must be finite and a"
            " limit not below 0."
        )
    return solver


def _fill(
    programme: highspy.HighsLp,
    rates: Sequence[Floats],
    reach: Sequence[tuple[int, int]],
    hours: int,
    lines: int,
) -> None:
    """Write the matrix by columns: a size bears on its plan's hours and on the limit."""
    hour = np.arange(hours)
    rows, values = [], []
    for plan in range(len(rates)):
        rows.append(np.append(hours * (lines + plan) + hour, hours * (lines + len(rates))))
        values.append(np.append(np.full(hours, -1.0), 1.0))
    for plan, line in reach:
        both = (hours * line + hour, hours * (lines + plan) + hour)
        rows.append(np.stack(both, axis=1).ravel())
        values.append(np.tile((1.0, rates[plan][line]), hours))
    sizes = np.concatenate((np.full(len(rates), hours + 1), np.full(len(reach) * hours, 2)))
    matrix = programme.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.start_ = np.concatenate((np.zeros(1), np.cumsum(sizes))).astype(np.int32)
    matrix.index_ = np.concatenate(rows).astype(np.int32)
    matrix.value_ = np.concatenate(values)
