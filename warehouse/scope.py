"""The organization cut, once: what a reader may see of the published marts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

UNASSIGNED: Final = "unassigned"
"""Organization of the accounts that nobody registered. Every company has one of its own."""

MENU_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dim_accounts": "costs",
        "dim_commitments": "commitments",
        "dim_member_grants": "members",
        "dim_members": "members",
        "dim_organizations": "costs",
        "dim_resources": "resources",
        "dim_services": "costs",
        "fct_budget_status": "budgets",
        "fct_budget_thresholds": "budgets",
        "fct_commitment_actions": "recommendations",
        "fct_commitment_benefit_flow_daily": "commitments",
        "fct_commitment_contracts": "commitments",
        "fct_commitment_coverage_daily": "commitments",
        "fct_commitment_inventory": "commitments",
        "fct_commitment_paces": "commitments",
        "fct_commitment_projections": "commitments",
        "fct_commitment_recommendations": "recommendations",
        "fct_commitment_savings_monthly": "commitments",
        "fct_commitment_usage_hourly": "commitments",
        "fct_commitment_utilization_daily": "commitments",
        "fct_commitment_utilization_hourly": "commitments",
        "fct_commitment_utilization_monthly": "commitments",
        "fct_cost_anomalies": "costs",
        "fct_cost_forecasts": "costs",
        "fct_daily_costs": "costs",
        "fct_daily_resource_costs": "resources",
        "fct_daily_split_costs": "resources",
        "fct_daily_tag_costs": "costs",
        "fct_data_quality": "costs",
        "fct_focus_charges": "costs",
        "fct_member_activity": "members",
        "fct_monthly_costs": "costs",
        "fct_monthly_fx_effects": "costs",
        "fct_monthly_reconciliation": "costs",
        "fct_monthly_savings_fees": "billing",
        "fct_organization_history": "security",
        "fct_restatements": "costs",
    }
)
"""Mart -> the menu that opens it. What is not listed cannot be read."""

MARTS: Final = frozenset(MENU_OF)
"""What may be read. Each mart carries organization_id and company_id."""

COMPANY_MARTS: Final = frozenset({"dim_subscriptions", "fct_invoices", "fct_payments"})
"""What is the company's and no organization's: for its owners."""

REPORT_MENUS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rpt_budget_status": "budgets",
        "rpt_commitment_coverage": "commitments",
        "rpt_commitment_inventory": "commitments",
        "rpt_commitment_utilization": "commitments",
        "rpt_monthly_account_costs": "costs",
        "rpt_monthly_costs": "costs",
        "rpt_monthly_resource_costs": "resources",
        "rpt_monthly_service_costs": "costs",
        "rpt_monthly_tag_costs": "costs",
    }
)
"""View of marts in finance's words, cut the same way -> the menu that opens it."""

REPORTS: Final = frozenset(REPORT_MENUS)


@dataclass(frozen=True, order=True)
class Island:
    """One organization of one company: the id alone is not enough for `unassigned`."""

    company_id: str
    organization_id: str


@dataclass(frozen=True)
class Relation:
    """A mart cut to a scope: text to stand after `from`, and the values it binds."""

    sql: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Scope:
    """The organizations a reader may see, and the companies he may see as a whole.

    No island means no row. Everything is a word of its own, so that a forgotten or emptied
    list of organizations can never turn into all of them.
    """

    islands: frozenset[Island] = field(default_factory=frozenset)
    is_everything: bool = False
    companies: frozenset[str] = field(default_factory=frozenset)
    """Those whose invoices he may see. All of a company's organizations are not the company."""

    def __post_init__(self) -> None:
        if self.is_everything and (self.islands or self.companies):
            raise ValueError("A scope is everything or a set of organizations, not both.")

    @classmethod
    def everything(cls) -> Self:
        """Return the operator's scope: all companies of the installation."""
        return cls(is_everything=True)

    @classmethod
    def organization(cls, company_id: str, organization_id: str) -> Self:
        """Return the scope of one organization; `unassigned` is the company's own."""
        return cls(frozenset({Island(company_id, organization_id)}))

    @classmethod
    def company(cls, company_id: str, organization_ids: Iterable[str]) -> Self:
        """Return an owner's scope: the company's organizations and what is unassigned in it."""
        ids = {UNASSIGNED, *organization_ids}
        islands = frozenset(Island(company_id, each) for each in ids)
        return cls(islands, companies=frozenset({company_id}))

    def relation(self, mart: str) -> Relation:
        """Cut a published mart of the lake to this scope. Raises KeyError for anything else.

        Ids are bound, never pasted: they come from people. Conditions are spelled as equalities,
        which DuckLake uses to skip the other organizations' files.
        """
        if mart in COMPANY_MARTS:
            return self._owned(mart)
        known = MARTS | REPORTS
        if mart not in known:
            there = ", ".join(sorted(known | COMPANY_MARTS))
            raise KeyError(f"{mart!r} is no published mart. There are: {there}.")
        values = {
            f"scope_{kind}_{number}": value
            for number, island in enumerate(sorted(self.islands))
            for kind, value in (
                ("company", island.company_id),
                ("organization", island.organization_id),
            )
        }
        cuts = [
            f"(company_id = $scope_company_{number}"
            f" and organization_id = $scope_organization_{number})"
            for number in range(len(self.islands))
        ]
        condition = "true" if self.is_everything else " or ".join(cuts) or "false"
        sql = f"(select * from lake.marts.{mart} where {condition})"
        return Relation(sql, MappingProxyType(values))

    def _owned(self, mart: str) -> Relation:
        values = {f"scope_owned_{n}": each for n, each in enumerate(sorted(self.companies))}
        cuts = [f"company_id = ${name}" for name in values]
        condition = "true" if self.is_everything else " or ".join(cuts) or "false"
        sql = f"(select * from lake.marts.{mart} where {condition})"
        return Relation(sql, MappingProxyType(values))
