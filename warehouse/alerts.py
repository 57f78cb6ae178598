"""What readers should be told of, looked up in the marts as far as a reader may see them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import duckdb

from warehouse.scope import Scope


@dataclass(frozen=True)
class Alert:
    """One thing that stands. As long as it does, its key stays; it tells nothing by itself."""

    kind: str
    key: str
    organization_id: str
    """Empty: it is the company's."""
    values: Mapping[str, Any]

    @classmethod
    def of(cls, kind: str, subject: str, organization_id: str = "", **values: object) -> "Alert":
        """Make an alert whose key is a digest of what it is about: ids of the cloud stay out."""
        text = f"{kind}/{organization_id}/{subject}"
        key = hashlib.sha256(text.encode()).hexdigest()[:32]
        return cls(kind, key, organization_id, MappingProxyType(values))


NEWEST: Final = """(
    select * from {fct_commitment_inventory} as told
    qualify row_number() over (
        partition by organization_id, commitment_id, billing_currency order by as_of_date desc
    ) = 1
)"""
QUERIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "anomaly": """
            select
                organization_id, anomaly_id as subject,
                any_value(sub_account_id) as account, any_value(service_name) as service,
                min(started_date) as since, sum(changed_cost) as cost,
                any_value(billing_currency) as currency, max_by(main_cause, charge_date) as cause
            from {fct_cost_anomalies} as anomalies
            where is_increase
            group by organization_id, company_id, anomaly_id
            having max(charge_date) > (
                select max(as_of_date) - 7 from {fct_cost_forecasts} as forecasts
                where forecasts.organization_id = anomalies.organization_id
                    and forecasts.company_id = anomalies.company_id
            )
        """,
        "budget": """
            select
                organization_id,
                concat_ws('/', budget_id, budget_period, basis, threshold_ratio) as subject,
                budget_name as name, budget_period as period, basis,
                cast(round(100 * threshold_ratio, 2) as decimal(9, 2)) as percent,
                if(basis = 'forecast', forecast_cost, actual_cost) as cost,
                budget_cost as budget, billing_currency as currency
            from {fct_budget_thresholds} as thresholds
            inner join {fct_budget_status} as status
                using (organization_id, company_id, budget_id, budget_period, billing_currency)
            where thresholds.is_reached and thresholds.is_current
        """,
        "commitment_expiry": f"""
            select
                organization_id, concat_ws('/', commitment_id, ended_at) as subject,
                commitment_id as commitment, cast(ended_at as date) as day, days_remaining as days
            from {NEWEST} where is_expiring_within_30_days and state = 'active'
        """,
        "commitment_use": f"""
            select
                organization_id, commitment_id as subject, commitment_id as commitment,
                coalesce(risk_reason, '') as reason,
                cast(round(100 * coalesce(trailing_utilization_ratio, burn_ratio), 1)
                    as decimal(9, 1)) as percent
            from {NEWEST}
            where state = 'active' and (is_below_threshold or risk_class in ('CRITICAL', 'HIGH'))
        """,
    }
)
MARTS_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "anomaly": ("fct_cost_anomalies", "fct_cost_forecasts"),
        "budget": ("fct_budget_thresholds", "fct_budget_status"),
        "commitment_expiry": ("fct_commitment_inventory",),
        "commitment_use": ("fct_commitment_inventory",),
    }
)


def find_alerts(lake: duckdb.DuckDBPyConnection, kind: str, scope: Scope) -> Iterator[Alert]:
    """Look up the alerts of a kind within a reader's cut of its marts."""
    relations = {mart: scope.relation(mart) for mart in MARTS_OF[kind]}
    values = {name: value for each in relations.values() for name, value in each.values.items()}
    cursor = lake.execute(
        QUERIES[kind].format(**{mart: each.sql for mart, each in relations.items()}), values
    )
    names = [column[0] for column in cursor.description or ()]
    for row in cursor.fetchall():
        found = dict(zip(names, row, strict=True))
        yield Alert.of(kind, found.pop("subject"), found.pop("organization_id"), **found)
