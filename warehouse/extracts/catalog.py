"""Every extract there is. A new one stands here, and nothing else has to know it."""

from typing import Final

from warehouse.extracts import bills, budgets, commitments, costs
from warehouse.extracts.extract import Extract

EXTRACTS: Final[tuple[Extract, ...]] = (
    costs.MONTHLY,
    costs.BY_SERVICE,
    costs.BY_ACCOUNT,
    costs.BY_TAG,
    costs.RESOURCES,
    bills.RECONCILIATION,
    bills.RESTATEMENTS,
    bills.INVOICES,
    bills.FEES,
    commitments.INVENTORY,
    commitments.UTILIZATION,
    commitments.COVERAGE,
    budgets.BUDGETS,
    budgets.FORECASTS,
    budgets.ANOMALIES,
)
