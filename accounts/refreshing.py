"""Token pairs and their renewal: refresh tokens are good for one use, and a family of them ends when one is
used twice (RFC 9700, section 4.14.2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F

from accounts import tokens
from accounts.choices import EndReason
from accounts.models import RefreshToken, User, UserSession
from accounts.sessions import end_session, idle_since, why_ended
from nethra.core.errors import NotSignedIn
from nethra.core.models import uuid7
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, set_scope

#: An answer may be lost on its way, or two windows may ask at once: for so long the same request gets the same
#: successor, as long as nobody has used that.
REPEATED_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True)
class TokenPair:
    """What an API client gets: a short access token and a refresh token that is good for one use."""

    token: str
    refresh_token: str
    expires_at: datetime


def issue_tokens(session: UserSession, user: User) -> TokenPair:
    """Return the first pair of a session; the refresh token is stored as its SHA-256 only."""
    secret = secrets.token_urlsafe(32)
    RefreshToken.objects.create(agency_id=session.agency_id, session=session, token_hash=_hash(secret))
    return _pair(session, user, secret)


def _pair(session: UserSession, user: User, secret: str) -> TokenPair:
    now = datetime.now(UTC)
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
        raise NotSignedIn("This refresh token is not valid; sign in again.", code="invalid_refresh_token")
    set_scope(scope.told(agency_id))
    with unscoped("the refresh token decides who is asking"):
        token = (
            RefreshToken.objects.select_for_update(of=("self",))
            .select_related("session__user")
            .get(token_hash=_hash(secret))
        )
        session, user = token.session, token.session.user
        set_scope(scope.told(agency_id, user.pk))
        if token.used_at is not None and not _is_repeated(token, secret):
            end_session(session, because=EndReason.REUSE)
            raise NotSignedIn(
                "This refresh token was used before, so the session has ended; sign in again.",
                code="refresh_token_reused",
            )
        _require_live(session, user)
        return _pair(session, user, _successor(token, secret)), user


def _require_live(session: UserSession, user: User) -> None:
    is_live = session.revoked_at is None and session.expires_at > datetime.now(UTC)
    if is_live and session.last_seen_at > idle_since() and user.is_active:
        return
    told = why_ended(agency_id=session.agency_id, user_id=user.pk, session_id=session.pk)
    raise told or NotSignedIn()


def _is_repeated(token: RefreshToken, secret: str) -> bool:
    """Return whether this is the last request over again: a moment ago, its successor unused."""
    if token.used_at is None or token.used_at < datetime.now(UTC) - REPEATED_WITHIN:
        return False
    successor = _hash(_derived(secret, bytes(token.successor_salt or b"")))
    return RefreshToken.objects.filter(token_hash=successor, used_at=None).exists()


def _successor(token: RefreshToken, secret: str) -> str:
    """Return the next refresh token, spending this one unless that was done a moment ago."""
    now = datetime.now(UTC)
    if token.used_at is not None:
        return _derived(secret, bytes(token.successor_salt or b""))
    salt = secrets.token_bytes(32)
    successor = _derived(secret, salt)
    RefreshToken.objects.filter(pk=token.pk).update(used_at=now, successor_salt=salt)
    RefreshToken.objects.create(
        agency_id=token.agency_id, session_id=token.session_id, token_hash=_hash(successor)
    )
    UserSession.objects.filter(pk=token.session_id).update(last_seen_at=now, rotation=F("rotation") + 1)
    return successor


def _derived(secret: str, salt: bytes) -> str:
    """Return the token that follows: 256 bits that take the spent token, this row and the server's key to make."""
    key = hashlib.sha256(b"nethra.refresh|" + settings.SECRET_KEY.encode()).digest()
    digest = hmac.new(key, secret.encode() + salt, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _agency_of_refresh(secret: str) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.find_refresh(%s)", [_hash(secret)])
        row = cursor.fetchone()
    return row[0] if row else None
