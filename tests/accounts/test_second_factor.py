"""Authenticator apps and recovery codes: who must have one, what each is good for, and how often."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from django.test import Client

from accounts.choices import SessionKind
from accounts.models import Agency, Authenticator, RecoveryCode, User, UserSession
from accounts.second_factor import (
    ALPHABET,
    begin_authenticator,
    check_code,
    confirm_authenticator,
    has_factor,
    make_recovery_codes,
    remove_factor,
    reset_factors,
)
from accounts.sessions import open_session
from nethra.audit.models import AuditEvent
from nethra.core.errors import Conflict, InvalidInput, NotAllowed
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, anonymous, refusal
from tests.support.people import PASSWORD, Cast, access_for, api_client, console_client, session_access

pytestmark = pytest.mark.django_db
LOGIN = f"{ROOT}/auth/login"


def set_up(user: User) -> tuple[pyotp.TOTP, list[str]]:
    """Give the person an authenticator; return it, and the recovery codes."""
    with agency_scope(access_for(user)):
        session = open_session(user, SessionKind.CONSOLE)
        app, secret = begin_authenticator(user=user)
        totp = pyotp.TOTP(secret)
        long_ago = datetime.now(UTC) - timedelta(seconds=30)
        codes = confirm_authenticator(
            access=session_access(user, session), user=user, app=app, code=totp.at(long_ago)
        )
    return totp, codes


def require_of(cast: Cast, *roles: str) -> None:
    with agency_scope(access_for(cast.admin)), unscoped("test"):
        Agency.objects.filter(pk=cast.north.pk).update(second_factor_roles=list(roles))


def log_in(user: User, **more: str) -> Any:
    return anonymous().post(LOGIN, {"email": user.email, "password": PASSWORD, **more}, format="json")


def test_the_secret_lies_encrypted(cast: Cast) -> None:
    totp, _ = set_up(cast.officer)

    with agency_scope(access_for(cast.officer)), unscoped("test"):
        stored = bytes(Authenticator.objects.get(user=cast.officer).secret)
    assert totp.secret.encode() not in stored


def test_a_code_is_good_for_one_sign_in(cast: Cast) -> None:
    totp, _ = set_up(cast.officer)
    code = totp.now()

    assert refusal(log_in(cast.officer)) == (401, "code_needed")
    assert log_in(cast.officer, code=code).status_code == 200
    assert refusal(log_in(cast.officer, code=code)) == (401, "wrong_code")


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(cast: Cast, steps: int, is_taken: bool) -> None:
    totp, _ = set_up(cast.officer)
    with agency_scope(access_for(cast.officer)):
        code = totp.at(datetime.now(UTC) + timedelta(seconds=30 * steps))

        assert check_code(cast.officer, code) is is_taken


@pytest.mark.parametrize("code", ["", "000000 ", "٠١٢٣٤٥", "x" * 40, "12345", "1234567"])
def test_no_other_text_is_a_code(cast: Cast, code: str) -> None:
    set_up(cast.officer)
    with agency_scope(access_for(cast.officer)):
        assert not check_code(cast.officer, code)


def test_a_recovery_code_is_good_once_however_it_is_written(cast: Cast) -> None:
    _, codes = set_up(cast.officer)
    assert len(set(codes)) == 10

    assert log_in(cast.officer, code=codes[0].lower().replace("-", " ")).status_code == 200
    assert refusal(log_in(cast.officer, code=codes[0])) == (401, "wrong_code")


def test_a_sign_in_is_recorded_with_its_factor(cast: Cast) -> None:
    totp, codes = set_up(cast.officer)

    for user, code in ((cast.analyst, ""), (cast.officer, totp.now()), (cast.officer, codes[0])):
        assert log_in(user, **({"code": code} if code else {})).status_code == 200

    with agency_scope(access_for(cast.admin)):
        events = AuditEvent.objects.visible_to(access_for(cast.admin)).filter(action="sign_in", result="done")
        found = [
            (event.actor_id, event.source, event.address, json.loads(event.body))
            for event in events.order_by("id")
        ]
    assert found == [
        (user.pk, "api", "127.0.0.1", {"kind": "api", "second_factor": with_factor})
        for user, with_factor in ((cast.analyst, False), (cast.officer, True), (cast.officer, True))
    ]


def test_a_recovery_code_has_130_random_bits(cast: Cast) -> None:
    _, codes = set_up(cast.officer)

    letters = [code.replace("-", "") for code in codes]
    assert {len(code) for code in letters} == {26}
    # Five bits a letter: of 260 drawn from 32, none is missing but by a fault.
    assert len(ALPHABET) == 32
    assert set("".join(letters)) <= set(ALPHABET)
    assert len(set("".join(letters))) > 25
    assert all(re.fullmatch(r"(\w{4}-){6}\w{2}", code) for code in codes)


def test_a_shorter_code_from_before_still_counts(cast: Cast) -> None:
    set_up(cast.officer)
    with agency_scope(access_for(cast.officer)):
        RecoveryCode.objects.create(
            agency_id=cast.north.pk,
            user=cast.officer,
            code_hash=hashlib.sha256(b"0123456789ABCDEF").digest(),
        )

        assert check_code(cast.officer, "0123-4567-89AB-CDEF")
        assert not check_code(cast.officer, "0123-4567-89AB-CDEF")


def test_new_recovery_codes_void_the_old_ones(cast: Cast) -> None:
    _, codes = set_up(cast.officer)
    with agency_scope(access_for(cast.officer)):
        session = open_session(cast.officer, SessionKind.CONSOLE)
        fresh = make_recovery_codes(access=session_access(cast.officer, session), user=cast.officer)

        assert not check_code(cast.officer, codes[1])
        assert check_code(cast.officer, fresh[1])
        assert RecoveryCode.objects.visible_to(access_for(cast.officer)).count() == 10


def test_wrong_codes_lock_like_wrong_passwords(cast: Cast) -> None:
    totp, _ = set_up(cast.officer)

    codes = [refusal(log_in(cast.officer, code="000000"))[1] for _ in range(5)]

    assert codes == ["wrong_code"] * 5
    assert refusal(log_in(cast.officer, code=totp.now())) == (401, "wrong_login")


def test_the_password_alone_does_not_forgive_wrong_codes(cast: Cast) -> None:
    # Or whoever knows it could try codes for ever, four at a time.
    set_up(cast.officer)
    for _ in range(4):
        log_in(cast.officer, code="000000")
        log_in(cast.officer)

    assert refusal(log_in(cast.officer, code="000000")) == (401, "wrong_code")
    assert refusal(log_in(cast.officer)) == (401, "wrong_login")


def test_setting_one_up_ends_the_other_sessions(cast: Cast) -> None:
    client = api_client(cast.officer)

    set_up(cast.officer)

    assert refusal(client.get(f"{ROOT}/auth/me")) == (401, "session_ended")


def test_a_code_that_the_app_does_not_show_sets_nothing_up(cast: Cast) -> None:
    with agency_scope(access_for(cast.officer)):
        session = open_session(cast.officer, SessionKind.CONSOLE)
        app, _ = begin_authenticator(user=cast.officer)
        with pytest.raises(InvalidInput, match="not the code"):
            confirm_authenticator(
                access=session_access(cast.officer, session), user=cast.officer, app=app, code="000000"
            )

        assert not has_factor(cast.officer)


def test_whoever_must_have_one_gets_no_token_before(cast: Cast) -> None:
    require_of(cast, "officer")

    assert refusal(log_in(cast.officer)) == (401, "factor_enrolment_needed")
    assert log_in(cast.analyst).status_code == 200


def test_a_session_from_before_the_rule_is_held_back(cast: Cast) -> None:
    api, console = api_client(cast.officer), console_client(cast.officer)
    require_of(cast, "officer")

    assert refusal(api.get(f"{ROOT}/incidents")) == (403, "factor_enrolment_needed")
    assert console.get("/console/cases/case/").headers["Location"] == "/console/account/second-factor/"
    assert console.get("/console/account/second-factor/").status_code == 200
    # A security key is as good a first factor as an app.
    options = console.post("/console/account/second-factor/key/options/")
    assert options.json()["user"]["name"] == cast.officer.email


def test_the_last_one_stays_where_the_role_needs_it(cast: Cast) -> None:
    set_up(cast.officer)
    with agency_scope(access_for(cast.officer)):
        session = open_session(cast.officer, SessionKind.CONSOLE, with_factor=True)
        access = session_access(cast.officer, session)
        app = Authenticator.objects.visible_to(access).get()
        cast.north.second_factor_roles = ["officer"]
        cast.officer.agency = cast.north
        with pytest.raises(Conflict, match="Your role needs"):
            remove_factor(access=access, user=cast.officer, factor=app)
        cast.north.second_factor_roles = []
        remove_factor(access=access, user=cast.officer, factor=app)

        assert not has_factor(cast.officer)


def test_an_administrator_resets_anothers_but_not_their_own(cast: Cast) -> None:
    set_up(cast.officer)
    access = access_for(cast.admin)
    with agency_scope(access):
        reset_factors(access=access, user=cast.officer)
        assert not has_factor(cast.officer)
        with pytest.raises(NotAllowed):
            reset_factors(access=access, user=cast.admin)


def test_two_steps_in_the_console(cast: Cast) -> None:
    totp, _ = set_up(cast.officer)
    client = Client()

    first = client.post("/console/login/", {"email": cast.officer.email, "password": PASSWORD})
    before = client.get("/console/").status_code
    wrong = client.post("/console/login/code/", {"code": "000000"})
    second = client.post("/console/login/code/", {"code": totp.now()})

    assert (first.headers["Location"], before) == ("/console/login/code/", 302)
    assert "This code is not right." in wrong.content.decode()
    assert second.headers["Location"] == "/console/"
    with agency_scope(access_for(cast.officer)), unscoped("test"):
        assert UserSession.objects.filter(user=cast.officer).open().latest("created_at").second_factor_at


def test_the_second_step_waits_five_minutes(cast: Cast) -> None:
    totp, _ = set_up(cast.officer)
    client = Client()
    client.post("/console/login/", {"email": cast.officer.email, "password": PASSWORD})

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        answer = client.post("/console/login/code/", {"code": totp.now()})

    assert answer.headers["Location"] == "/console/login/"


@pytest.mark.parametrize("answer", ["", "{}", "[]", '{"id": "AA", "response": {}}', "not json"])
def test_a_security_key_that_was_not_asked_confirms_nothing(cast: Cast, answer: str) -> None:
    set_up(cast.officer)
    client = Client()
    client.post("/console/login/", {"email": cast.officer.email, "password": PASSWORD})

    page = client.post("/console/login/code/", {"code": "", "key_answer": answer})

    assert page.status_code == 200
    assert client.get("/console/").status_code == 302
