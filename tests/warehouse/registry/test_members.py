"""Members, invitations, keys, groups: what is kept, what is refused, what is told."""

import unicodedata
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.warehouse.registry.conftest import Clock
from warehouse.registry import Registry, RegistryError
from warehouse.registry.access_tables import api_keys, invitations
from warehouse.registry.errors import (
    AccountClaimedError,
    EmailTakenError,
    InUseError,
    InvalidError,
    InvitationError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    OnHoldError,
    OwnerNeededError,
)

KIM, LEE, PARK = "kim@example.com", "lee@example.com", "park@example.com"


@pytest.fixture
def acme(registry: Registry) -> Registry:
    """A company with two organizations, an owner and an admin."""
    registry.companies.add("Acme")
    for name in ("Retail", "Stores"):
        registry.organizations.add(name)
    registry.members.add(KIM)
    registry.members.add(LEE, organization="Retail", role="admin")
    return registry


@pytest.fixture
def acting(acme: Registry) -> Callable[[str], Registry]:
    """Open the registry as one of its members."""
    return lambda email: acme.acting_as(acme.members.caller(email))


def menus(registry: Registry, email: str) -> set[tuple[str, str, str]]:
    names = {each.organization_id: each.name for each in registry.organizations.list()}
    _, grants = registry.members.get(email)
    return {(names.get(g.organization_id, "-"), g.menu, g.level) for g in grants}


def test_an_email_is_taken_in_whatever_spelling(acme: Registry) -> None:
    full_width = "".join(chr(ord(each) + 0xFEE0) for each in KIM)
    kelvin = KIM.replace("k", "\u212a")
    for same in ("KIM@example.com", " kim@EXAMPLE.com ", full_width, kelvin):
        with pytest.raises(EmailTakenError):
            acme.members.add(same, organization="Retail")
    assert len(acme.members.list()) == 2


def test_a_korean_domain_is_one_address_composed_decomposed_and_in_ascii(acme: Registry) -> None:
    acme.members.add("a@한빛.kr", organization="Retail")
    for same in (
        unicodedata.normalize("NFD", "a@한빛.kr"),
        f"a@{'한빛.kr'.encode('idna').decode()}",
    ):
        with pytest.raises(EmailTakenError):
            acme.members.add(same, organization="Retail")


def test_what_is_no_email_is_refused(acme: Registry) -> None:
    odd = (
        "",
        "kim",
        "@",
        "kim@",
        "a b@x.kr",
        "a\u200db@x.kr",
        "kim@x..kr",
        "a@b@x.kr",
        "a@x.kr\x00",
    )
    for text in (*odd, "x" * 250 + "@a.kr"):
        with pytest.raises(InvalidError):
            acme.members.add(text, organization="Retail")


def test_names_people_really_use_are_kept_as_they_are(acme: Registry) -> None:
    sql, arabic = "'; drop table members; --", "\u0645\u0631\u06cc\u0645"
    acme.members.add(PARK, organization="Retail")
    for name in ('O\'Brien "Bob"', "👩\u200d💻 김민준", arabic, sql, "%s {0} ${x}"):
        acme.groups.add(name, "member", ["Retail"])
        acme.roles.add(name, {"costs": "view"}, organization="Retail")
        assert acme.members.rename(PARK, name).name == name
        assert acme.groups.get(name).name == name
        acme.members.grant(PARK, "Retail", name)
        assert menus(acme, PARK) == {("Retail", "costs", "view")}


def test_a_name_of_a_thousand_characters_is_refused_with_the_limit(acme: Registry) -> None:
    with pytest.raises(InvalidError, match=r"1000 characters\. Keep it to 200"):
        acme.members.add(PARK, "가" * 1000, organization="Retail")


def test_the_first_member_is_an_owner(registry: Registry) -> None:
    registry.companies.add("Acme")
    registry.organizations.add("Retail")
    with pytest.raises(OwnerNeededError, match="--owner"):
        registry.members.add(LEE, organization="Retail")


def test_the_last_owner_cannot_leave_by_any_way(
    acme: Registry, acting: Callable[[str], Registry]
) -> None:
    for registry in (acme, acting(KIM)):
        for way in ("deactivate", "remove", "step_down"):
            with pytest.raises(OwnerNeededError, match="without an owner"):
                getattr(registry.membership, way)(KIM)
    assert acme.members.get(KIM)[0].is_owner


def test_ownership_passes_in_one_change_and_the_giver_keeps_no_right(
    acme: Registry, acting: Callable[[str], Registry]
) -> None:
    acting(KIM).membership.hand_over(LEE)
    assert [m.email for m in acme.members.list() if m.is_owner] == [LEE]
    assert menus(acme, KIM) == set()
    with pytest.raises(NotAllowedError):
        acting(KIM).companies.rename("Acme", "Mine")
    assert acting(KIM).members.get()[0].email == KIM


def test_ownership_does_not_pass_to_somebody_from_outside(acme: Registry) -> None:
    acme.members.add(PARK, organization="Retail", is_external=True)
    with pytest.raises(InvalidError, match="outside"):
        acme.membership.hand_over(PARK, stay=True)


def test_a_deactivated_member_is_nobody_and_comes_back_as_he_was(acme: Registry) -> None:
    _, token = acme.keys.add("report", LEE)
    before = menus(acme, LEE)
    acme.membership.deactivate(LEE)
    for attempt in (lambda: acme.keys.sign_in(token), lambda: acme.members.caller(LEE)):
        with pytest.raises(NotSignedInError):
            attempt()
    acme.membership.reactivate(LEE)
    assert menus(acme, LEE) == before
    assert acme.keys.sign_in(token).name == LEE


def test_a_removed_member_needs_an_invitation_and_is_somebody_new(acme: Registry) -> None:
    old = acme.members.get(LEE)[0].member_id
    acme.membership.remove(LEE)
    with pytest.raises(InvitationError):
        acme.members.add("LEE@example.com", organization="Retail")
    _, token = acme.invitations.add(LEE, "Stores", "member")
    new = acme.invitations.accept(token, "이서연")
    assert new.member_id != old
    assert menus(acme, LEE) == {("Stores", "costs", "view"), ("Stores", "resources", "view")}
    assert old not in {each for e in acme.members.history(LEE) for each in (e.after or {}).values()}


def test_an_invitation_opens_once_and_in_time(acme: Registry, clock: Clock) -> None:
    _, late = acme.invitations.add(PARK, "Retail", "member")
    clock.at += timedelta(days=14)
    with pytest.raises(NotSignedInError):
        acme.invitations.accept(late)
    invitation, token = acme.invitations.add(PARK, "Retail", "admin", is_external=True)
    with pytest.raises(EmailTakenError, match="is open"):
        acme.invitations.add(PARK.upper(), "Stores", "member")
    for wrong in (token[:-1], f"{token}x", token.split(".")[0], late, ""):
        with pytest.raises(NotSignedInError):
            acme.invitations.accept(wrong)
    member = acme.invitations.accept(token)
    assert {level for _, _, level in menus(acme, PARK)} == {"view"}
    with pytest.raises(NotSignedInError):
        acme.invitations.accept(token)
    told = acme.members.history(PARK)
    assert {event.actor for event in told} == {PARK}
    assert member.is_external
    assert acme.invitations.list()[0].invitation_id == invitation.invitation_id


def test_a_revoked_invitation_opens_nothing(acme: Registry) -> None:
    _, token = acme.invitations.add(PARK, "Retail", "member")
    acme.invitations.revoke(PARK)
    with pytest.raises(NotSignedInError):
        acme.invitations.accept(token)


def test_no_secret_is_stored_as_it_is(acme: Registry) -> None:
    _, key = acme.keys.add("report", LEE)
    _, invitation = acme.invitations.add(PARK, "Retail", "member")
    with acme.read() as tx:
        kept = [
            *tx.execute(select(api_keys.c.secret_hash)).scalars(),
            *tx.execute(select(invitations.c.secret_hash)).scalars(),
        ]
    for token, stored in zip((key, invitation), kept, strict=True):
        assert token.partition(".")[2] not in stored
        assert len(stored) == 32 + 1 + 64


def test_a_disabled_key_opens_nothing_until_it_is_enabled(
    acme: Registry, acting: Callable[[str], Registry]
) -> None:
    lee = acting(LEE)
    issued, token = lee.keys.add("report")
    assert lee.keys.disable("report").disabled_at
    with pytest.raises(NotSignedInError):
        acme.keys.sign_in(token)
    lee.keys.enable(issued.key_id)
    assert acme.keys.sign_in(token).name == LEE
    lee.keys.remove("REPORT")
    assert lee.keys.list() == ()


def test_a_group_gives_many_a_role_in_many_organizations(acme: Registry) -> None:
    acme.members.add(PARK, organization="Retail")
    acme.roles.add("Finance", {"costs": "view", "billing": "view"})
    acme.groups.add("Money", "Finance", ["Retail", "Stores"])
    acme.groups.join("Money", PARK)
    assert menus(acme, PARK) == {
        *(("Retail", menu, "view") for menu in ("costs", "resources", "billing")),
        *(("Stores", menu, "view") for menu in ("costs", "billing")),
    }
    acme.groups.change("Money", organizations=["Stores"])
    acme.groups.leave("Money", PARK)
    assert menus(acme, PARK) == {("Retail", "costs", "view"), ("Retail", "resources", "view")}


def test_a_template_is_copied_into_a_new_organization_and_lives_on_its_own(acme: Registry) -> None:
    acme.roles.add("Reader", {"costs": "view"})
    acme.organizations.add("Lab")
    acme.roles.change("Reader", menus={"costs": "edit"})
    copies = {role.organization_name: role.menus for role in acme.roles.list()}
    assert copies == {None: {"costs": "edit"}, "Lab": {"costs": "view"}}


def test_a_role_in_use_is_not_removed(acme: Registry) -> None:
    acme.roles.add("Reader", {"costs": "view"}, organization="Retail")
    acme.members.add(PARK, organization="Retail", role="Reader")
    with pytest.raises(InUseError, match="that of a member"):
        acme.roles.remove("Reader", organization="Retail")
    acme.members.grant(PARK, "Retail", "member")
    acme.roles.remove("Reader", organization="Retail")
    assert acme.roles.list() == ()


def test_a_role_of_one_organization_is_unknown_in_another(acme: Registry) -> None:
    acme.roles.add("Reader", {"costs": "view"}, organization="Retail")
    with pytest.raises(NotFoundError):
        acme.members.add(PARK, organization="Stores", role="Reader")


def test_a_role_cannot_pass_for_one_that_is_always_there(acme: Registry) -> None:
    for name in ("Owner", " ADMIN ", "member"):
        with pytest.raises(InvalidError, match="always there"):
            acme.roles.add(name, {"costs": "view"})


def test_nobody_lifts_himself(acme: Registry, acting: Callable[[str], Registry]) -> None:
    acme.roles.add("Buyer", {"commitments": "edit"}, organization="Retail")
    lee = acting(LEE)
    before = menus(acme, LEE)
    for attempt in (
        lambda: lee.members.grant(LEE, "Retail", "Buyer"),
        lambda: lee.members.grant(LEE, "Stores", "member"),
        lambda: lee.membership.hand_over(LEE, stay=True),
        lambda: lee.groups.add("All", "admin", ["Retail", "Stores"]),
    ):
        with pytest.raises(RegistryError):
            attempt()
    assert menus(acme, LEE) == before


def test_a_deleted_organization_is_gone_for_everybody_and_frees_its_place_and_accounts(
    acme: Registry, acting: Callable[[str], Registry]
) -> None:
    acme.accounts.add("aws", "111111111111", "Retail")
    acme.roles.add("Reader", {"costs": "view"}, organization="Retail")
    acme.invitations.add(PARK, "Retail", "Reader")
    acme.groups.add("Both", "member", ["Retail", "Stores"])
    acme.deletions.request("Retail", reason="sold")
    assert [each.name for each in acme.organizations.list()] == ["Stores"]
    assert menus(acme, LEE) == set()
    assert acting(LEE).organizations.list() == ()
    assert acme.groups.get("Both").organizations == ("Stores",)
    acme.accounts.add("aws", "111111111111", "Stores")
    acme.organizations.add("Retail")
    (request,) = acme.deletions.list()
    assert (request.reason, request.is_on_hold) == ("sold", False)


def test_a_hold_stands_against_a_deletion_until_who_placed_it_lifts_it(
    acme: Registry, acting: Callable[[str], Registry]
) -> None:
    hold = acme.holds.add("case 17", organization="Retail")
    acme.deletions.request("Retail")
    assert acme.deletions.list()[0].is_on_hold
    with pytest.raises(OnHoldError):
        acting(KIM).holds.lift(hold.hold_id)
    acme.holds.lift(hold.hold_id)
    assert not acme.deletions.list()[0].is_on_hold
    assert acme.holds.list() == ()
    own = acting(KIM).holds.add("audit")
    assert acting(KIM).holds.lift(own.hold_id).lifted_at


def test_contacts_get_invoices_and_no_rights(acme: Registry) -> None:
    acme.contacts.add("Bills@example.com")
    with pytest.raises(EmailTakenError):
        acme.contacts.add("bills@EXAMPLE.com")
    with pytest.raises(NotSignedInError):
        acme.members.caller("bills@example.com")
    acme.contacts.remove("BILLS@example.com")
    assert acme.contacts.list() == ()


def test_every_change_tells_who_why_and_about_whom(
    acme: Registry, acting: Callable[[str], Registry]
) -> None:
    acting(LEE).members.add(PARK, organization="Retail", reason="재무", actor="somebody else")
    added, granted = acting(PARK).members.history()[::-1]
    assert (added.event_type, granted.event_type) == ("member_added", "role_granted")
    assert {added.actor, granted.actor} == {LEE}
    assert granted.reason == "재무"
    assert PARK not in str([added.after, granted.after])


def test_the_same_person_in_two_companies_is_two_members(acme: Registry) -> None:
    acme.companies.add("Bolt")
    acme.organizations.add("Shop", company="Bolt")
    acme.members.add(LEE, company="Bolt")
    lee = acme.acting_as(acme.members.caller(LEE))
    assert {each.name for each in lee.companies.list()} == {"Acme", "Bolt"}
    lee.companies.rename("Bolt", "Bolt 2")
    with pytest.raises(NotAllowedError):
        lee.companies.rename("Acme", "Mine")


def test_a_claim_does_not_tell_an_admin_which_other_organization_holds_the_account(
    acme: Registry, acting: Callable[[str], Registry]
) -> None:
    acme.accounts.add("aws", "111111111111", "Stores")
    with pytest.raises(AccountClaimedError) as refusal:
        acting(LEE).accounts.add("aws", "111111111111", "Retail")
    assert "Stores" not in str(refusal.value)
