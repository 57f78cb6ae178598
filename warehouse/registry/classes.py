"""The data class of every table of the registry: which retention rule speaks of it."""

from collections.abc import Mapping
from typing import Final

DATA_CLASSES: Final[Mapping[str, str]] = {
    "companies": "company_name",
    "organizations": "company_name",
    "connections": "credential",
    "cloud_accounts": "registration",
    "cloud_account_assignments": "registration",
    "exchange_rates": "cost",
    "commitment_contracts": "commitment",
    "utilization_thresholds": "commitment",
    "commitment_recommendations": "optimisation",
    "commitment_actions": "optimisation",
    "savings_fee_monthly": "optimisation",
    "deliveries": "run_metadata",
    "publications": "run_metadata",
    "history": "organization_history",
    "history_subjects": "organization_history",
    "members": "profile",
    "roles": "registration",
    "member_roles": "registration",
    "member_groups": "registration",
    "group_organizations": "registration",
    "group_members": "registration",
    "invitations": "profile",
    "api_keys": "credential",
    "billing_contacts": "profile",
    # What proves that something went, or keeps it from going or from coming back.
    "legal_holds": "control",
    "deletion_requests": "control",
    "company_requests": "control",
    "suppressions": "control",
    "purged_periods": "control",
    "retention_items": "control",
    "retention_runs": "control",
    "retention_approvals": "control",
    "certificates": "control",
}
