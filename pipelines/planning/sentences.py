"""A recommendation in a sentence, Korean or English, in which every figure names its base."""

from decimal import Decimal
from typing import Final, Literal

from pipelines.planning.offers import Figures, Offer
from pipelines.planning.sizing import Recommendation

Language = Literal["ko", "en"]
HOURS_PER_YEAR: Final = 8_760
_NOTHING: Final = {
    "en": (
        "Buy nothing now under {offer}: of the last {days} days' usage{daily}, eligible cost of"
        " {eligible} a month, no size saves anything that lasts."
    ),
    "ko": (
        "{offer} 조건으로는 지금 구매하지 않는 것이 좋습니다. 최근 {days}일 사용량{daily}(약정 가능"
        " 온디맨드 상당 비용 월 {eligible}) 기준으로 안정적으로 절감되는 약정 규모가 없습니다."
    ),
}
_SENTENCE: Final = {
    "en": (
        "Buy {what} of {offer} in account {account}: {commitment} a month, {upfront} of"
        " the term paid upfront. On the last {days} days' usage{daily} that saves {savings} a month"
        " net of what stays unused: {of_eligible} of the eligible cost of {eligible} a month,"
        " {of_covered} of the {covered} that it covers, {roi} of what it costs. Coverage of the"
        " eligible cost goes from {before} to {after}; {utilization} of the commitment is used. It"
        " has paid for itself after {months} of {term} months. Prices: {source}."
    ),
    "ko": (
        "계정 {account}에서 {offer} 약정을 {what} 구매하세요. 약정 비용은 월"
        " {commitment}, 전체 기간의 선결제 금액은 {upfront}입니다. 최근 {days}일 사용량{daily}"
        " 기준으로 미사용분을 뺀 순절감액은 월 {savings}입니다. 약정 가능 온디맨드 상당 비용(월"
        " {eligible})의 {of_eligible}, 새로 커버되는 비용(월 {covered})의 {of_covered}, 약정"
        " 비용의 {roi}입니다. 약정 가능 비용 대비 커버리지는 {before}에서 {after}로 바뀌고,"
        " 약정의 {utilization}가 사용됩니다. 전체 {term}개월 중 {months}개월이면 약정 비용을"
        " 회수합니다. 단가 출처: {source}."
    ),
}
_DAILY: Final = {
    "en": " (told by the day, its hours taken as equal)",
    "ko": "(일 단위 청구, 시간별로 균등하다고 가정)",
}
_SIZES: Final = {
    "en": ("{hourly} an hour", "{count} x {where}{machine} ({hourly} an hour)"),
    "ko": ("시간당 {hourly}만큼", "{where}{machine} {count}개(시간당 {hourly})"),
}
"""Of money, and of machines."""
_TERMS: Final = {"en": "{years}-year {program}, {payment}", "ko": "{years}년 {program}({payment})"}
_PAYMENTS: Final = {
    "en": ("No Upfront", "Partial Upfront", "All Upfront"),
    "ko": ("선결제 없음", "부분 선결제", "전체 선결제"),
}


def sentence(
    recommendation: Recommendation,
    told: Figures,
    currency: str,
    language: Language,
    *,
    region: str | None = None,
    is_daily: bool = False,
) -> str:
    """Say one purchase in a sentence: `told` is the recommendation's target or tranche.

    `region` is the machines'; `is_daily`: the usage is of a bill that tells days only.
    """
    words = {
        "account": recommendation.account,
        "days": recommendation.days,
        "offer": _offer(recommendation.offer, language),
        "eligible": _money(told.monthly_eligible_cost, currency),
        "daily": _DAILY[language] if is_daily else "",
    }
    if not told.hourly_commitment:
        return _NOTHING[language].format(**words)
    return _SENTENCE[language].format(
        **words,
        what=_size(recommendation.offer, told, currency, language, region),
        commitment=_money(told.monthly_commitment, currency),
        upfront=_money(told.upfront, currency),
        savings=_money(told.monthly_net_savings, currency),
        covered=_money(told.monthly_displaced_cost, currency),
        of_eligible=_percent(told.savings_of_eligible),
        of_covered=_percent(told.savings_of_covered),
        roi=_percent(told.roi),
        before=_percent(told.coverage_before),
        after=_percent(told.coverage_after),
        utilization=_percent(told.expected_utilization),
        months="-" if (after := told.break_even.commitment) is None else f"{after:.1f}",
        term=f"{recommendation.offer.term_months:.0f}",
        source=recommendation.rate_source,
    )


def _size(
    offer: Offer, told: Figures, currency: str, language: Language, region: str | None
) -> str:
    return _SIZES[language][offer.machine is not None].format(
        hourly=f"{currency} {told.hourly_commitment:,.3f}",
        count=offer.count(told.hourly_commitment),
        machine=offer.machine and offer.machine.instance_type,
        where=f"{region} " if region else "",
    )


def _offer(offer: Offer, language: Language) -> str:
    payment = 0 if not offer.upfront_share else 2 if offer.upfront_share == 1 else 1
    reserved = offer.machine.offering_class if offer.machine else ""
    return _TERMS[language].format(
        years=round(offer.term_hours / HOURS_PER_YEAR),
        program=f"{offer.program.replace('_', ' ')} {reserved}".rstrip(),
        payment=_PAYMENTS[language][payment],
    )


def _money(amount: Decimal, currency: str) -> str:
    return f"{currency} {amount:,.2f}"


def _percent(ratio: Decimal | None) -> str:
    return "-" if ratio is None else f"{ratio:.2%}"
