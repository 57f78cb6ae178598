"""Published marts as their contracts spell them, with the rows that a test wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import yaml

from pipelines.settings import DBT_PROJECT
from warehouse.eligible_usage import EligibleUsage, eligible_usage
from warehouse.scope import Scope

MARTS = DBT_PROJECT / "models" / "marts"
START = datetime(2026, 9, 1)  # noqa: DTZ001 - the lake's timestamps are UTC without saying so


@dataclass(frozen=True)
class Marts:
    """Published marts as their contracts spell them."""

    lake: duckdb.DuckDBPyConnection
    organization_id: str = "o"
    company_id: str = "c"

    @property
    def owner(self) -> dict[str, Any]:
        """Whose the rows are, and in which currency."""
        return {
            "organization_id": self.organization_id,
            "company_id": self.company_id,
            "billing_currency": "USD",
        }

    def add(self, mart: str, **values: Any) -> None:
        """Publish a row of the organization."""
        of_company = {"company_id": self.company_id} if mart == "dim_subscriptions" else self.owner
        row = of_company | values
        names = ", ".join(row)
        marks = ", ".join(f"${name}" for name in row)
        self.lake.execute(f"insert into lake.marts.{mart} ({names}) values ({marks})", row)

    def use(self, hour: int, cost: str, **values: Any) -> None:
        """Publish an hour of an m5.large in Seoul, on demand unless said otherwise."""
        machine = {
            "provider_name": "AWS", "sub_account_id": "a", "service_code": "AmazonEC2",
            "region_id": "ap-northeast-2", "instance_type": "m5.large",
            "usage_type": "APN2-BoxUsage:m5.large", "operation": "RunInstances",
            "eligible_programs": "COMPUTE_SP, EC2_INSTANCE_SP, EC2_RI", "is_covered": False,
            "hour_count": 1, "pricing_quantity": Decimal(cost) * 10,
        }  # fmt: skip
        at = {"hour_at": START + timedelta(hours=hour), "ode_cost": Decimal(cost)}
        self.add("fct_commitment_usage_hourly", **(machine | at | values))

    def usage(self) -> EligibleUsage:
        """Read what was published."""
        [usage] = eligible_usage(self.lake, Scope.organization("c", "o"))
        return usage


@contextmanager
def published(*names: str) -> Iterator[Marts]:
    """Publish empty marts of these names."""
    with duckdb.connect() as lake:
        lake.execute("attach ':memory:' as lake; create schema lake.marts")
        for mart in names:
            [path] = MARTS.glob(f"*/{mart}.yml")
            [model] = yaml.safe_load(path.read_text("utf-8"))["models"]
            columns = ", ".join(f"{each['name']} {each['data_type']}" for each in model["columns"])
            lake.execute(f"create table lake.marts.{mart} ({columns})")
        yield Marts(lake)
