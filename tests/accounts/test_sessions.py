"""Sessions: the row decides, refresh tokens are good for one use."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.choices import EndReason, SessionKind
from accounts.models import User, UserSession
from accounts.people import deactivate_user
from accounts.refreshing import TokenPair, issue_tokens, refresh
from accounts.sessions import end_session, find_identity, open_session
from nethra.core.errors import NotSignedIn
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, agency_scope, set_scope
from tests.support.people import Cast, access_for


def opened(user: User) -> tuple[UserSession, TokenPair]:
    with agency_scope(access_for(user)):
        session = open_session(user, SessionKind.API)
        return session, issue_tokens(session, user)


def test_refresh_tokens_have_256_random_bits_and_none_is_like_another(cast: Cast) -> None:
    secrets = [opened(cast.officer)[1].refresh_token for _ in range(50)]
    successors = [refresh(secret, scope=Scope(source="api"))[0].refresh_token for secret in secrets[-3:]]

    tokens = [base64.urlsafe_b64decode(f"{token}=") for token in (*secrets, *successors)]
    assert {len(token) for token in tokens} == {32}
    assert len(set(tokens)) == len(tokens)
    # No bit is the same in all of them.
    numbers = [int.from_bytes(token) for token in tokens]
    set_in = [sum(number >> bit & 1 for number in numbers) for bit in range(256)]
    assert 0 < min(set_in) <= max(set_in) < len(tokens)


def is_live(session: UserSession, *, kind: SessionKind = SessionKind.API) -> bool:
    with transaction.atomic():
        set_scope(Scope(session.agency_id))
        found = find_identity(
            agency_id=session.agency_id, user_id=session.user_id, session_id=session.pk, kind=kind
        )
    return found is not None


def spend(secret: str) -> TokenPair:
    with transaction.atomic():
        set_scope(Scope(source="api"))
        try:
            return refresh(secret, scope=Scope(source="api"))[0]
        except NotSignedIn as refusal:
            problem = refusal
    raise problem


def test_a_session_serves_its_own_kind_only(cast: Cast) -> None:
    session, _ = opened(cast.officer)

    assert is_live(session)
    assert not is_live(session, kind=SessionKind.CONSOLE)


def test_an_ended_or_expired_session_is_refused_at_once(cast: Cast) -> None:
    ended, _ = opened(cast.officer)
    expired, _ = opened(cast.officer)
    with agency_scope(access_for(cast.officer)):
        end_session(ended, because=EndReason.SIGNED_OUT)
        with unscoped("test"):
            past = datetime.now(UTC) - timedelta(seconds=1)
            UserSession.objects.filter(pk=expired.pk).update(expires_at=past)

    assert not is_live(ended)
    assert not is_live(expired)


def test_deactivating_somebody_ends_their_sessions(cast: Cast) -> None:
    session, _ = opened(cast.officer)
    with agency_scope(access_for(cast.admin)):
        deactivate_user(access=access_for(cast.admin), user=cast.officer)

    assert not is_live(session)


def test_a_refresh_token_gives_a_new_pair_once(cast: Cast) -> None:
    session, pair = opened(cast.officer)
    renewed = spend(pair.refresh_token)
    assert renewed.refresh_token != pair.refresh_token

    with (
        time_machine.travel(datetime.now(UTC) + timedelta(seconds=11)),
        pytest.raises(NotSignedIn, match="used before"),
    ):
        spend(pair.refresh_token)

    assert not is_live(session)
    with pytest.raises(NotSignedIn, match="has ended"):
        spend(renewed.refresh_token)


def test_the_same_request_a_moment_later_gets_the_same_successor(cast: Cast) -> None:
    # The first answer was lost on its way, or two windows asked at once.
    session, pair = opened(cast.officer)

    first, again = spend(pair.refresh_token), spend(pair.refresh_token)

    assert first.refresh_token == again.refresh_token
    assert is_live(session)


def test_not_when_somebody_has_used_the_successor(cast: Cast) -> None:
    session, pair = opened(cast.officer)
    spend(spend(pair.refresh_token).refresh_token)

    with pytest.raises(NotSignedIn, match="used before"):
        spend(pair.refresh_token)

    assert not is_live(session)


def test_a_session_that_nobody_used_is_refused_and_its_refresh_token_too(cast: Cast) -> None:
    session, pair = opened(cast.officer)

    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=1801)):
        assert not is_live(session)
        with pytest.raises(NotSignedIn, match="Nothing happened in it for too long"):
            spend(pair.refresh_token)


def test_a_session_that_is_used_lasts_twelve_hours_and_no_longer(cast: Cast) -> None:
    session, _ = opened(cast.officer)
    with time_machine.travel(datetime.now(UTC)) as clock:
        for _minutes in range(20, 720, 20):
            clock.shift(timedelta(minutes=20))
            assert is_live(session)
        clock.shift(timedelta(minutes=20))

        assert not is_live(session)


@pytest.mark.parametrize(("who", "limit"), [("officer", 3), ("admin", 1)])
def test_one_session_too_many_ends_the_oldest(cast: Cast, who: str, limit: int) -> None:
    sessions = [opened(getattr(cast, who))[0] for _ in range(limit + 1)]

    assert [is_live(session) for session in sessions] == [False] + [True] * limit
    with agency_scope(access_for(cast.admin)), unscoped("test"):
        assert UserSession.objects.get(pk=sessions[0].pk).revoked_because == "limit"


@pytest.mark.parametrize("secret", ["", "x", "a" * 5000])
def test_an_unknown_refresh_token_is_refused(cast: Cast, secret: str) -> None:
    with pytest.raises(NotSignedIn) as refusal:
        spend(secret)
    assert refusal.value.code == "invalid_refresh_token"


def test_the_look_up_is_one_query_by_an_index(cast: Cast) -> None:
    session, _ = opened(cast.officer)

    with CaptureQueriesContext(connection) as queries:
        assert is_live(session)
    (looked_up,) = [q["sql"] for q in queries if "accounts_usersession" in q["sql"]]

    with transaction.atomic(), connection.cursor() as cursor:
        set_scope(Scope(session.agency_id))
        # The tables of a test are too small for any index to be worth it, or for one of them to be the best.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {looked_up}", [session.agency_id, session.pk, session.user_id, session.kind])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert len(queries) == 4, [q["sql"] for q in queries]
    assert "Seq Scan" not in plan
    assert re.search(r"using accounts_usersession_\w+ on accounts_usersession", plan), plan
