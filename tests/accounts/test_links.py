"""Invitations and forgotten passwords: one mail, one link, one use, and nothing for strangers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.jobs import mail_invitation, mail_password_link
from accounts.models import User
from accounts.people import create_user, deactivate_user
from nethra.core.errors import InvalidInput
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.support.people import PASSWORD, Cast, access_for, console_client

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "seven green kettles sing"


def invited(cast: Cast) -> User:
    access = access_for(cast.admin)
    with agency_scope(access):
        return create_user(access=access, email="new@north.test", name="New Person", role="officer")


def link_in_mail(task: Any, user: User) -> str:
    task(agency_id=user.agency_id, user_id=user.pk)
    found = re.search(r"http://[^/]+(\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def choose(path: str, password: str = NEW_PASSWORD) -> Any:
    client = Client()
    client.get(path)
    return client.post("/console/login/password/", {"password": password, "again": password})


@pytest.mark.parametrize(
    "ending", ["\nBcc: thief@evil.test", "\r\nBcc: thief@evil.test", "%0aBcc:thief@evil.test"]
)
def test_an_address_with_a_line_break_gets_neither_account_nor_mail(cast: Cast, ending: str) -> None:
    access = access_for(cast.admin)
    with agency_scope(access), pytest.raises(InvalidInput) as refused:
        create_user(access=access, email=f"new@north.test{ending}", name="New", role="officer")
    Client().post("/console/login/forgotten/", {"email": f"{cast.officer.email}{ending}"})

    assert set(refused.value.errors) == {"email"}
    assert ordered() == []


def test_a_name_with_a_line_break_changes_no_header_of_a_mail(cast: Cast) -> None:
    cast.officer.name = "Noel\nBcc: thief@evil.test"
    with agency_scope(access_for(cast.officer)):
        cast.officer.save()

    link_in_mail(mail_password_link, cast.officer)

    (sent,) = mail.outbox
    assert sent.recipients() == [cast.officer.email]
    assert "Bcc" not in sent.message()


def ordered() -> list[str]:
    return list(ProcrastinateJob.objects.values_list("task_name", flat=True))


def test_an_invitation_is_ordered_with_the_account_and_says_whom_to_ask(cast: Cast) -> None:
    user = invited(cast)

    path = link_in_mail(mail_invitation, user)

    (sent,) = mail.outbox
    assert ordered() == ["accounts.jobs.mail_invitation"]
    assert sent.to == ["new@north.test"]
    assert "North Police has opened an account" in sent.body
    assert "Nora Admin" in sent.body
    assert path.startswith("/console/login/link/invitation/")


def test_the_link_sets_the_password_once(cast: Cast) -> None:
    path = link_in_mail(mail_invitation, invited(cast))

    weak = choose(path, "short")
    done = choose(path)
    again = choose(path, "another good set of words")

    assert set(weak.context["form"].errors) == {"password"}
    assert done.headers["Location"] == "/console/login/"
    assert "no longer good" in again.content.decode()
    signed_in = Client().post("/console/login/", {"email": "new@north.test", "password": NEW_PASSWORD})
    assert signed_in.status_code == 302


def test_the_token_does_not_stay_in_the_address(cast: Cast) -> None:
    path = link_in_mail(mail_invitation, invited(cast))

    assert Client().get(path).headers["Location"] == "/console/login/password/"


def test_a_link_lapses(cast: Cast) -> None:
    user = invited(cast)
    old = link_in_mail(mail_invitation, user)
    with agency_scope(access_for(cast.admin)), unscoped("test"):
        User.objects.filter(pk=user.pk).update(invited_at=datetime.now(UTC))
    new = link_in_mail(mail_invitation, user)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=73)):
        late = choose(new)
    access = access_for(cast.admin)
    with agency_scope(access):
        deactivate_user(access=access, user=user)
    closed = choose(new)

    for answer in (choose(old), late, closed):
        assert "no longer good" in answer.content.decode()


@pytest.mark.parametrize("purpose", ["invitation", "password", "nothing"])
def test_a_forged_link_or_one_for_something_else_opens_nothing(cast: Cast, purpose: str) -> None:
    token = link_in_mail(mail_password_link, cast.officer).rstrip("/").rpartition("/")[2]
    forged = token if purpose != "password" else token[:-2] + ("AA" if token[-2:] != "AA" else "BB")

    assert "no longer good" in choose(f"/console/login/link/{purpose}/{forged}/").content.decode()


def test_a_forgotten_password_sounds_the_same_for_everybody(cast: Cast) -> None:
    answers = {
        Client().post("/console/login/forgotten/", {"email": email}, follow=True).content
        for email in (cast.officer.email, "nobody@north.test", "ned.gone@north.test")
    }
    texts = {re.sub(rb'value="[^"]+"', b"", answer) for answer in answers}

    assert len(texts) == 1
    assert ordered() == ["accounts.jobs.mail_password_link"]


def test_a_mailbox_is_not_flooded(cast: Cast) -> None:
    for _ in range(3):
        Client().post("/console/login/forgotten/", {"email": cast.officer.email})
    assert len(ordered()) == 1


def test_a_new_password_ends_the_sessions(cast: Cast) -> None:
    client = console_client(cast.officer)

    choose(link_in_mail(mail_password_link, cast.officer))

    told = client.get("/console/", follow=True).content.decode()
    assert "The password of your account was changed" in told


def test_following_a_link_signs_nobody_out(cast: Cast) -> None:
    client = console_client(cast.officer)

    client.get("/console/login/link/password/whatever/")

    assert client.get("/console/").status_code == 200


def test_a_locked_account_stays_locked(cast: Cast) -> None:
    for _ in range(5):
        Client().post("/console/login/", {"email": cast.officer.email, "password": "a guess"})

    choose(link_in_mail(mail_password_link, cast.officer))

    answer = Client().post("/console/login/", {"email": cast.officer.email, "password": NEW_PASSWORD})
    assert answer.status_code == 200
    assert PASSWORD not in answer.content.decode()
