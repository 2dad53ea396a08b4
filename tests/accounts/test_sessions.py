"""Sessions: the row decides, refresh tokens are good for one use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from accounts.choices import SessionKind
from accounts.models import User, UserSession
from accounts.services import deactivate_user
from accounts.sessions import TokenPair, end_session, find_identity, issue_tokens, open_session, refresh
from nethra.core.errors import NotSignedIn
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, agency_scope, set_scope
from tests.support.people import Cast, access_for


def opened(user: User) -> tuple[UserSession, TokenPair]:
    with agency_scope(access_for(user)):
        session = open_session(user, SessionKind.API)
        return session, issue_tokens(session, user)


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
        end_session(ended, because="signed_out")
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

    with pytest.raises(NotSignedIn, match="used before"):
        spend(pair.refresh_token)

    assert not is_live(session)
    with pytest.raises(NotSignedIn, match="has ended"):
        spend(renewed.refresh_token)


@pytest.mark.parametrize("secret", ["", "x", "a" * 5000])
def test_an_unknown_refresh_token_is_refused(cast: Cast, secret: str) -> None:
    with pytest.raises(NotSignedIn) as refusal:
        spend(secret)
    assert refusal.value.code == "invalid_refresh_token"
