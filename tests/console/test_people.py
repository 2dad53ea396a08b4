"""People, passwords, sessions and the agency in the console: forms call services and show what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Agency, Contact, Posting, User, UserSession
from accounts.profiles import add_unit
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.console.rows import page
from tests.support.people import PASSWORD, Cast, access_for, console_client

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "seven green kettles sing"


def stored(cast: Cast, model: Any, **values: Any) -> Any:
    with agency_scope(access_for(cast.admin)), unscoped("looking at the test's rows"):
        return model.objects.filter(**values).first()


def person(**values: str) -> dict[str, str]:
    return {
        "name": "New Officer",
        "email": "new@north.test",
        "role": "officer",
        "unit": "",
        "badge_number": "",
        "language": "en",
        "time_zone": "",
        **values,
    }


def changes(person_: User, **values: str) -> dict[str, str]:
    """Return a person's form as it was filled, its tabs empty."""
    counts = {
        f"{tab}-{name}": "0" for tab in ("contacts", "postings") for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    stated = person(name=person_.name, email=person_.email, badge_number=person_.badge_number)
    return {**stated, **counts, **values}


def test_a_new_person_is_invited(cast: Cast) -> None:
    answer = console_client(cast.admin).post(page(User, "add"), person())

    assert answer.status_code == 302
    invited = stored(cast, User, email="new@north.test")
    assert (invited.is_invited, invited.invited_at is None) == (True, False)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "noel.officer@north.test"}, "email"),
        # The address is another agency's, whom row security hides.
        ({"email": "sue.officer@south.test"}, "email"),
        ({"email": "NOEL.Officer@north.test"}, "email"),
        ({"role": "chief"}, "role"),
        # No role is chosen for anybody.
        ({"role": ""}, "role"),
    ],
)
def test_what_the_service_refuses_stands_at_its_field(cast: Cast, values: dict[str, str], field: str) -> None:
    answer = console_client(cast.admin).post(page(User, "add"), person(**values))

    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {field}
    assert stored(cast, User, name="New Officer") is None


def test_the_empty_form_offers_no_role(cast: Cast) -> None:
    form = console_client(cast.admin).get(page(User, "add")).context["adminform"].form

    assert form["role"].value() in (None, "")
    assert form.fields["role"].choices[0] == ("", "Select a role")


def test_a_role_is_no_field_of_the_form(cast: Cast) -> None:
    console_client(cast.admin).post(
        page(User, "change", cast.officer.pk), changes(cast.officer, role="admin")
    )

    assert stored(cast, User, pk=cast.officer.pk).role == "officer"


def test_a_role_is_changed_by_its_button(cast: Cast) -> None:
    officer = console_client(cast.officer)
    address = f"/console/accounts/user/{cast.officer.pk}/role/"

    done = console_client(cast.admin).post(address, {"role": "analyst", "reason": "transferred"})

    assert done.status_code == 302
    assert stored(cast, User, pk=cast.officer.pk).role == "analyst"
    told = officer.get("/console/", follow=True).content.decode()
    assert "Your role was changed" in told


def test_nobody_changes_their_own_role(cast: Cast) -> None:
    answer = console_client(cast.admin).post(
        f"/console/accounts/user/{cast.admin.pk}/role/", {"role": "officer", "reason": "tired"}
    )

    assert "You cannot change your own role." in answer.content.decode()


def test_a_role_is_changed_by_whoever_proved_lately_who_they_are(cast: Cast) -> None:
    client = console_client(cast.admin)
    address = f"/console/accounts/user/{cast.officer.pk}/role/"
    age_proof(cast.admin)

    asked = client.get(address)
    wrong = client.post(asked.headers["Location"], {"password": "guess"})
    right = client.post(asked.headers["Location"], {"password": PASSWORD})

    assert asked.headers["Location"] == f"/console/account/confirm/?next={address.replace('/', '%2F')}"
    assert "is wrong" in wrong.content.decode()
    assert right.headers["Location"] == address
    assert client.get(address).status_code == 200


def age_proof(user: User) -> None:
    """Let the person's proofs be an hour old."""
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with agency_scope(access_for(user)), unscoped("ageing the test's sessions"):
        UserSession.objects.filter(user_id=user.pk).update(confirmed_at=long_ago)


def test_a_person_is_changed(cast: Cast) -> None:
    with agency_scope(access_for(cast.admin)):
        unit = add_unit(access=access_for(cast.admin), name="B")
    values = changes(cast.officer, name="Noel Rise", unit=str(unit.pk), badge_number="9")

    console_client(cast.admin).post(page(User, "change", cast.officer.pk), values)

    changed = stored(cast, User, pk=cast.officer.pk)
    assert (changed.name, changed.unit_id, changed.badge_number) == ("Noel Rise", unit.pk, "9")


def test_contacts_and_postings_are_written_in_their_tabs(cast: Cast) -> None:
    with agency_scope(access_for(cast.admin)):
        unit = add_unit(access=access_for(cast.admin), name="B")
    rows = {
        "contacts-TOTAL_FORMS": "1",
        "contacts-0-kind": "mobile",
        "contacts-0-value": "+1 415 555 0100",
        "contacts-0-is_primary": "on",
        "postings-TOTAL_FORMS": "1",
        "postings-0-unit": str(unit.pk),
        "postings-0-rank": "Sergeant",
        "postings-0-starts_on": "2026-01-01",
        "postings-0-ends_on": "",
        "postings-0-place_name": "Station 4",
    }

    answer = console_client(cast.admin).post(
        page(User, "change", cast.officer.pk), changes(cast.officer, **rows)
    )

    assert answer.status_code == 302, answer.context["errors"]
    assert stored(cast, Contact).value == "+1 415 555 0100"
    assert stored(cast, Posting).rank == "Sergeant"
    # Whoever is posted somewhere today belongs there.
    assert stored(cast, User, pk=cast.officer.pk).unit_id == unit.pk


def test_an_address_is_changed_after_a_proof_only(cast: Cast) -> None:
    client = console_client(cast.admin)
    age_proof(cast.admin)

    answer = client.post(
        page(User, "change", cast.officer.pk), changes(cast.officer, email="thief@elsewhere.test")
    )

    assert "Confirm first that it is you" in answer.content.decode()
    assert stored(cast, User, pk=cast.officer.pk).email == cast.officer.email


def test_a_deactivated_person_is_out_at_once_and_may_come_back(cast: Cast) -> None:
    admin, officer = console_client(cast.admin), console_client(cast.officer)
    address = f"/console/accounts/user/{cast.officer.pk}"

    asked = admin.get(f"{address}/deactivate/")
    still_in = officer.get("/console/").status_code
    admin.post(f"{address}/deactivate/", {"reason": "left"})
    out = officer.get("/console/").status_code
    admin.post(f"{address}/reactivate/", {"reason": "back"})

    assert (asked.status_code, still_in, out) == (200, 200, 302)
    assert stored(cast, User, pk=cast.officer.pk).is_active


def test_nobody_deactivates_themselves(cast: Cast) -> None:
    answer = console_client(cast.admin).post(
        f"/console/accounts/user/{cast.admin.pk}/deactivate/", {"reason": ""}
    )

    assert "You cannot deactivate yourself." in answer.content.decode()


BUTTONS = ("deactivate", "reactivate", "link", "role", "release", "end-sessions", "reset-factor")


@pytest.mark.parametrize("button", BUTTONS)
def test_only_managers_have_the_buttons(cast: Cast, button: str) -> None:
    answer = console_client(cast.auditor).post(f"/console/accounts/user/{cast.officer.pk}/{button}/", {})

    assert answer.status_code == 403


def test_ones_own_password_needs_a_recent_proof(cast: Cast) -> None:
    client = console_client(cast.officer)
    values = {"current": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    age_proof(cast.officer)

    asked = client.post("/console/password_change/", values)
    client.post(asked.headers["Location"], {"password": PASSWORD})
    unequal = client.post("/console/password_change/", values | {"again": "something else entirely"})
    done = client.post("/console/password_change/", values)

    assert asked.headers["Location"].startswith("/console/account/confirm/")
    assert set(unequal.context["form"].errors) == {"again"}
    assert done.headers["Location"] == "/console/login/"
    assert client.get("/console/").status_code == 302
    assert stored(cast, User, pk=cast.officer.pk).check_password(NEW_PASSWORD)


def test_ones_own_password_asks_for_the_current_one_on_its_page_too(cast: Cast) -> None:
    client = console_client(cast.officer)
    values = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}

    without = client.post("/console/password_change/", values)
    guesses = [client.post("/console/password_change/", values | {"current": "a guess"}) for _ in range(5)]
    locked = client.post("/console/password_change/", values | {"current": PASSWORD})

    assert set(without.context["form"].errors) == {"current"}
    assert {tuple(answer.context["form"].errors) for answer in (*guesses, locked)} == {("__all__",)}
    user = stored(cast, User, pk=cast.officer.pk)
    assert user.check_password(PASSWORD)
    # Somebody at a console left open guesses no more often than somebody who signs in.
    assert user.is_locked


def test_one_ends_ones_own_session_on_another_device_and_nobody_elses(cast: Cast) -> None:
    here, there = console_client(cast.officer), console_client(cast.officer)
    other = stored(cast, UserSession, user=cast.officer, revoked_at=None)
    foreign = console_client(cast.analyst)
    theirs = stored(cast, UserSession, user=cast.analyst)

    here.post(f"/console/account/sessions/{other.pk}/end/")
    refused = here.post(f"/console/account/sessions/{theirs.pk}/end/")

    assert stored(cast, UserSession, pk=other.pk).revoked_because == "ended_by_owner"
    assert refused.status_code == 404
    assert foreign.get("/console/").status_code == 200
    assert {here.get("/console/").status_code, there.get("/console/").status_code} == {200, 302}


def test_ones_own_other_sessions_end_after_a_recent_proof_only(cast: Cast) -> None:
    here, there = console_client(cast.officer), console_client(cast.officer)
    with agency_scope(access_for(cast.officer)), unscoped("the test's sessions"):
        own, other = UserSession.objects.filter(user=cast.officer).order_by("created_at")
    age_proof(cast.officer)
    addresses = [f"/console/account/sessions/{end}/" for end in (f"{other.pk}/end", "end-others")]

    asked = {here.post(address).headers["Location"] for address in addresses}
    still = there.get("/console/").status_code
    # Going away oneself takes no proof.
    gone = here.post(f"/console/account/sessions/{own.pk}/end/").headers["Location"]

    assert asked == {"/console/account/confirm/?next=%2Fconsole%2Faccount%2F"}
    assert (still, gone) == (200, "/console/login/")


def test_an_administrator_ends_anybodys_session(cast: Cast) -> None:
    officer = console_client(cast.officer)
    session = stored(cast, UserSession, user=cast.officer)
    address = f"/console/accounts/usersession/{session.pk}/end/"

    refused = console_client(cast.auditor).post(address)
    console_client(cast.admin).post(address)

    assert refused.status_code == 403
    assert officer.get("/console/").status_code == 302


def test_the_agency_is_changed_by_its_administrator(cast: Cast) -> None:
    values = {
        "name": "North City Police",
        "ori": "",
        "time_zone": "Nowhere/At_All",
        "incident_number_format": "{sequence}",
        "hidden_answer": "absent",
        "juvenile_age": "18",
        "request_hours": "24",
        "emergency_minutes": "60",
    }
    client = console_client(cast.admin)

    refused = client.post(page(Agency, "change", cast.north.pk), values)
    client.post(page(Agency, "change", cast.north.pk), values | {"time_zone": "Europe/Oslo"})

    assert set(refused.context["adminform"].form.errors) == {"time_zone"}
    assert stored(cast, Agency, pk=cast.north.pk).name == "North City Police"
