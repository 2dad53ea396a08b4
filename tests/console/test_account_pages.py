"""One's own account in the console: profile, picture, contacts, keys, factors, the state of the session."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import Contact, Profile, User
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.support.people import PASSWORD, Cast, access_for, console_client

pytestmark = pytest.mark.django_db
PROFILE = "/console/account/profile/"


def stored(cast: Cast, model: Any, **values: Any) -> Any:
    with agency_scope(access_for(cast.admin)), unscoped("looking at the test's rows"):
        return model.objects.filter(**values).first()


def picture(size: tuple[int, int] = (1200, 900)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, "PNG")
    return SimpleUploadedFile("me.png", out.getvalue(), "image/png")


def test_a_profile_is_kept_and_its_picture_made_small(cast: Cast) -> None:
    client = console_client(cast.officer)
    values = {"preferred_name": "Noe", "language": "en-gb", "time_zone": "Europe/Oslo", "picture": picture()}

    answer = client.post(PROFILE, values)

    assert answer.status_code == 302, answer.context["form"].errors
    profile = stored(cast, Profile)
    with Image.open(io.BytesIO(bytes(profile.picture))) as small:
        assert (small.format, max(small.size)) == ("JPEG", 480)
    assert stored(cast, User, pk=cast.officer.pk).time_zone == "Europe/Oslo"
    address = f"/console/people/{cast.officer.pk}/picture.jpg"
    assert client.get(address).headers["Content-Type"] == "image/jpeg"
    # Supervisors see profiles, other officers and agencies do not.
    assert console_client(cast.supervisor).get(address).status_code == 200
    assert console_client(cast.analyst).get(address).status_code == 404
    assert console_client(cast.south_admin).get(address).status_code == 404
    client.post(PROFILE, {"language": "en", "remove_picture": "on"})
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"language": "tlh"}, "language"),
        ({"joined_on": "yesterday"}, "joined_on"),
        ({"picture": SimpleUploadedFile("me.png", b"no picture at all", "image/png")}, "picture"),
    ],
)
def test_a_wrong_value_stands_at_its_field(cast: Cast, values: dict[str, Any], field: str) -> None:
    answer = console_client(cast.officer).post(PROFILE, {"language": "en", **values})

    assert set(answer.context["form"].errors) == {field}
    assert stored(cast, Profile) is None


def test_the_first_contact_of_a_kind_is_one(cast: Cast) -> None:
    client = console_client(cast.officer)
    for number in ("1", "2"):
        client.post("/console/account/contacts/add/", {"kind": "mobile", "value": number, "is_primary": "on"})

    assert stored(cast, Contact, is_primary=True).value == "2"
    other = stored(cast, Contact, value="1")
    assert (
        console_client(cast.analyst).post(f"/console/account/contacts/{other.pk}/close/").status_code == 404
    )
    client.post(f"/console/account/contacts/{other.pk}/close/")
    assert stored(cast, Contact, value="1").deactivated_at is not None


def test_a_key_is_made_and_revoked(cast: Cast) -> None:
    client = console_client(cast.officer)

    made = client.post("/console/account/keys/", {"name": "QGIS", "scopes": ["view_incidents"], "days": "30"})
    secret = made.context["secret"]
    header = {"Authorization": f"Bearer {secret}"}
    before = Client().get("/api/v1/incidents", headers=header).status_code
    client.post(f"/console/account/keys/{made.context['key'].pk}/revoke/")

    assert secret not in client.get("/console/account/keys/").content.decode()
    assert (before, Client().get("/api/v1/incidents", headers=header).status_code) == (200, 401)


def test_what_is_typed_for_a_password_is_hidden(cast: Cast) -> None:
    client = console_client(cast.officer)
    texts = [
        Client().get("/console/login/").content.decode(),
        client.get("/console/account/confirm/").content.decode(),
        client.get("/console/password_change/").content.decode(),
        (settings.BASE_DIR / "accounts/templates/accounts/unlock.html").read_text(),
    ]
    fields = {
        (name, kind)
        for tag in re.findall(r"<input[^>]*>", "".join(texts))
        for name in re.findall(r'name="(password|again|current)"', tag)
        for kind in re.findall(r'type="(\w+)"', tag)
    }

    assert fields == {("password", "password"), ("again", "password"), ("current", "password")}
    # The lock that the script draws.
    script = (settings.BASE_DIR / "accounts/static/accounts/idle-lock.js").read_text()
    assert "element('input', {type: 'password', name: 'unlock_password'" in script


def test_all_other_sessions_end(cast: Cast) -> None:
    here, there = console_client(cast.officer), console_client(cast.officer)

    here.post("/console/account/sessions/end-others/")

    assert (here.get("/console/").status_code, there.get("/console/").status_code) == (200, 302)


def test_asking_for_the_state_is_no_use_of_the_session_and_typing_is(cast: Cast) -> None:
    client = console_client(cast.officer)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=20)) as clock:
        asked = client.get("/console/session/").json()
        again = client.get("/console/session/").json()
        told = client.post("/console/session/").json()
        clock.shift(timedelta(minutes=29))
        still = client.get("/console/session/").json()
        clock.shift(timedelta(minutes=2))
        locked = client.get("/console/session/").json()

    assert 595 < again["seconds"] <= asked["seconds"] <= 600
    assert told["seconds"] > 1700
    assert (still["state"], locked["state"], locked["name"]) == ("live", "locked", "Noel Officer")


def test_a_locked_session_opens_with_its_password_and_no_other(cast: Cast) -> None:
    client = console_client(cast.officer)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
        page = client.get("/console/cases/case/", follow=True)
        wrong = client.post("/console/session/unlock/", {"password": "a guess"})
        script = client.post(
            "/console/session/unlock/", {"password": "a guess"}, headers={"X-Requested-With": "fetch"}
        )
        right = client.post(
            "/console/session/unlock/", {"password": PASSWORD, "next": "/console/cases/case/"}
        )
        after = client.get("/console/cases/case/")

    assert "your session was locked" in page.content.decode()
    assert "is wrong" in wrong.content.decode()
    assert (script.status_code, script.json()["sentence"][:10]) == (401, "The e-mail")
    assert (right.headers["Location"], after.status_code) == ("/console/cases/case/", 200)


def test_an_ended_session_is_not_unlocked(cast: Cast) -> None:
    client = console_client(cast.officer)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=13)):
        state = client.get("/console/session/").json()
        answer = client.post("/console/session/unlock/", {"password": PASSWORD})

    assert (state["state"], "as long as a session may" in state["sentence"]) == ("ended", True)
    assert answer.status_code == 302
    assert Client().get("/console/session/").json()["state"] == "ended"
