"""Single lines of Azure exports, under the columns of each agreement."""

from calendar import monthrange
from datetime import UTC, datetime
from typing import Any

RESERVATION = "/providers/Microsoft.Capacity/reservationOrders/aaaa/reservations/BBBB"
PLAN = "/providers/Microsoft.BillingBenefits/savingsPlanOrders/cccc/savingsPlans/DDDD"
VM = (
    "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/웹서버"
)  # fmt: skip
RENAMED = {
    "BillingCurrencyCode": "billingCurrency",
    "ResourceGroup": "resourceGroupName",
    "ResourceLocationNormalized": "location",
}
ONLY_EA = {"AccountName", "AccountOwnerId", "OfferId", "PartNumber", "PlanName", "ResourceName"}
SAME = {"SubscriptionId", "ProductName", "ResourceId", "PayGPrice", "benefitId", "benefitName"}


def ea_line(
    account: str, cost: float | str, period: str = "2026-09", **more: Any
) -> dict[str, Any]:
    """One usage line of an EA cost export, version 2024-08-01."""
    year, month = period.split("-")
    last = monthrange(int(year), int(month))[1]
    return {
        "BillingAccountId": "012345678901",
        "BillingAccountName": "한빛상사",
        "BillingPeriodStartDate": f"{month}/01/{year}",
        "BillingPeriodEndDate": f"{month}/{last}/{year}",
        "BillingProfileId": "012345678901",
        "SubscriptionId": account,
        "SubscriptionName": "운영",
        "Date": f"{month}/05/{year}",
        "ProductName": "Virtual Machines BS Series - B1s - KR Central",
        "PartNumber": "AAA-88134",
        "MeterId": "f31064a2-ed95-4e11-8b69-270f2fc4fbdd",
        "MeterCategory": "Virtual Machines",
        "MeterSubCategory": "BS Series",
        "MeterName": "B1s",
        "MeterRegion": "KR Central",
        "UnitOfMeasure": "1 Hour",
        "Quantity": "1",
        "EffectivePrice": str(cost),
        "UnitPrice": str(cost),
        "PayGPrice": str(cost),
        "CostInBillingCurrency": cost,
        "BillingCurrencyCode": "USD",
        "ResourceLocation": "KoreaCentral",
        "ConsumedService": "Microsoft.Compute",
        "ResourceId": VM,
        "ResourceName": "웹서버",
        "ResourceGroup": "rg",
        "Tags": '"팀": "커머스","env": "prod"',
        "AdditionalInfo": '{"ServiceType":"Standard_B1s"}',
        "ChargeType": "Usage",
        "Frequency": "UsageBased",
        "PublisherType": "Azure",
        "PricingModel": "OnDemand",
        "benefitId": "",
        "benefitName": "",
        **more,
    }


def mca_line(
    account: str, cost: float | str, period: str = "2026-09", **more: Any
) -> dict[str, Any]:
    """The same line of an MCA export: other spellings, other columns, ISO dates."""
    ea = ea_line(account, cost, period)
    mca = {
        RENAMED.get(name, name if name in SAME else name[:1].lower() + name[1:]): value
        for name, value in ea.items()
        if name not in ONLY_EA
    }
    year, month = period.split("-")
    return {
        **mca,
        "billingAccountId": "0000:1111_2019-05-31",
        "billingProfileId": "ABCD-EFGH",
        "billingPeriodStartDate": f"{period}-01",
        "billingPeriodEndDate": f"{period}-{monthrange(int(year), int(month))[1]}",
        "date": f"{period}-05",
        "tags": '{"팀":"커머스"}',
        "pricingCurrency": "USD",
        "exchangeRatePricingToBilling": "1",
        "paygCostInBillingCurrency": cost,
        "costInPricingCurrency": cost,
        "invoiceId": "",
        "previousInvoiceId": "",
        **more,
    }


def typed(row: dict[str, Any]) -> dict[str, Any]:
    """Type a line's values as Azure's Parquet files do: instants in UTC, numbers as doubles."""
    days = {"date", "billingperiodstartdate", "billingperiodenddate"}
    numbers = ("cost", "price", "quantity", "exchangerate")

    def value(name: str, said: Any) -> Any:
        if name.lower() in days:
            return datetime.fromisoformat(said).replace(tzinfo=UTC)
        return float(said) if any(word in name.lower() for word in numbers) else said

    return {name: value(name, said) for name, said in row.items()}


def old_line(
    account: str, cost: float | str, period: str = "2026-09", **more: Any
) -> dict[str, Any]:
    """The same line of an EA export of 2023."""
    names = {
        "CostInBillingCurrency": "Cost",
        "BillingCurrencyCode": "BillingCurrency",
        "ProductName": "Product",
    }
    ea = ea_line(account, cost, period)
    return {names.get(name, name): value for name, value in ea.items()} | more


def focus_line(
    account: str, cost: float | str, period: str = "2026-09", **more: Any
) -> dict[str, Any]:
    """One usage line of a FocusCost export."""
    start = datetime.strptime(period, "%Y-%m")  # noqa: DTZ007 - the bill's own, without a zone
    after = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return {
        "BilledCost": cost,
        "BillingAccountId": "/providers/Microsoft.Billing/billingAccounts/012345678901",
        "BillingAccountType": "Billing Account",
        "BillingCurrency": "USD",
        "BillingPeriodStart": start.strftime("%Y-%m-%dT00:00:00Z"),
        "BillingPeriodEnd": after.strftime("%Y-%m-%dT00:00:00Z"),
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": start.strftime("%Y-%m-05T00:00Z"),
        "ChargePeriodEnd": start.strftime("%Y-%m-06T00:00Z"),
        "EffectiveCost": cost,
        "ContractedCost": cost,
        "ListCost": cost,
        "PricingCategory": "Standard",
        "ProviderName": "Microsoft",
        "PublisherName": "Microsoft",
        "RegionId": "koreacentral",
        "RegionName": "Korea Central",
        "ResourceId": VM.lower(),
        "ServiceCategory": "Compute",
        "ServiceName": "Virtual Machines",
        "SubAccountId": account,
        "Tags": '{"팀":"커머스"}',
        **more,
    }


def detail_line(
    account: str, hours: float | str, period: str = "2026-09", **more: Any
) -> dict[str, Any]:
    """One resource's day of a reservation; `account` is its order."""
    year, month = period.split("-")
    return {
        "InstanceFlexibilityGroup": "BS Series",
        "InstanceFlexibilityRatio": "2",
        "InstanceId": VM,
        "Kind": "Reservation",
        "ReservationOrderId": account,
        "ReservationId": "BBBB",
        "ReservedHours": "24",
        "SkuName": "Standard_B1s",
        "TotalReservedQuantity": "1",
        "UsageDate": f"{month}/05/{year}",
        "UsedHours": hours,
        **more,
    }


def transaction_line(
    account: str, cost: float | str, period: str = "2026-09", **more: Any
) -> dict[str, Any]:
    """One purchase of a reservation, as an MCA export tells it."""
    return {
        "Amount": cost,
        "ArmSkuName": "Standard_B1s",
        "BillingFrequency": "OneTime",
        "BillingProfileId": "ABCD-EFGH",
        "Currency": "USD",
        "Description": "예약 구매",
        "EventDate": f"{period}-05T10:00:00Z",
        "EventType": "Purchase",
        "Invoice": "G000000042",
        "PurchasingSubscriptionGuid": account,
        "Quantity": "1",
        "Region": "KoreaCentral",
        "ReservationOrderId": "aaaa",
        "ReservationOrderName": "웹서버",
        "Term": "P1Y",
        **more,
    }


def price_line(
    account: str, price: float | str, period: str = "2026-09", **more: Any
) -> dict[str, Any]:
    """One price of an EA enrollment."""
    year, month = period.split("-")
    return {
        "EnrollmentNumber": account,
        "MeterID": "f31064a2-ed95-4e11-8b69-270f2fc4fbdd",
        "MeterName": "B1s",
        "MeterCategory": "Virtual Machines",
        "Product": "Virtual Machines BS Series - B1s - KR Central",
        "ProductID": "DZH318Z0BP04",
        "MeterRegion": "KR Central",
        "UnitOfMeasure": "100 Hours",
        "PartNumber": "AAA-88134",
        "EffectiveStartDate": f"{month}/01/{year}",
        "EffectiveEndDate": "",
        "UnitPrice": price,
        "MarketPrice": price,
        "CurrencyCode": "USD",
        "Term": "",
        "PriceType": "Consumption",
        **more,
    }


def mca_price_line(
    account: str, price: float | str, period: str = "2026-09", **more: Any
) -> dict[str, Any]:
    """The same price of an MCA billing profile."""
    ea = price_line(account, price, period)
    left_out = {"EnrollmentNumber", "PartNumber", "CurrencyCode", "MeterID", "ProductID"}
    return {
        **{name: value for name, value in ea.items() if name not in left_out},
        "BillingProfileId": account,
        "MeterId": ea["MeterID"],
        "ProductId": ea["ProductID"],
        "Currency": "USD",
        "EffectiveStartDate": f"{period}-01",
        "TierMinimumUnits": "0",
        **more,
    }
