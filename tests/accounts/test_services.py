"""Agencies and people: who may change them, what is refused, and in which words."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from accounts.choices import SessionKind
from accounts.models import Agency, Unit, User, UserSession
from accounts.people import (
    change_own_password,
    change_role,
    choose_password,
    create_user,
    deactivate_user,
    reactivate_user,
)
from accounts.services import change_agency, create_agency, enter_agency, find_agency
from accounts.sessions import open_session
from nethra.core.access import operator_access
from nethra.core.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound, ProofNeeded
from nethra.core.scope import agency_scope
from tests.support.people import PASSWORD, Cast, access_for, session_access

NEW = {"email": "New.Person@north.test", "name": "New Person", "role": "officer"}


def created(cast: Cast, **values: Any) -> User:
    access = access_for(cast.admin)
    with agency_scope(access):
        return create_user(access=access, **{**NEW, **values})


def test_a_new_person_is_invited_at_a_lower_case_address(cast: Cast) -> None:
    user = created(cast)

    assert (user.email, user.agency_id, user.is_active) == ("new.person@north.test", cast.north.pk, True)
    assert (user.is_invited, user.invited_at is None) == (True, False)


def test_nobody_chooses_another_persons_password(cast: Cast) -> None:
    access = access_for(cast.admin)

    with agency_scope(access), pytest.raises(NotAllowed, match="their own passwords"):
        create_user(access=access, password=PASSWORD, **NEW)


def test_an_operator_gives_the_first_administrator_one(cast: Cast) -> None:
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        user = create_user(access=access, password=PASSWORD, **NEW)

    assert user.password.startswith("argon2$argon2id$")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"role": "king"}, "role"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"is_platform_admin": True}, "is_platform_admin"),
    ],
)
def test_a_wrong_value_is_named(cast: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        created(cast, **values)
    assert list(refusal.value.errors) == [field]


@pytest.mark.parametrize(
    "password",
    ["short", "password1234567", "123456789012345678", "noel.officer@north.test", "qwertyuiop123456789"],
)
def test_a_weak_password_is_refused(cast: Cast, password: str) -> None:
    with agency_scope(access_for(cast.officer)), pytest.raises(InvalidInput) as refusal:
        choose_password(user=cast.officer, password=password)
    assert refusal.value.code == "weak_password"


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("Nethra-Police-2026!", False),
        ("northnorthnorth99", False),
        ("Noel Noel Officer 17", False),
        ("LosAngelesNorth2026", False),
        ("Robbery-Squad-2026-N", False),
        ("welcome to nethra 1", False),
        ("administrator prosecutor", False),
        ("an officer dreams of kelp", True),
        ("nethra, seven green kettles", True),
    ],
)
def test_a_password_built_on_words_of_the_context_is_refused(
    cast: Cast, password: str, is_taken: bool
) -> None:
    access = access_for(cast.officer)
    with agency_scope(access), suppress(InvalidInput):
        cast.officer.unit = Unit.objects.create(agency_id=cast.north.pk, name="Robbery squad")
        choose_password(user=cast.officer, password=password)

    assert cast.officer.check_password(password) is is_taken


@pytest.mark.parametrize(("roles", "is_taken"), [([], False), (["officer"], True)])
def test_twelve_characters_will_do_beside_a_second_factor(
    cast: Cast, roles: list[str], is_taken: bool
) -> None:
    cast.north.second_factor_roles = roles
    cast.officer.agency = cast.north
    with agency_scope(access_for(cast.officer)), suppress(InvalidInput):
        choose_password(user=cast.officer, password="kelp tin 4Us")

    assert cast.officer.check_password("kelp tin 4Us") is is_taken
    assert cast.officer.password_needs_factor is is_taken


def test_a_password_of_64_letters_of_any_script_is_taken(cast: Cast) -> None:
    password = "முதுமக்கள் தாழி, 64 பிள்ளைகள்; யாதும் ஊரே யாவரும் கேளிர் + kelps"
    assert len(password) == 64
    with agency_scope(access_for(cast.officer)):
        choose_password(user=cast.officer, password=password)

    assert cast.officer.check_password(password)


def test_a_taken_address_sounds_the_same_in_the_own_and_another_agency(cast: Cast) -> None:
    refusals = []
    for taken in ("noel.officer@north.test", "sue.officer@south.test", "SUE.officer@south.test"):
        with pytest.raises(InvalidInput) as refusal:
            created(cast, email=taken)
        refusals.append(refusal.value.errors)

    assert refusals == [{"email": ["This e-mail address cannot be used."]}] * 3


@pytest.mark.parametrize("role", ["officer", "analyst", "auditor"])
def test_only_an_administrator_manages_people(cast: Cast, role: str) -> None:
    access = access_for(getattr(cast, role))

    with agency_scope(access), pytest.raises(NotAllowed):
        create_user(access=access, **NEW)


def test_nobody_changes_their_own_role_or_closes_their_own_account(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        with pytest.raises(NotAllowed, match="your own role"):
            change_role(access=access, user=cast.admin, role="officer")
        with pytest.raises(Conflict, match="yourself"):
            deactivate_user(access=access, user=cast.admin)


def test_making_an_administrator_needs_a_recent_proof_too(cast: Cast) -> None:
    access = replace(access_for(cast.admin), confirmed_at=None)
    with agency_scope(access):
        with pytest.raises(ProofNeeded):
            create_user(access=access, **{**NEW, "role": "admin"})
        create_user(access=access, **NEW)


def test_another_role_needs_a_recent_proof_and_ends_the_sessions(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        session = open_session(cast.officer, SessionKind.CONSOLE)
        with pytest.raises(ProofNeeded):
            change_role(access=replace(access, confirmed_at=None), user=cast.officer, role="analyst")
        change_role(access=access, user=cast.officer, role="analyst", reason="transferred")
        session.refresh_from_db()

    assert (cast.officer.role, session.revoked_because) == ("analyst", "role_changed")


def test_closing_and_opening_an_account(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        closed = deactivate_user(access=access, user=cast.officer)
        assert (closed.is_active, closed.deactivated_at is None) == (False, False)
        opened = reactivate_user(access=access, user=closed)
        assert (opened.is_active, opened.deactivated_at) == (True, None)


def test_a_new_password_ends_all_sessions(cast: Cast) -> None:
    with agency_scope(access_for(cast.officer)):
        session = open_session(cast.officer, SessionKind.CONSOLE)
        access = session_access(cast.officer, session)
        change_own_password(access=access, user=cast.officer, password="another plain sentence")
        session.refresh_from_db()

    assert session.revoked_because == "password_changed"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "no spaces"}, "code"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"ori": "short"}, "ori"),
        ({"code": "north"}, "code"),
    ],
)
def test_an_agency_with_a_wrong_value_is_refused(cast: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        create_agency(**{"code": "west", "name": "West", **values})
    assert list(refusal.value.errors) == [field]


@pytest.mark.parametrize("pattern", ["{year}", "{sequence}{sequence}", "I-{number}-{sequence}"])
def test_a_number_format_that_numbers_nothing_is_refused(cast: Cast, pattern: str) -> None:
    access = access_for(cast.admin)
    with agency_scope(access), pytest.raises(InvalidInput):
        change_agency(access=access, agency=cast.north, incident_number_format=pattern)


def test_agencies_are_found_by_code(cast: Cast) -> None:
    assert find_agency("south") == cast.south.pk
    with pytest.raises(NotFound, match="'west'"):
        find_agency("west")


def test_a_platform_superadmin_enters_with_a_reason_only(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        session = open_session(cast.admin, SessionKind.CONSOLE)
        with pytest.raises(NotAllowed):
            enter_agency(user=cast.admin, session=session, code="south", reason="Support call 4711")
        cast.admin.is_platform_admin = True
        with pytest.raises(InvalidInput, match="ten characters"):
            enter_agency(user=cast.admin, session=session, code="south", reason="because")
        enter_agency(user=cast.admin, session=session, code="south", reason="Support call 4711")
        entered = UserSession.objects.visible_to(access).get(pk=session.pk)

    assert (entered.entered_agency_id, entered.entered_reason) == (cast.south.pk, "Support call 4711")


def test_an_agency_sees_only_itself(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        assert list(Agency.objects.visible_to(access)) == [cast.north]
