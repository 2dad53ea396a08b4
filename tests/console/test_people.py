"""People, passwords, sessions and the agency in the console: forms call services and show what they say."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Agency, User, UserSession
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
        "password": NEW_PASSWORD,
        **values,
    }


def test_a_new_person_can_sign_in(cast: Cast) -> None:
    answer = console_client(cast.admin).post(page(User, "add"), person())

    assert answer.status_code == 302
    sign_in = Client().post("/console/login/", {"email": "new@north.test", "password": NEW_PASSWORD})
    assert sign_in.status_code == 302


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"password": "short"}, "password"),
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


def test_nobody_changes_their_own_role(cast: Cast) -> None:
    values = {"name": "Renamed", "email": cast.admin.email, "role": "officer", "unit": "", "badge_number": ""}

    answer = console_client(cast.admin).post(page(User, "change", cast.admin.pk), values)

    assert answer.context["adminform"].form.non_field_errors() == ["You cannot change your own role."]
    assert stored(cast, User, pk=cast.admin.pk).name == cast.admin.name


def test_a_person_is_changed(cast: Cast) -> None:
    values = {
        "name": "Noel Rise",
        "email": cast.officer.email,
        "role": "analyst",
        "unit": "B",
        "badge_number": "9",
    }

    console_client(cast.admin).post(page(User, "change", cast.officer.pk), values)

    changed = stored(cast, User, pk=cast.officer.pk)
    assert (changed.name, changed.role, changed.unit) == ("Noel Rise", "analyst", "B")


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


@pytest.mark.parametrize("button", ["deactivate", "reactivate", "password"])
def test_only_managers_have_the_buttons(cast: Cast, button: str) -> None:
    answer = console_client(cast.auditor).post(f"/console/accounts/user/{cast.officer.pk}/{button}/", {})

    assert answer.status_code == 403


def test_an_administrator_gives_a_new_password(cast: Cast) -> None:
    address = f"/console/accounts/user/{cast.officer.pk}/password/"
    admin = console_client(cast.admin)

    unequal = admin.post(address, {"password": NEW_PASSWORD, "again": "something else entirely"})
    admin.post(address, {"password": NEW_PASSWORD, "again": NEW_PASSWORD})

    assert set(unequal.context["form"].errors) == {"again"}
    assert stored(cast, User, pk=cast.officer.pk).check_password(NEW_PASSWORD)


def test_ones_own_password_needs_the_current_one(cast: Cast) -> None:
    values = {"current_password": "wrong words", "password": NEW_PASSWORD, "again": NEW_PASSWORD}

    refused = console_client(cast.officer).post("/console/account/", values)
    client = console_client(cast.officer)
    done = client.post("/console/account/", values | {"current_password": PASSWORD})

    assert set(refused.context["form"].errors) == {"current_password"}
    assert done.headers["Location"] == "/console/login/"
    assert client.get("/console/").status_code == 302


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
    }
    client = console_client(cast.admin)

    refused = client.post(page(Agency, "change", cast.north.pk), values)
    client.post(page(Agency, "change", cast.north.pk), values | {"time_zone": "Europe/Oslo"})

    assert set(refused.context["adminform"].form.errors) == {"time_zone"}
    assert stored(cast, Agency, pk=cast.north.pk).name == "North City Police"
