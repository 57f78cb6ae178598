"""What the platform told of people and payments goes by its rules, from wherever it lies."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.journeys.canaries import found_in
from tests.warehouse.retention.small import Small
from warehouse.retention.dates import MIN_AFTER_MAX

pytestmark = pytest.mark.slow

LOGINS = "intermediate.int_logins_told"
INQUIRIES = "intermediate.int_inquiries_told"


@pytest.fixture
def house(small: Small) -> Small:
    """Two companies; the first has two members."""
    for name in ("한빛", "Other"):
        small.registry.companies.add(name, plan="standard")
    small.registry.organizations.add("Retail", company="한빛")
    for email in ("Kim@한빛.kr", "lee@example.com"):
        small.registry.members.add(email, company="한빛")
    return small


def company(house: Small, name: str) -> str:
    return house.registry.companies.get(name).company_id


def event(number: str, company_id: str, day: str, **more: object) -> Mapping[str, object]:
    at = f"{day}T12:00:00+09:00"
    return {"event_id": number, "occurred_at": at, "company_id": company_id, **more}


def login(number: str, company_id: str, day: str, email: str) -> Mapping[str, object]:
    address = {"event_type": "login", "ip_address": "203.0.113.7"}
    return event(number, company_id, day, email=email, **address)


def inquiry(number: str, company_id: str, day: str, email: str) -> Mapping[str, object]:
    asked = {"event_type": "opened", "inquiry_id": "q-1", "subject": "왜?"}
    return event(number, company_id, day, email=email, **asked)


def payment(number: str, company_id: str, day: str) -> Mapping[str, object]:
    paid = {"event_type": "paid", "payment_method": "card", "invoice_id": "i-1"}
    amount = {"billing_currency": "KRW", "payment_amount": "110000"}
    return event(number, company_id, day, **paid, **amount)


def invoice(number: str, company_id: str, day: str) -> Mapping[str, object]:
    issued = {"invoice_id": f"i-{number}", "issued_date": day, "billing_currency": "KRW"}
    return event(number, company_id, day, **issued, invoice_amount="110000")


def words_left(house: Small, *words: str) -> set[str]:
    """Which of the words some file of the house or of the drops still holds."""
    folders = (house.folder, house.drops)
    return {word for folder in folders for word in found_in(folder, words, ("duckdb_extensions",))}


def rules(certificates: list[dict[str, object]]) -> list[object]:
    return sorted(str(each["rule"]) for each in certificates)


def test_a_removed_members_logins_go_in_three_months_and_his_inquiries_in_three_years(
    house: Small,
) -> None:
    mine, other = company(house, "한빛"), company(house, "Other")
    logins = [
        login("event-kim-login", mine, "2026-01-16", "KIM@한빛.kr"),
        login("event-lee-login", mine, "2026-01-16", "lee@example.com"),
        login("event-kim-elsewhere", other, "2026-01-16", "kim@한빛.kr"),
    ]
    dropped = house.drop("logins-1.jsonl", *logins)
    asked = house.drop(
        "inquiries.jsonl", inquiry("event-kim-asks", mine, "2026-01-16", "kim@한빛.kr")
    )
    house.on("2026-01-31").registry.membership.remove("kim@한빛.kr", company="한빛")
    # The same person comes back under the same address: another subject.
    invitations = house.on("2026-03-01").registry.invitations
    _, token = invitations.add("kim@한빛.kr", "Retail", "member", company="한빛")
    invitations.accept(token)
    house.drop("logins-2.jsonl", login("event-kim-again", mine, "2026-03-02", "kim@한빛.kr"))
    assert house.on("2026-04-26").run() == []
    assert len(words_left(house, "event-kim-login", "event-kim-asks")) == 2

    certificates = house.on("2026-04-27").run()
    assert rules(certificates) == ["R10", "R7"]
    [logs] = [each for each in certificates if each["rule"] == "R10"]
    assert (logs["deleted_rows"], logs["searched_words"], logs["flags"]) == (2, 1, [])
    assert words_left(house, "event-kim-login") == set()
    assert house.events(LOGINS) == ["event-kim-again", "event-kim-elsewhere", "event-lee-login"]
    assert not dropped.exists()
    # Until its own day the inquiry stays, by an id that nobody can resolve.
    assert not asked.exists()
    [(email,)] = house.ask(f"select email from lake.{INQUIRIES}")
    assert email.startswith("mem-")

    house.load()
    assert house.events(LOGINS) == ["event-kim-again", "event-kim-elsewhere", "event-lee-login"]
    assert rules(house.on("2029-01-28").run()) == ["R9"]
    assert words_left(house, "event-kim-asks", email) == {email}, "the registry knows the id"
    assert house.events(INQUIRIES) == []


def test_a_withdrawn_companys_payments_are_separated_at_once_and_go_by_law(house: Small) -> None:
    mine, other = company(house, "한빛"), company(house, "Other")
    payments = [payment("payment-mine", mine, "2026-01-16"), payment("other", other, "2026-01-16")]
    dropped = house.drop("payments-1.jsonl", *payments)
    house.drop("invoices.jsonl", invoice("invoice-first", mine, "2026-01-16"))
    house.drop("payments-2.jsonl", payment("payment-last", mine, "2026-02-28"))
    house.on("2026-02-28").registry.endings.withdraw("한빛")

    [separated] = house.run()
    assert (separated["rule"], separated["deleted_rows"]) == ("separation", 6)
    assert house.events("marts.fct_payments") == ["other"]
    assert house.events("marts.fct_invoices") == []
    assert not dropped.exists()
    kept = found_in(house.folder, ["payment-mine", "payment-last"], ("duckdb_extensions",))
    assert {place.split("/")[0] for places in kept.values() for place in places} == {"withheld"}
    store = house.lake.layout.withheld
    assert found_in(store, [mine, "한빛"], ()) == {}

    house.on("2031-02-24").run()
    assert len(found_in(store, ["invoice-first", "payment-mine", "payment-last"], ())) == 3
    # Three days before five years after the withdrawal; the last payment is kept five years.
    [first] = house.on("2031-02-25").run()
    assert (first["rule"], first["deleted_rows"], first["flags"]) == ("R8", 2, [])
    assert set(found_in(store, ["invoice-first", "payment-last"], ())) == {"payment-last"}
    [last] = house.on("2031-03-01").run()
    assert (last["rule"], last["flags"]) == ("R8", [MIN_AFTER_MAX])
    assert words_left(house, "payment-last") == set()
    assert not list(store.iterdir())


def test_what_is_told_again_after_its_day_goes_with_the_next_run(house: Small) -> None:
    mine = company(house, "한빛")
    rows = [login("event-lee-login", mine, "2026-01-16", "lee@example.com")]
    path = house.drop("logins.jsonl", *rows)
    text = path.read_text("utf-8")
    house.on("2026-01-31").registry.endings.withdraw("한빛")
    house.on("2026-04-27").run()
    path.write_text(text, "utf-8")
    house.load()
    assert house.events(LOGINS) == [], "the same file is not landed once more"
    house.drop("logins-2.jsonl", *rows, login("event-late", mine, "2026-05-01", "lee@example.com"))
    assert house.events(LOGINS) == ["event-late", "event-lee-login"]
    assert rules(house.on("2026-05-02").run()) == ["R10"]
    assert house.events(LOGINS) == []


def test_a_law_that_asks_for_access_logs_wins_day_by_day(house: Small) -> None:
    terms = house.policy.terms.model_copy(update={"access_log_minimum_months": 4})
    house.policy = replace(house.policy, terms=terms)
    mine = company(house, "한빛")
    days = ("2026-01-16", "2026-02-10", "2026-02-11")
    house.drop(
        "logins.jsonl", *(login(f"event-{day}", mine, day, "lee@example.com") for day in days)
    )
    house.on("2026-02-11").registry.endings.withdraw("한빛")

    def logs_gone(day: str) -> list[tuple[object, object]]:
        certificates = house.on(day).run()
        return [
            (each["deleted_rows"], each["flags"]) for each in certificates if each["rule"] == "R10"
        ]

    assert logs_gone("2026-05-16") == []
    assert logs_gone("2026-05-17") == [(2, [MIN_AFTER_MAX])]
    assert logs_gone("2026-06-11") == [(2, [MIN_AFTER_MAX])]
    assert house.events(LOGINS) == ["event-2026-02-11"]
    assert logs_gone("2026-06-12") == [(2, [MIN_AFTER_MAX])]
    assert house.events(LOGINS) == []


def test_a_hold_on_a_member_keeps_what_he_did_when_his_company_goes(house: Small) -> None:
    mine = company(house, "한빛")
    house.drop("logins.jsonl", login("event-lee-login", mine, "2026-01-16", "lee@example.com"))
    house.registry.holds.add("case 7", member="lee@example.com", company="한빛")
    house.on("2026-02-11").registry.endings.withdraw("한빛")
    house.on("2026-06-01").run()
    assert house.events(LOGINS) == ["event-lee-login"]


def test_an_early_deletion_takes_everything_but_what_a_law_keeps(house: Small) -> None:
    mine = company(house, "한빛")
    house.drop("logins.jsonl", login("event-lee-login", mine, "2026-01-16", "lee@example.com"))
    house.drop("inquiries.jsonl", inquiry("event-lee-asks", mine, "2026-01-16", "lee@example.com"))
    house.drop("payments.jsonl", payment("payment-1", mine, "2026-01-16"))
    house.spend(mine, "org-a", "2026-01")
    house.on("2026-02-11").registry.endings.withdraw("한빛")
    house.on("2026-02-20").registry.endings.ask_early_deletion(mine, house.policy)
    house.on("2026-02-22").run()
    assert (
        words_left(house, "event-lee-login", "event-lee-asks", "charge-org-a-2026-01-0001") == set()
    )
    assert words_left(house, "payment-1", "한빛", "lee@example.com") == {"payment-1"}
