"""Tell each subscriber what is new, once."""

import logging
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import apprise

from pipelines.alerting.gathering import alerts_of, of_companies
from pipelines.alerting.words import body, title
from pipelines.house import House
from pipelines.settings import Settings, secret
from warehouse.registry import deliveries
from warehouse.registry.alerts import Subscription, note, subscriptions

# It would log addresses, which are secrets.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Told:
    """What became of one subscription: how many alerts stand, and how many were new."""

    subscription_id: str
    company_id: str
    standing: int
    told: int
    message: str = ""
    """Why it could not be told; it is tried again."""


def tell(house: House, now: datetime) -> list[Told]:
    """Tell all subscribers what is new to them.

    What was not taken stays new: a message may come twice after a crash, and never not at all.
    """
    served = deliveries.published_snapshot(house.registry)
    if served is None:
        return []
    companies = of_companies(house)
    outcomes = []
    with house.lake.connect(served[0]) as lake:
        for subscription, email, told in subscriptions(house.registry):
            standing = {each.key: each for each in alerts_of(house, lake, subscription, companies)}
            new = [alert for key, alert in standing.items() if key not in told]
            ended = [key for key in told if key not in standing]
            is_due = subscription.is_due(now, max(told.values(), default=None))
            sent, message = [], ""
            if new and is_due:
                registry = house.registry.acting_as(subscription.reader)
                company = registry.companies.get(subscription.company_id)
                names = {
                    each.organization_id: each.name
                    for each in registry.organizations.list(company.company_id)
                } | {"": ""}
                message = _send(
                    house.settings,
                    subscription,
                    email,
                    title(company.name, len(new), subscription.language),
                    body(new, names, subscription.language),
                )
                sent = [] if message else new
            note(house.registry, subscription.subscription_id, [a.key for a in sent], ended)
            outcomes.append(
                Told(
                    subscription.subscription_id,
                    subscription.company_id,
                    len(standing),
                    len(sent),
                    message,
                )
            )
    return outcomes


def _send(
    settings: Settings, subscription: Subscription, email: str, subject: str, text: str
) -> str:
    """Send one message; return why it could not be sent, without the address."""
    try:
        address = _address(settings, subscription, email)
    except ValueError as error:
        return str(error)
    channel = apprise.Apprise()
    is_taken = channel.add(address) and channel.notify(
        title=subject, body=text, body_format=apprise.NotifyFormat.TEXT
    )
    where = subscription.target or "the mail server of FINHOUSE_ALERT_MAIL"
    return "" if is_taken else f"{where} did not take the message: check address and server."


def _address(settings: Settings, subscription: Subscription, email: str) -> str:
    if subscription.target is not None:
        return secret(subscription.target).strip()
    if settings.alert_mail is None:
        raise ValueError("Set FINHOUSE_ALERT_MAIL to the address of a mail server.")
    server = settings.alert_mail.get_secret_value()
    return f"{server}{'&' if '?' in server else '?'}to={quote(email)}"
