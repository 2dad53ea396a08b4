"""Sixteen at once: locks, the limit of sessions, renewals and revocations hold when everything happens together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.guard import key_of
from accounts.models import SignInCounter, User, UserSession
from nethra.audit.models import AuditEvent
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, agency_scope, set_scope
from tests.api.calls import anonymous
from tests.support.people import PASSWORD, Cast, access_for

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 16


def together(act: Callable[[int], Any]) -> list[Any]:
    """Return what sixteen threads got that began at the same moment, each with a connection of its own."""
    start = Barrier(AT_ONCE)

    def one(number: int) -> Any:
        start.wait()
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def log_in(email: str, password: str) -> Any:
    return anonymous().post("/auth/login", {"email": email, "password": password}, format="json")


def test_sixteen_wrong_passwords_at_once_are_five_tries(committed_cast: Cast) -> None:
    cast = committed_cast

    statuses = together(lambda _: log_in(cast.officer.email, "a guess").status_code)

    assert statuses == [401] * AT_ONCE
    counter = SignInCounter.objects.get(key=key_of(cast.officer.email))
    assert (counter.total, counter.locked_at is None) == (5, False)
    with transaction.atomic(), unscoped("test"):
        set_scope(Scope(cast.north.pk))
        reasons = AuditEvent.objects.filter(action="sign_in").values_list("reason", flat=True)
        assert Counter(reasons) == {"": 5, "locked": AT_ONCE - 5}
        assert User.objects.get(pk=cast.officer.pk).locked_at is not None
    assert log_in(cast.officer.email, PASSWORD).status_code == 401


def test_sixteen_sign_ins_at_once_leave_three_sessions(committed_cast: Cast) -> None:
    cast = committed_cast

    answers = together(lambda _: log_in(cast.officer.email, PASSWORD))

    assert {answer.status_code for answer in answers} == {200}
    with agency_scope(access_for(cast.admin)), unscoped("test"):
        assert UserSession.objects.filter(user=cast.officer).open().count() == 3


def test_sixteen_renewals_at_once_are_one(committed_cast: Cast) -> None:
    first = log_in(committed_cast.officer.email, PASSWORD).json()
    body = {"refresh_token": first["refresh_token"]}

    answers = together(lambda _: anonymous().post("/auth/refresh", body, format="json"))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


def test_nothing_is_accepted_once_a_revocation_was_answered(committed_cast: Cast) -> None:
    pair = log_in(committed_cast.officer.email, PASSWORD).json()
    header = {"Authorization": f"Bearer {pair['token']}"}
    answered = []

    def act(number: int) -> list[int]:
        if number == 0:
            anonymous().post("/auth/logout", headers=header)
            answered.append(True)
            return []
        after = []
        for _ in range(12):
            was_answered = bool(answered)
            status = anonymous().get("/auth/me", headers=header).status_code
            after += [status] if was_answered else []
        return after

    accepted = [status for statuses in together(act) for status in statuses]

    assert accepted
    assert set(accepted) == {401}
