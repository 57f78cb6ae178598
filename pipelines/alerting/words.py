"""What alerts say, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from warehouse.alerts import Alert
from warehouse.extracts.money import exact

COMPANY: Final = MappingProxyType({"en": "The company", "ko": "회사 전체"})
TITLES: Final = MappingProxyType(
    {
        "en": "Finhouse: {count} new alerts of {company}",
        "ko": "Finhouse: {company} 새 알림 {count}건",
    }
)
TEMPLATES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {
            "anomaly": "{service} in {account} costs {cost} {currency} more than usual since"
            " {since}: {cause}.",
            "budget": "Budget {name}, {period}: {basis} {cost} of {budget} {currency} reached"
            " {percent} %.",
            "commitment_expiry": "Commitment {commitment} ends on {day}, in {days} days.",
            "commitment_use": "Commitment {commitment} is used to {percent} %. {reason}",
            "failed_check": "The bill of {connection} for {period} was not loaded: {state}."
            " Check: {check}. `finhouse status` tells why.",
            "stale_connection": "{connection} has gone quiet: {said}.",
            "past_due_deletion": "Rule {rule}: something is left that had to be gone before {day}."
            " `finhouse retention` tells what.",
        },
        "ko": {
            "anomaly": "{account}의 {service} 비용이 {since}부터 평소보다 {cost} {currency}"
            " 많습니다. 원인: {cause}.",
            "budget": "예산 {name} ({period}): {basis} {cost} {currency}, 예산 {budget}의"
            " {percent} %에 도달했습니다.",
            "commitment_expiry": "약정 {commitment}이(가) {days}일 뒤인 {day}에 끝납니다.",
            "commitment_use": "약정 {commitment}의 사용률은 {percent} %입니다. {reason}",
            "failed_check": "{connection}의 {period} 청구서를 적재하지 못했습니다({state})."
            " 검사: {check}. 이유는 `finhouse status`에 있습니다.",
            "stale_connection": "{connection}에서 새 청구서가 오지 않습니다: {said}.",
            "past_due_deletion": "규칙 {rule}: {day} 전에 삭제되어야 할 데이터가 남아 있습니다."
            " 내용은 `finhouse retention`에 있습니다.",
        },
    }
)
KOREAN: Final = MappingProxyType(
    {
        "actual": "실적",
        "forecast": "예상",
        "new account": "새 계정",
        "new service": "새 서비스",
        "coverage": "약정 적용 감소",
        "price": "단가",
        "quantity": "사용량",
        "unused commitment": "미사용 약정",
        "several": "여러 원인",
        "refused": "거부됨",
        "suspect": "확인 중",
    }
)
"""Words of the marts and the registry that are no names."""
TRANSLATED: Final = ("basis", "cause", "state")


def title(company: str, count: int, language: str) -> str:
    """Return a message's subject: how much there is, and of whom."""
    return TITLES[language].format(company=company, count=count)


def body(alerts: Sequence[Alert], names: Mapping[str, str], language: str) -> str:
    """Return a message's text: a line per alert, below each organization's name."""
    lines: list[str] = []
    for organization_id in sorted({alert.organization_id for alert in alerts}):
        lines += ["", names.get(organization_id, organization_id) or COMPANY[language]]
        lines += [
            f"- {_line(alert, language)}"
            for alert in alerts
            if alert.organization_id == organization_id
        ]
    return "\n".join(lines[1:])


def _line(alert: Alert, language: str) -> str:
    words = {
        name: KOREAN.get(value, value) if language == "ko" and name in TRANSLATED else _told(value)
        for name, value in alert.values.items()
    }
    return TEMPLATES[language][alert.kind].format(**words).rstrip()


def _told(value: Any) -> str:
    match value:
        case None:
            return "-"
        case Decimal():
            return f"{value:,.2f}" if value == round(value, 2) or abs(value) >= 1 else exact(value)
        case date():
            return value.isoformat()
        case _:
            # A name may hold a line break, and would write a line of its own.
            return " ".join(str(value).split())
