"""What renewing tokens writes and answers, to the second."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from accounts import tokens
from accounts.models import RefreshToken
from accounts.refreshing import REPEATED_WITHIN
from nethra.audit.models import AuditEvent
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, set_scope
from tests.support.people import Cast
from tests.support.sessions import (
    BEGAN,
    at,
    paired,
    payload,
    refused,
    row,
    spend,
)

pytestmark = pytest.mark.django_db


def test_a_successor_follows_from_the_spent_token_the_row_and_the_servers_key(
    cast: Cast, settings: Any
) -> None:
    session, pair = paired(cast.officer)

    successor = spend(pair.refresh_token).refresh_token

    with transaction.atomic():
        set_scope(Scope(session.agency_id))
        with unscoped("test"):
            spent = RefreshToken.objects.get(token_hash=hashlib.sha256(pair.refresh_token.encode()).digest())
    salt = bytes(spent.successor_salt or b"")
    assert len(salt) == 32
    key = hashlib.sha256(b"nethra.refresh|" + settings.SECRET_KEY.encode()).digest()
    digest = hmac.new(key, pair.refresh_token.encode() + salt, hashlib.sha256).digest()
    assert successor == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_a_pair_says_until_when_it_is_good_and_no_two_tokens_have_one_key(cast: Cast, settings: Any) -> None:
    with at(BEGAN):
        session, first = paired(cast.officer)
        second = spend(first.refresh_token)

        claims = [tokens.read(pair.token) for pair in (first, second)]

    ends = BEGAN + timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)
    assert (
        [pair.expires_at for pair in (first, second)] == [ends, ends] == [told.expires_at for told in claims]
    )
    assert {told.session_id for told in claims} == {session.pk}
    keys = [UUID(payload(pair.token)["jti"]) for pair in (first, second)]
    assert [key.version for key in keys] == [7, 7]
    assert keys[0] != keys[1]


def test_a_renewal_is_a_use_of_this_session_alone(cast: Cast) -> None:
    with at(BEGAN):
        session, pair = paired(cast.officer)
        other, _ = paired(cast.officer)
    later = BEGAN + timedelta(seconds=90)

    with at(later):
        spend(pair.refresh_token)

    assert (row(session).last_seen_at, row(session).rotation) == (later, row(other).rotation + 1)
    assert row(other).last_seen_at == BEGAN


def test_for_ten_seconds_the_same_request_gets_the_same_successor(cast: Cast) -> None:
    with at(BEGAN):
        _, pair = paired(cast.officer)
        first = spend(pair.refresh_token)
    with at(BEGAN + REPEATED_WITHIN):
        assert spend(pair.refresh_token).refresh_token == first.refresh_token
    with at(BEGAN + REPEATED_WITHIN + timedelta(seconds=1)):
        assert refused(pair.refresh_token) == (
            "refresh_token_reused",
            "This refresh token was used before, so the session has ended; sign in again.",
        )


def test_a_token_used_twice_is_an_event_of_its_person_and_request(cast: Cast) -> None:
    session, pair = paired(cast.officer)
    spend(spend(pair.refresh_token).refresh_token)

    assert refused(pair.refresh_token)[0] == "refresh_token_reused"

    with transaction.atomic():
        set_scope(Scope(session.agency_id))
        with unscoped("test"):
            event = AuditEvent.objects.get(action="session_ended", object_id=str(session.pk))
    assert (event.actor_id, event.agency_id) == (cast.officer.pk, cast.north.pk)
    assert (event.source, event.request_id, event.address) == ("api", "r-7", "192.0.2.7")


def test_an_unknown_refresh_token_is_told_so(cast: Cast) -> None:
    assert refused("unknown") == (
        "invalid_refresh_token",
        "This refresh token is not valid; sign in again.",
    )
