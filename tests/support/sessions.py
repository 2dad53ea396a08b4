"""Sessions and their tokens at a clock that stands still, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import transaction

from accounts import tokens
from accounts.choices import SessionKind
from accounts.models import User, UserSession
from accounts.refreshing import TokenPair, issue_tokens, refresh
from accounts.sessions import open_session
from nethra.core.errors import NotSignedIn
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, agency_scope, set_scope
from tests.support.people import access_for

BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the clock stand still."""
    with time_machine.travel(moment, tick=False):
        yield


def opened(user: User, kind: SessionKind = SessionKind.API, **options: Any) -> UserSession:
    """Return a new session of somebody."""
    with agency_scope(access_for(user)):
        return open_session(user, kind, **options)


def paired(user: User) -> tuple[UserSession, TokenPair]:
    """Return a new session of somebody's program, and its first tokens."""
    with agency_scope(access_for(user)):
        session = open_session(user, SessionKind.API)
        return session, issue_tokens(session, user)


def row(session: UserSession) -> UserSession:
    """Return a session as it is stored."""
    with transaction.atomic():
        set_scope(Scope(session.agency_id))
        with unscoped("test"):
            return UserSession.objects.get(pk=session.pk)


def change(session: UserSession, **values: Any) -> None:
    """Change a stored session past every rule."""
    with transaction.atomic():
        set_scope(Scope(session.agency_id))
        with unscoped("test"):
            UserSession.objects.filter(pk=session.pk).update(**values)


REQUEST = Scope(source="api", request_id="r-7", address="192.0.2.7")


def spend(secret: str) -> TokenPair:
    """Return the pair that a refresh token is spent for; what that writes stays, whether it is refused or not."""
    with transaction.atomic():
        set_scope(REQUEST)
        try:
            return refresh(secret, scope=REQUEST)[0]
        except NotSignedIn as refusal:
            problem = refusal
    raise problem


def payload(token: str) -> dict[str, Any]:
    """Return what an access token says."""
    implicit = f"nethra/access/v1|{settings.DEPLOYMENT_ID}".encode()
    found: dict[str, Any] = json.loads(tokens.unseal(token, implicit, lambda _: settings.PASETO_KEYS[0]))
    return found


def refused(secret: str) -> tuple[str, str]:
    """Return the code and the sentence with which a refresh token is refused."""
    with pytest.raises(NotSignedIn) as refusal:
        spend(secret)
    return refusal.value.code, refusal.value.message


def in_own_agency(own: UserSession, verb: Any, **options: Any) -> Any:
    """Return what a verb does in the agency of a session."""
    with transaction.atomic():
        set_scope(Scope(own.agency_id))
        return verb(**options)
