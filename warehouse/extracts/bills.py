"""What ties to paper: invoices, what restatements changed, the fee of managed commitments."""

from typing import Final

from warehouse.extracts.extract import Extract
from warehouse.extracts.report import IN_CURRENCY, Column, Kind

MONTH: Final = Column("Month", Kind.MONTH, "billing_period", 10)
PAYER: Final = Column("Payer", Kind.TEXT, "billing_account_id", 20)
CURRENCY: Final = Column(IN_CURRENCY, Kind.TEXT, "billing_currency", 10)

RECONCILIATION: Final = Extract(
    name="reconciliation",
    title="Reconciliation",
    description="Each provider's invoice of a month: the bridge from effective to billed",
    relation="fct_monthly_reconciliation",
    columns=(
        MONTH,
        PAYER,
        Column("Invoice", Kind.TEXT, "invoice_id", 24),
        Column("Connection", Kind.TEXT, "connection_id", 24),
        CURRENCY,
        Column("Effective", Kind.AMOUNT, "effective_cost", 16),
        Column("Paid upfront", Kind.AMOUNT, "upfront_cost", 16),
        Column("Amortized", Kind.AMOUNT, "amortized_upfront_cost", 16),
        Column("Unexplained", Kind.AMOUNT, "bridge_residual_cost", 16),
        Column("Billed", Kind.AMOUNT, "billed_cost", 16),
        Column("Lines", Kind.COUNT, "charge_count", 10),
        Column("Invoiced", Kind.TEXT, "if(is_invoiced, 'yes', 'no')", 9),
    ),
    sort="currency,invoice",
    chart=("Invoice", "Billed"),
)

RESTATEMENTS: Final = Extract(
    name="restatements",
    title="Restatements",
    description="What a provider changed in a month it had billed before, and by how much",
    relation="fct_restatements",
    columns=(
        MONTH,
        PAYER,
        Column("Account", Kind.TEXT, "sub_account_id", 16),
        Column("Service", Kind.TEXT, "service_name", 36),
        Column("Charge", Kind.TEXT, "charge_category", 12),
        Column("Delivered", Kind.TIME, "submitted_at", 18),
        Column("Delivered before", Kind.TIME, "previous_submitted_at", 18),
        CURRENCY,
        Column("Billed before", Kind.AMOUNT, "previous_billed_cost", 16),
        Column("Billed", Kind.AMOUNT, "billed_cost", 16),
        Column("Billed change", Kind.AMOUNT, "billed_cost_change", 16),
        Column("Effective before", Kind.AMOUNT, "previous_effective_cost", 16),
        Column("Effective", Kind.AMOUNT, "effective_cost", 16),
        Column("Effective change", Kind.AMOUNT, "effective_cost_change", 16),
        Column("After close", Kind.TEXT, "if(is_after_close, 'yes', 'no')", 12, alarms=("yes",)),
    ),
    sort="currency,-delivered,-billed_change",
    chart=("Service", "Billed change"),
)

INVOICES: Final = Extract(
    name="invoices",
    title="Invoices",
    description="The company's own invoices for the platform: issued, paid, open. For its owners",
    relation="fct_invoices",
    columns=(
        Column("Invoice", Kind.TEXT, "invoice_id", 24),
        Column("Issued", Kind.DATE, "issued_date", 11),
        Column("Due", Kind.DATE, "due_date", 11),
        Column("Settled", Kind.DATE, "settled_date", 11),
        Column("Status", Kind.TEXT, "invoice_status", 14),
        CURRENCY,
        Column("Invoiced", Kind.AMOUNT, "invoice_amount", 14),
        Column("Paid", Kind.AMOUNT, "paid_amount", 14),
        Column("Refunded", Kind.AMOUNT, "refunded_amount", 14),
        Column("Open", Kind.AMOUNT, "open_amount", 14),
    ),
    sort="-issued",
    is_monthly=False,
)

FEES: Final = Extract(
    name="savings-fees",
    title="Savings fees",
    description="What managed commitments saved in a month, and the fee that is due of it",
    relation="fct_monthly_savings_fees",
    columns=(
        MONTH,
        Column("Provider", Kind.TEXT, "provider", 12),
        CURRENCY,
        Column("Without managed", Kind.AMOUNT, "without_managed_cost", 16),
        Column("With managed", Kind.AMOUNT, "with_managed_cost", 16),
        Column("Resale gain", Kind.AMOUNT, "resale_gain_cost", 14),
        Column("True-ups", Kind.AMOUNT, "true_up_cost", 14),
        Column("Realized savings", Kind.AMOUNT, "realized_savings_cost", 16),
        Column("Loss carried in", Kind.AMOUNT, "loss_carry_in_cost", 16),
        Column("Loss carried out", Kind.AMOUNT, "loss_carry_out_cost", 16),
        Column("Fee share", Kind.RATIO, "fee_ratio", 10),
        Column("Fee", Kind.AMOUNT, "fee_cost", 14),
        Column("Final", Kind.TEXT, "if(is_final, 'yes', 'no')", 7),
    ),
    sort="month,currency,provider",
    chart=("Provider", "Fee"),
)
