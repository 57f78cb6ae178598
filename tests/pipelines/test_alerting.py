"""Alerts, from published marts to a real mail server and a real webhook on this machine."""

import email
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from pipelines.alerting.gathering import of_companies
from pipelines.alerting.sending import tell
from pipelines.alerting.words import body
from pipelines.house import House
from pipelines.settings import settings
from quality.gates import results
from quality.gates.landed import subject
from quality.gates.measures import Verdict
from tests.published import Row, house_in, publish
from warehouse.registry import Registry, Source, deliveries
from warehouse.registry.alerts import Wish
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.errors import InvalidError, NotAllowedError

pytestmark = pytest.mark.slow

NOON = datetime(2026, 10, 4, 12, tzinfo=UTC)
SECRET = "planted-secret-of-the-channel"


class Inbox(Message):
    """A mailbox that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[tuple[str, str, str]] = []

    def handle_message(self, message: Any) -> None:
        """Keep recipient, subject and text."""
        mail = email.message_from_bytes(message.as_bytes(), policy=default)
        text = mail.get_body(("plain",))
        assert text is not None
        self.mails.append((message["X-RcptTo"], mail["Subject"].strip(), text.get_content()))


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    handler = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    url = f"mailto://127.0.0.1:{port}?from=finhouse@hanbit.kr&mode=insecure"
    monkeypatch.setenv("FINHOUSE_ALERT_MAIL", url)
    settings.cache_clear()
    yield handler
    server.stop()


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    posted: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            posted.append(json.loads(self.rfile.read(size))["message"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HOOK", f"json://127.0.0.1:{server.server_port}/{SECRET}")
    yield posted
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Kim owns all; lee and park see Retail's costs, han its costs and budgets."""
    with house_in(tmp_path_factory.mktemp("house")) as opened:
        registry = opened.registry
        registry.companies.add("한빛")
        registry.companies.add("남")
        for name in ("Retail", "Secret"):
            registry.organizations.add(name, company="한빛")
        registry.members.add("kim@hanbit.kr", company="한빛")
        registry.roles.add(
            "Budgets", {"costs": "view", "budgets": "view"}, organization="Retail", company="한빛"
        )
        for name, role in (("lee", "member"), ("park", "member"), ("han", "Budgets")):
            registry.members.add(
                f"{name}@hanbit.kr", organization="Retail", role=role, company="한빛"
            )
        publish(opened, marts(opened))
        yield opened


@pytest.fixture
def house(shared: House, inbox: Inbox) -> Iterator[House]:
    """The same house for every test, and nobody subscribed in it."""
    assert inbox.mails == []
    yield shared
    for each in shared.registry.alerts.list("한빛"):
        shared.registry.alerts.remove(each.subscription_id, company="한빛")


def place(house: House, organization: str, company: str = "한빛") -> dict[str, object]:
    owner = house.registry.companies.get(company).company_id
    if organization == "unassigned":
        return {"organization_id": organization, "company_id": owner}
    found = house.registry.organizations.get(organization, company=company)
    return {"organization_id": found.organization_id, "company_id": owner}


def marts(house: House) -> dict[str, list[Row]]:
    def anomaly(where: dict[str, object], service: str, day: int) -> Row:
        return where | {
            "anomaly_id": f"{service} {day}", "sub_account_id": "012345678901",
            "started_date": date(2026, 9, 1), "charge_date": date(2026, 9, day),
            "service_name": service, "main_cause": "quantity", "billing_currency": "USD",
            "changed_cost": Decimal("1234.5"), "is_increase": True,
        }  # fmt: skip

    here, there, theirs = place(house, "Retail"), place(house, "Secret"), place(
        house, "unassigned", "남"
    )  # fmt: skip
    budget = here | {"budget_id": "b", "budget_period": "2026-09", "billing_currency": "USD"}
    commitment = here | {
        "commitment_id": "arn:ri-1", "billing_currency": "USD", "state": "active",
        "as_of_date": date(2026, 9, 29), "ended_at": datetime(2026, 10, 9),  # noqa: DTZ001
        "days_remaining": 10, "risk_class": "HIGH", "risk_reason": "used too little",
        "trailing_utilization_ratio": 0.4, "is_expiring_within_30_days": True,
        "is_below_threshold": True,
    }  # fmt: skip
    return {
        "fct_cost_forecasts": [
            where | {"series_kind": "organization", "as_of_date": date(2026, 9, 29)}
            for where in (here, there, theirs)
        ],
        "fct_cost_anomalies": [
            anomaly(here, "Amazon\nCloudWatch {0}", 28), anomaly(here, "Over", 22),
            anomaly(there, "Hidden", 28), anomaly(theirs, "Foreign", 28),
        ],
        "fct_budget_status": [
            budget | {"budget_name": "결제팀", "actual_cost": 81, "budget_cost": 100,
                      "forecast_cost": 120}
        ],
        "fct_budget_thresholds": [
            budget | {"basis": basis, "threshold_ratio": ratio, "is_reached": is_reached,
                      "is_current": True}
            for basis, ratio, is_reached in (
                ("actual", 0.8, True), ("forecast", 1.0, True), ("actual", 1.0, False))
        ],
        "fct_commitment_inventory": [
            commitment, commitment | {"as_of_date": date(2026, 9, 1), "days_remaining": 38}
        ],
    }  # fmt: skip


def subscribe(house: House, who: str, **wish: Any) -> str:
    added = house.registry.alerts.add(f"{who}@hanbit.kr", Wish(**wish), company="한빛")
    return added.subscription_id


def refreshed(house: House) -> House:
    """The same house with the settings of now."""
    return House(settings(), house.registry, house.lake)


def test_everybody_is_told_what_his_menus_and_organizations_open(
    house: House, inbox: Inbox
) -> None:
    for who in ("kim", "lee", "han"):
        subscribe(house, who)
    tell(refreshed(house), NOON)
    mails = {to.split("@")[0]: (subject, text) for to, subject, text in inbox.mails}
    assert mails.keys() == {"kim", "lee", "han"}
    assert "Hidden" in mails["kim"][1]
    assert "Commitment arn:ri-1 ends on 2026-10-09, in 10 days." in mails["kim"][1]
    cost = "costs 1,234.50 USD more than usual"
    assert mails["lee"][1].splitlines()[:2] == [
        "Retail",
        f"- Amazon CloudWatch {{0}} in 012345678901 {cost} since 2026-09-01: quantity.",
    ]
    assert (
        "Budget 결제팀, 2026-09: forecast 120.00 of 100.00 USD reached 100.00 %."
        in (mails["han"][1])
    )
    for who in ("lee", "han"):
        assert not [word for word in ("Hidden", "Secret", "arn:") if word in mails[who][1]]
    assert "결제팀" not in mails["lee"][1]
    assert not [text for _, _, text in inbox.mails if "Foreign" in text or "Over" in text]


def test_a_right_taken_away_silences_its_alerts(house: House, inbox: Inbox) -> None:
    subscribe(house, "park")
    house.registry.members.revoke("park@hanbit.kr", "Retail", company="한빛")
    assert [each.standing for each in tell(refreshed(house), NOON)] == [0]
    house.registry.membership.remove("park@hanbit.kr", company="한빛")
    assert tell(refreshed(house), NOON) == []
    assert inbox.mails == []


def test_an_alert_is_told_once_until_it_ends(house: House, inbox: Inbox) -> None:
    subscribe(house, "lee", language="ko", kinds=("anomaly",))
    assert [each.told for each in tell(refreshed(house), NOON)] == [1]
    assert [each.told for each in tell(refreshed(house), NOON + timedelta(days=1))] == [0]
    whole = marts(house)
    publish(house, whole | {"fct_cost_anomalies": []})
    assert [each.standing for each in tell(refreshed(house), NOON)] == [0]
    publish(house, whole)
    assert [each.told for each in tell(refreshed(house), NOON)] == [1]
    assert len(inbox.mails) == 2
    assert inbox.mails[0][1] == "Finhouse: 한빛 새 알림 1건"
    assert "평소보다 1,234.50 USD 많습니다. 원인: 사용량." in inbox.mails[0][2]


@pytest.mark.parametrize(
    ("hour", "told"),
    [(12, 1), (13, 0), (21, 0), (22, 1)],
)
def test_quiet_hours_are_the_recipients(house: House, inbox: Inbox, hour: int, told: int) -> None:
    """In Seoul it is 21:00, 22:00, 06:00 and 07:00."""
    subscribe(house, "lee", quiet_hours="22:00-07:00", time_zone="Asia/Seoul")
    assert [each.told for each in tell(refreshed(house), NOON.replace(hour=hour))] == [told]
    assert len(inbox.mails) == told


def test_a_digest_comes_once_a_day_of_its_reader(house: House, inbox: Inbox) -> None:
    subscribe(house, "lee", delivery="daily", time_zone="Asia/Seoul")
    now = house.registry.now()
    tell(refreshed(house), now)
    whole = marts(house)
    [first, *_] = whole["fct_cost_anomalies"]
    publish(house, whole | {"fct_cost_anomalies": [first, dict(first) | {"anomaly_id": "new"}]})
    assert [each.told for each in tell(refreshed(house), now)] == [0]
    assert [each.told for each in tell(refreshed(house), now + timedelta(days=1))] == [1]
    assert len(inbox.mails) == 2
    publish(house, whole)


def test_a_channel_gets_its_message_and_its_address_shows_nowhere(
    house: House, webhook: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    subscribe(house, "kim", target="env:HOOK", kinds=("budget",))
    assert [each.told for each in tell(refreshed(house), NOON)] == [2]
    assert "Budget 결제팀, 2026-09: actual 81.00 of 100.00 USD reached 80.00 %." in webhook[0]
    assert SECRET not in caplog.text + str(house.registry.alerts.list("한빛"))


def test_what_no_server_took_is_told_next_time(
    house: House, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HOOK", f"json://127.0.0.1:1/{SECRET}")
    subscribe(house, "kim", target="env:HOOK", kinds=("budget",))
    [failed] = tell(refreshed(house), NOON)
    assert (failed.standing, failed.told) == (2, 0)
    assert "env:HOOK did not take the message" in failed.message
    monkeypatch.setenv("HOOK", "no address at all")
    assert tell(refreshed(house), NOON)[0].message == failed.message
    monkeypatch.setenv("HOOK", f"{settings().alert_mail.get_secret_value()}&to=ops@hanbit.kr")  # type: ignore[union-attr]
    assert [each.told for each in tell(refreshed(house), NOON)] == [2]
    assert [to for to, _, _ in inbox.mails] == ["ops@hanbit.kr"]
    assert SECRET not in caplog.text + failed.message


def test_a_member_subscribes_himself_by_mail_and_an_owner_everybody(house: House) -> None:
    def acting(who: str) -> Registry:
        registry = house.registry
        return registry.acting_as(registry.members.caller(f"{who}@hanbit.kr"))

    own = acting("lee").alerts.add("lee@hanbit.kr", Wish())
    others = acting("kim").alerts.add("han@hanbit.kr", Wish(target="env:HOOK"))
    for wish, whom in ((Wish(), "han"), (Wish(target="env:FINHOUSE_API_KEY"), "lee")):
        with pytest.raises(NotAllowedError):
            acting("lee").alerts.add(f"{whom}@hanbit.kr", wish)
    with pytest.raises(NotAllowedError):
        acting("lee").alerts.remove(others.subscription_id)
    assert acting("lee").alerts.list() == (own,)
    assert acting("lee").alerts.remove(own.subscription_id) == own
    assert acting("kim").alerts.list() == (others,)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(kinds=("everything",)), Wish(language="fr"), Wish(delivery="weekly"),
        Wish(quiet_hours="22-07"), Wish(time_zone="Seoul"), Wish(target="chain"),
        Wish(target="slack://token-a/token-b/token-c"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_kept_is_refused(house: House, wish: Wish) -> None:
    with pytest.raises(InvalidError):
        house.registry.alerts.add("lee@hanbit.kr", wish, company="한빛")


@pytest.fixture
def refused(house: House) -> Iterator[DeliveryRecord]:
    """A bill of 한빛 that was refused."""
    source = Source("aws", "s3://gates", "d", "cur2")
    connection = house.registry.connections.add("AWS 게이트", source, company="한빛")
    item = DeliveryRecord(
        connection.connection_id, "2026-09", "d-1", "cur2", "csv", NOON, 1, 1, None, None, {}, {},
        False, (), "refused", "UNFIT: quoted-7f3a", NOON,
    )  # fmt: skip
    deliveries.record(house.registry, item)
    yield item
    house.registry.connections.disconnect("AWS 게이트", company="한빛")


def test_a_refusal_is_told_with_its_gate_or_check_and_none_of_its_words(
    house: House, inbox: Inbox, refused: DeliveryRecord
) -> None:
    gate = Verdict("landed_columns", subject(refused), "no_column_is_gone", True, 3, 1, ("cost",))
    mart = Verdict("published_columns", "fct_x", "values_fit_their_column", True, 3, 1, ("cost",))
    passed = replace(gate, demand="no_column_is_retyped", failed=0)
    kept = results.keep(house.settings.layout, [gate, mart, passed], NOON)
    subscribe(house, "kim", kinds=("failed_check",))
    tell(refreshed(house), NOON)
    [(_, _, text)] = inbox.mails
    assert "Check: no_column_is_gone, values_fit_their_column (fct_x)." in text
    assert "quoted-7f3a" not in text

    kept.path.unlink()
    for message, check in (
        ("CSV_RAGGED: 결제.csv, line 3: a row", "CSV_RAGGED"),
        ("assert_it_ties: got 1 result", "assert_it_ties"),
        ("결제 팀: 42 USD", "-"),
    ):
        deliveries.mark(house.registry, [refused], "refused", message)
        [found] = [each.alert for each in of_companies(house) if each.alert.kind == "failed_check"]
        assert f"(거부됨). 검사: {check}. 이유는" in body([found], {"": ""}, "ko")


def test_owners_alone_hear_of_the_companys_connections(house: House, inbox: Inbox) -> None:
    house.registry.connections.add("AWS 본사", Source("aws", "s3://b", "d", "cur2"), company="한빛")
    house.registry.connections.add("AWS 남", Source("aws", "s3://c", "d", "cur2"), company="남")
    for who in ("kim", "lee"):
        subscribe(house, who, kinds=("stale_connection",))
    assert [each.told for each in tell(refreshed(house), NOON)].count(1) == 1
    [(to, _, text)] = inbox.mails
    assert to == "kim@hanbit.kr"
    assert "AWS 본사 has gone quiet: nothing was ever delivered." in text
    assert "남" not in text
