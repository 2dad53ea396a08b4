"""Opening, finding, refreshing and ending sessions. The row decides; cookies and tokens only name it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from accounts import tokens
from accounts.choices import SessionKind
from accounts.models import RefreshToken, User, UserSession
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.errors import NotSignedIn
from nethra.core.models import uuid7
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, move_scope, set_scope

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class TokenPair:
    """What an API client gets: a short access token and a refresh token that is good for one use."""

    token: str
    refresh_token: str
    expires_at: datetime


@dataclass(frozen=True)
class Identity:
    """A live session and its person, both read under the agency's row security."""

    user: User
    session: UserSession


def open_session(user: User, kind: SessionKind, *, address: str = "", device: str = "") -> UserSession:
    """Return a new session of the person; the transaction's scope must be their agency."""
    now = datetime.now(UTC)
    return UserSession.objects.create(
        agency_id=user.agency_id,
        user=user,
        kind=kind,
        address=address[:64],
        device=device[:200],
        last_seen_at=now,
        expires_at=now + timedelta(seconds=settings.SESSION_SECONDS),
    )


def find_identity(*, agency_id: UUID, user_id: UUID, session_id: UUID, kind: SessionKind) -> Identity | None:
    """Return the live session and its active person, or None. One query; the scope must be the agency's."""
    now = datetime.now(UTC)
    with unscoped("the session row decides who is asking"):
        session = (
            UserSession.objects.select_related("user", "agency")
            .filter(pk=session_id, user_id=user_id, agency_id=agency_id, kind=kind)
            .filter(revoked_at=None, expires_at__gt=now, user__is_active=True, agency__deactivated_at=None)
            .first()
        )
        if session is not None and now - session.last_seen_at > SEEN_EVERY:
            UserSession.objects.filter(pk=session.pk, last_seen_at=session.last_seen_at).update(
                last_seen_at=now
            )
    if session is None:
        return None
    # Both were read; the person's page headers ask for their agency.
    session.user.agency = session.agency
    return Identity(session.user, session)


def issue_tokens(session: UserSession, user: User) -> TokenPair:
    """Return a fresh pair for the session; the refresh token is stored as its SHA-256 only."""
    now = datetime.now(UTC)
    secret = secrets.token_urlsafe(32)
    RefreshToken.objects.create(agency_id=session.agency_id, session=session, token_hash=_hash(secret))
    token = tokens.issue(
        user_id=user.pk,
        agency_id=user.agency_id,
        session_id=session.pk,
        role=user.role,
        token_id=uuid7(),
        now=now,
    )
    return TokenPair(token, secret, now + timedelta(seconds=settings.ACCESS_TOKEN_SECONDS))


def refresh(secret: str, *, scope: Scope) -> tuple[TokenPair, User]:
    """Spend a refresh token for a new pair. A token used twice ends the session it belongs to."""
    agency_id = _agency_of_refresh(secret)
    if agency_id is None:
        raise NotSignedIn("This refresh token is not valid.", code="invalid_refresh_token")
    set_scope(Scope(agency_id, None, scope.source, scope.request_id, scope.address))
    with unscoped("the refresh token decides who is asking"):
        token = (
            RefreshToken.objects.select_for_update(of=("self",))
            .select_related("session__user")
            .get(token_hash=_hash(secret))
        )
        session, user = token.session, token.session.user
        set_scope(Scope(agency_id, user.pk, scope.source, scope.request_id, scope.address))
        if token.used_at is not None:
            end_session(session, because="refresh_reuse")
            raise NotSignedIn(
                "This refresh token was used before; sign in again.", code="refresh_token_reused"
            )
        if session.revoked_at or session.expires_at <= datetime.now(UTC) or not user.is_active:
            raise NotSignedIn("This session has ended; sign in again.", code="session_ended")
        RefreshToken.objects.filter(pk=token.pk).update(used_at=datetime.now(UTC))
        return issue_tokens(session, user), user


def end_session(session: UserSession, *, because: str) -> None:
    """Revoke the session; it is refused from the next request on."""
    with unscoped("ending a session that is at hand"):
        ended = UserSession.objects.filter(pk=session.pk, revoked_at=None).update(
            revoked_at=datetime.now(UTC), revoked_because=because
        )
    # Somebody else may have ended it first; one event is enough.
    if ended:
        record_event(
            action="session_ended", entity="accounts_usersession", object_id=session.pk, reason=because
        )


def end_sessions_of(user: User, *, because: str) -> int:
    """Revoke every live session of the person; return how many."""
    with unscoped("ending all sessions of a person at hand"):
        sessions = list(UserSession.objects.filter(user_id=user.pk, revoked_at=None))
    for session in sessions:
        end_session(session, because=because)
    return len(sessions)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _agency_of_refresh(secret: str) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.find_refresh(%s)", [_hash(secret)])
        row = cursor.fetchone()
    return row[0] if row else None


def own_session(user: Any, access: Access) -> UserSession:
    """Return the session behind this access, which lies in the person's own agency.

    Whoever is visiting another agency is taken home for it: the transaction's scope is their own agency
    afterwards.
    """
    if access.session_id is None:
        raise NotSignedIn()
    if access.is_visiting:
        move_scope(user.agency_id)
    with unscoped("one's own session"):
        session: UserSession = UserSession.objects.get(pk=access.session_id, user_id=user.pk)
    return session
