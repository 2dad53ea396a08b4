"""Checking an e-mail address and a password: the same answer and the same work for an unknown address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.http import HttpRequest

from accounts.choices import SessionKind
from accounts.models import User, UserSession
from accounts.sessions import open_session
from nethra.audit.models import AuditEvent
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.errors import InvalidInput, NotSignedIn
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, set_scope

WRONG_LOGIN = "The e-mail address or the password is wrong."


def find_login(email: str) -> tuple[UUID, UUID] | None:
    """Return (agency id, user id) of the address, before any agency is known; a definer function answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT agency_id, user_id FROM app.find_login(%s)", [email.strip()])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def sign_in(*, email: str, password: str, kind: SessionKind, scope: Scope, device: str = "") -> UserSession:
    """Return a new session; raise NotSignedIn with one sentence for every reason there can be.

    Afterwards the transaction's scope is the person's agency.
    """
    found = find_login(email) if "\x00" not in email + password else None
    if found is None:
        # As much work as for a known address, so that time does not tell.
        make_password(password)
        record_event(action="sign_in", entity="accounts_user", result=AuditEvent.Result.FAILED)
        raise NotSignedIn(WRONG_LOGIN, code="wrong_login")
    agency_id, user_id = found
    set_scope(Scope(agency_id, user_id, scope.source, scope.request_id, scope.address))
    with unscoped("signing in"):
        user = User.objects.select_related("agency").get(pk=user_id)
    if not user.check_password(password) or not user.is_active or user.agency.deactivated_at is not None:
        record_event(
            action="sign_in", entity="accounts_user", object_id=user_id, result=AuditEvent.Result.FAILED
        )
        raise NotSignedIn(WRONG_LOGIN, code="wrong_login")
    with unscoped("signing in"):
        User.objects.filter(pk=user_id).update(last_login_at=datetime.now(UTC))
    record_event(action="sign_in", entity="accounts_user", object_id=user_id, body={"kind": kind})
    return open_session(user, kind, address=scope.address, device=device)


def confirm_password(*, access: Access, user: User, current: str) -> None:
    """Ask for the current password where people change their own; raise InvalidInput when it is wrong.

    A token that was left behind must not be enough to take an account over.
    """
    if user.pk == access.user_id and not user.check_password(current):
        sentence = "State your current password."
        raise InvalidInput(sentence, code="wrong_password", errors={"current_password": [sentence]})


class EmailBackend(BaseBackend):
    """Django asks for a backend; sessions are opened by sign_in() only."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        return None

    def get_user(self, user_id: Any) -> None:
        return None
