"""Locks: five failures within fifteen minutes, a hundred in all, for addresses that nobody has as well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail

from accounts import passwords
from accounts.guard import key_of
from accounts.jobs import mail_account_locked
from accounts.models import SignInCounter, User
from accounts.people import change_user, release_user
from nethra.core.errors import NotAllowed
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, anonymous, post, refusal
from tests.support.people import PASSWORD, Cast, access_for

pytestmark = pytest.mark.django_db
GUESS = "a guess"


def attempt(email: str, password: str = GUESS) -> tuple[int, str]:
    body = {"email": email, "password": password}
    answer = anonymous().post(f"{ROOT}/auth/login", body, format="json")
    return (200, "") if answer.status_code == 200 else refusal(answer)


def stored(cast: Cast, user: User) -> User:
    access = access_for(cast.admin)
    with agency_scope(access):
        found: User = User.objects.visible_to(access).get(pk=user.pk)
    return found


def lock(email: str) -> None:
    for _ in range(5):
        attempt(email)


def test_the_fifth_failure_locks_and_the_right_password_no_longer_opens(cast: Cast) -> None:
    lock(cast.officer.email)

    assert attempt(cast.officer.email, PASSWORD) == (401, "wrong_login")
    assert stored(cast, cast.officer).locked_at is not None
    assert attempt(cast.analyst.email, PASSWORD) == (200, "")


def test_a_locked_account_costs_no_hash(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(cast.officer.email)

    def hashed(*_: Any) -> bool:
        raise AssertionError("hashed")

    monkeypatch.setattr(passwords.Argon2idHasher, "verify", hashed)
    monkeypatch.setattr(passwords.Argon2idHasher, "encode", hashed)

    assert attempt(cast.officer.email) == (401, "wrong_login")


def test_four_failures_and_a_success_begin_anew(cast: Cast) -> None:
    for _ in range(4):
        attempt(cast.officer.email)
    assert attempt(cast.officer.email, PASSWORD) == (200, "")
    for _ in range(4):
        attempt(cast.officer.email)

    assert attempt(cast.officer.email, PASSWORD) == (200, "")


def test_failures_that_are_long_ago_do_not_count(cast: Cast) -> None:
    with time_machine.travel(datetime.now(UTC)) as clock:
        for _ in range(9):
            attempt(cast.officer.email)
            clock.shift(timedelta(minutes=4))

        assert attempt(cast.officer.email, PASSWORD) == (200, "")


def test_the_hundredth_failure_in_all_locks(cast: Cast) -> None:
    attempt(cast.officer.email)
    SignInCounter.objects.filter(key=key_of(cast.officer.email)).update(total=99, recent=[])
    # A success forgives what is recent, not what there was in all.
    assert attempt(cast.officer.email, PASSWORD) == (200, "")

    attempt(cast.officer.email)

    assert attempt(cast.officer.email, PASSWORD) == (401, "wrong_login")


def test_a_stranger_cannot_tell_a_locked_account_from_one_that_is_not_there(cast: Cast) -> None:
    answers = []
    for email in (cast.officer.email, "nobody@north.test"):
        for _ in range(7):
            body = {"email": email, "password": "a guess"}
            problem = anonymous().post(f"{ROOT}/auth/login", body, format="json").json()
            answers.append({**problem, "instance": ""})

    assert answers == [answers[0]] * 14


def test_another_spelling_of_an_address_has_no_tries_of_its_own(cast: Cast) -> None:
    lock(cast.officer.email)

    # Some lower cases of the dotted capital I are a plain i, Python's is not.
    assert attempt("noel.off\u0130cer@north.test", PASSWORD) == (401, "wrong_login")


def test_the_person_is_told_by_mail(cast: Cast) -> None:
    lock(cast.officer.email)

    mail_account_locked(agency_id=cast.north.pk, user_id=cast.officer.pk)

    (sent,) = mail.outbox
    assert sent.to == [cast.officer.email]
    assert "too many wrong passwords" in sent.body
    assert "Nora Admin" in sent.body


def test_an_administrator_releases(cast: Cast) -> None:
    lock(cast.officer.email)

    refused = post(cast.supervisor, f"users/{cast.officer.pk}/release", {})
    done = post(cast.admin, f"users/{cast.officer.pk}/release", {"reason": "she called"})

    assert (refused.status_code, done.json()["locked_at"]) == (403, None)
    assert attempt(cast.officer.email, PASSWORD) == (200, "")


def test_nobody_releases_themselves(cast: Cast) -> None:
    access = access_for(cast.admin)
    with agency_scope(access), pytest.raises(NotAllowed):
        release_user(access=access, user=cast.admin)


def test_time_releases_where_the_setting_says_so(cast: Cast, settings: Any) -> None:
    settings.LOCK_RELEASE_SECONDS = 1800
    lock(cast.officer.email)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=29)):
        assert attempt(cast.officer.email, PASSWORD) == (401, "wrong_login")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
        assert not stored(cast, cast.officer).is_locked
        assert attempt(cast.officer.email, PASSWORD) == (200, "")
        assert stored(cast, cast.officer).locked_at is None


def test_another_address_releases_nobody(cast: Cast) -> None:
    lock(cast.officer.email)
    access, officer = access_for(cast.admin), stored(cast, cast.officer)
    with agency_scope(access):
        change_user(access=access, user=officer, email="noel@north.test")

    assert attempt("noel@north.test", PASSWORD) == (401, "wrong_login")


def test_a_new_secret_key_releases_nobody(cast: Cast, settings: Any) -> None:
    lock(cast.officer.email)
    settings.SECRET_KEY = "another secret key, long enough for the start-up check of it"

    assert attempt(cast.officer.email, PASSWORD) == (401, "wrong_login")


def test_strangers_are_forgotten_and_the_agencys_people_are_not(cast: Cast) -> None:
    attempt(cast.officer.email)
    for number in range(3):
        attempt(f"nobody{number}@north.test")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        attempt("somebody.else@north.test")

    kept = {bytes(key) for key in SignInCounter.objects.values_list("key", flat=True)}
    assert kept == {key_of(cast.officer.email), key_of("somebody.else@north.test")}


def test_the_table_names_nobody(cast: Cast) -> None:
    attempt(cast.officer.email)

    assert bytes(SignInCounter.objects.get().key) != cast.officer.email.encode()
    assert len(bytes(SignInCounter.objects.get().key)) == 32
