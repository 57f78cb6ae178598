"""The program that asks Great Expectations: measures on stdin, answers on stdout, both JSON.

A process of its own: importing Great Expectations costs seconds of processor, which pass while dbt
works, and some hundred megabytes, which go with it. It inherits no environment, so no secret.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

for unneeded in ("azure", "boto3", "botocore", "google", "sqlalchemy"):
    # Great Expectations imports what it finds installed; hidden, a third of its time is saved.
    sys.modules[unneeded] = None  # type: ignore[assignment]

import great_expectations as gx  # noqa: E402
import pandas as pd  # type: ignore[import-untyped] # noqa: E402
from great_expectations import expectations  # noqa: E402

KEYS = ["subject", "name"]


def judge(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Answer for each demand of a suite which rows of its table do not meet it."""
    frame = pd.DataFrame(request["rows"], dtype=object)
    suite = gx.ExpectationSuite(
        request["suite"],
        expectations=[
            getattr(expectations, demand["expectation"])(
                **demand["arguments"],
                severity="critical" if demand["refuses"] else "warning",
                meta={"demand": demand["name"]},
            )
            for demand in request["demands"]
        ],
    )
    context = gx.get_context(mode="ephemeral")
    source = context.data_sources.add_pandas("measures").add_dataframe_asset(request["suite"])
    batch = source.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    complete = {"result_format": "COMPLETE", "unexpected_index_column_names": KEYS}
    found = batch.validate(suite, result_format=complete)
    return [_answer(result) for result in found.results]


def _answer(result: Any) -> dict[str, Any]:
    if result.exception_info.get("raised_exception"):
        raise RuntimeError(f"{result.expectation_config.type}: {result.exception_info}")
    unmet = result.result.get("unexpected_index_list") or []
    return {
        "demand": result.expectation_config.meta["demand"],
        "success": result.success,
        "unmet": [[row[key] for key in KEYS] for row in unmet],
    }


def main(requests: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """Answer every request."""
    return [judge(request) for request in requests]


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
