"""Opening, finding and ending sessions. The row decides; cookies and tokens only name it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from accounts.choices import EndReason, RoleChoice, SessionKind
from accounts.hours import session_end
from accounts.models import User, UserSession
from accounts.session_rows import read_session
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.errors import NotSignedIn
from nethra.core.querysets import unscoped
from nethra.core.scope import move_scope

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Identity:
    """A live session and its person, both read under the agency's row security."""

    user: User
    session: UserSession


class SessionEnded(NotSignedIn):
    """A session that was genuine; whoever held it is told why it ended."""

    code = "session_ended"


def idle_since() -> datetime:
    """Return the moment since when a live session must have been used."""
    return datetime.now(UTC) - timedelta(seconds=settings.SESSION_IDLE_SECONDS)


def session_limit(user: User) -> int:
    """Return how many sessions the person may have at once."""
    return settings.ADMIN_SESSION_LIMIT if user.role == RoleChoice.ADMIN else settings.SESSION_LIMIT


def open_session(
    user: User, kind: SessionKind, *, address: str = "", device: str = "", with_factor: bool = False
) -> UserSession:
    """Return a new session of the person, ending their oldest where it would be one too many.

    The transaction's scope must be their agency. Raises OutsideHours.
    """
    now = datetime.now(UTC)
    with unscoped("opening a session of a person at hand"):
        # One at a time: two sign-ins at once must not both find a place free.
        User.objects.select_for_update().get(pk=user.pk)
    expires_at, because = session_end(user, now, now)
    _make_room(user, now)
    return UserSession.objects.create(
        agency_id=user.agency_id,
        user=user,
        kind=kind,
        address=address[:64],
        device=device[:200],
        last_seen_at=now,
        expires_at=expires_at,
        expires_because=because,
        confirmed_at=now,
        second_factor_at=now if with_factor else None,
    )


def _make_room(user: User, now: datetime) -> None:
    with unscoped("the sessions of a person at hand"):
        # A console session that is locked can be taken up again, so it counts; an idle one of the API is dead.
        is_alive = Q(kind=SessionKind.CONSOLE) | Q(last_seen_at__gt=idle_since())
        alive = UserSession.objects.filter(is_alive, user_id=user.pk, revoked_at=None, expires_at__gt=now)
        oldest_first = list(alive.order_by("created_at", "id"))
    for session in oldest_first[: max(len(oldest_first) - session_limit(user) + 1, 0)]:
        end_session(session, because=EndReason.LIMIT)


def find_identity(
    *, agency_id: UUID, user_id: UUID, session_id: UUID, kind: SessionKind, is_use: bool = True
) -> Identity | None:
    """Return the live session and its active person, or None. One query; the scope must be the agency's.

    Finding it counts as using it, unless ``is_use`` is False.
    """
    session = read_session(session_id, agency_id=agency_id, user_id=user_id, kind=kind)
    if session is None or not _is_live(session):
        return None
    now = datetime.now(UTC)
    if is_use and now - session.last_seen_at > seen_every():
        with unscoped("a session at hand"):
            UserSession.objects.filter(pk=session.pk, last_seen_at=session.last_seen_at).update(
                last_seen_at=now
            )
    return Identity(session.user, session)


def is_open(session: UserSession) -> bool:
    """Return whether nothing but idleness can have closed the session."""
    lasts = session.revoked_at is None and session.expires_at > datetime.now(UTC)
    return lasts and session.user.is_active and session.agency.deactivated_at is None


def _is_live(session: UserSession) -> bool:
    return is_open(session) and session.last_seen_at > idle_since()


def seen_every() -> timedelta:
    """Return how old "last seen" may grow: once a minute is written, oftener where sessions idle briefly."""
    return min(SEEN_EVERY, timedelta(seconds=settings.SESSION_IDLE_SECONDS / 10))


def find_locked(*, agency_id: UUID, user_id: UUID, session_id: UUID) -> Identity | None:
    """Return a console session that only idleness closed: its person may take it up with their password."""
    session = read_session(session_id, agency_id=agency_id, user_id=user_id, kind=SessionKind.CONSOLE)
    if session is None or not is_open(session) or _is_live(session):
        return None
    return Identity(session.user, session)


def why_ended(*, agency_id: UUID, user_id: UUID, session_id: UUID) -> SessionEnded | None:
    """Return the refusal for somebody who names a session that was theirs; None where there was none."""
    with unscoped("telling the holder of a session why it ended"):
        session = UserSession.objects.filter(pk=session_id, user_id=user_id, agency_id=agency_id).first()
    if session is None:
        return None
    return SessionEnded(f"This session has ended. {end_reason(session).label}.")


def end_reason(session: UserSession) -> EndReason:
    """Return why a session is over."""
    if session.revoked_at is not None:
        return EndReason(session.revoked_because)
    if session.expires_at <= datetime.now(UTC):
        return EndReason(session.expires_because)
    return EndReason.IDLE if session.last_seen_at <= idle_since() else EndReason.DEACTIVATED


def take_up(session: UserSession) -> None:
    """Go on with a session whose person has just proved who they are."""
    now = datetime.now(UTC)
    with unscoped("a session at hand"):
        UserSession.objects.filter(pk=session.pk, revoked_at=None).update(last_seen_at=now, confirmed_at=now)


def end_session(session: UserSession, *, because: EndReason) -> bool:
    """Revoke the session; it is refused from the next request on. Return whether it was this call."""
    with unscoped("ending a session that is at hand"):
        ended = UserSession.objects.filter(pk=session.pk, revoked_at=None).update(
            revoked_at=datetime.now(UTC), revoked_because=because
        )
    # Somebody else may have ended it first; one event is enough.
    if ended:
        record_event(
            action="session_ended", entity="accounts_usersession", object_id=session.pk, reason=because
        )
    return bool(ended)


def end_sessions_of(user: User, *, because: EndReason, but: UUID | None = None) -> int:
    """Revoke every open session of the person, except one; return how many."""
    with unscoped("ending all sessions of a person at hand"):
        # A sign-in that is under way ends before this, and is found, or begins after it.
        User.objects.select_for_update().get(pk=user.pk)
        sessions = list(UserSession.objects.filter(user_id=user.pk, revoked_at=None).exclude(pk=but))
    return sum(end_session(session, because=because) for session in sessions)


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
