"""Proving who one is: the same answer and the same work for an address that nobody has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.http import HttpRequest

from accounts import guard
from accounts.choices import SessionKind
from accounts.models import SignInCounter, User, UserSession
from accounts.second_factor import check_code, has_factor, must_have_factor, wrong_code
from accounts.sessions import open_session, take_up
from nethra.audit.models import AuditEvent
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.errors import NotSignedIn
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, set_scope

#: Answers whether the second factor that came along is right.
CheckFactor = Callable[[User], bool]


@dataclass(frozen=True)
class Proven:
    """Somebody whose password is right, and the counter of their failures, locked for this transaction."""

    user: User
    counter: SignInCounter


def find_login(email: str) -> tuple[UUID, UUID] | None:
    """Return (agency id, user id) of the address, before any agency is known; a definer function answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT agency_id, user_id FROM app.find_login(%s)", [email.strip()])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def prove_password(*, email: str, password: str, scope: Scope) -> Proven:
    """Return whose password this is; raise NotSignedIn with one sentence for every reason there can be.

    A locked account is refused before anything is hashed. Afterwards the transaction's scope is the person's
    agency.
    """
    if "\x00" in email + password:
        raise guard.wrong_login()
    counter = guard.enter(email)
    user = _find_person(email, scope)
    if counter is None:
        _record_failure(user, "locked")
        raise guard.wrong_login()
    if not _is_password_of(user, password) or user is None:
        guard.count_failure(counter, user)
        _record_failure(user, "")
        raise guard.wrong_login()
    if user.is_locked:
        # The counters went with an older SECRET_KEY; the lock stays.
        _record_failure(user, "locked")
        raise guard.wrong_login()
    _refuse_closed(user)
    return Proven(user, counter)


def _find_person(email: str, scope: Scope) -> User | None:
    found = find_login(email)
    if found is None:
        return None
    agency_id, user_id = found
    set_scope(scope.told(agency_id, user_id))
    with unscoped("signing in"):
        person: User = User.objects.select_related("agency").get(pk=user_id)
    # SECURITY: PostgreSQL and Python disagree on the lower case of some letters, and failures are counted by
    # Python's: an address spelt with a dotted capital I would have tries of its own.
    return person if person.email == email.strip().lower() else None


def _is_password_of(user: User | None, password: str) -> bool:
    if user is None:
        # As much work as for a known address, so that time does not tell.
        make_password(password)
        return False
    return user.check_password(password)


def _refuse_closed(user: User) -> None:
    """Whoever knows the password is no stranger: tell them what is wrong with their account."""
    if not user.is_active:
        _record_failure(user, "deactivated")
        raise NotSignedIn(
            "Your account is closed. An administrator of your agency can open it again.",
            code="account_closed",
        )
    if user.agency.deactivated_at is not None:
        _record_failure(user, "agency_closed")
        raise NotSignedIn(
            "Your agency no longer works in this Nethra; ask who runs it.", code="agency_closed"
        )


def _record_failure(user: User | None, reason: str) -> None:
    record_event(
        action="sign_in",
        entity="accounts_user",
        object_id=None if user is None else user.pk,
        result=AuditEvent.Result.FAILED,
        reason=reason,
    )


def prove_factor(proven: Proven, check: CheckFactor) -> None:
    """Ask the second factor of somebody whose password is right; raise NotSignedIn when it is wrong."""
    if not check(proven.user):
        guard.count_failure(proven.counter, proven.user)
        _record_failure(proven.user, "second_factor")
        raise wrong_code()


def enter_again(user: User) -> Proven:
    """Return somebody whose password was right in the step before, for their second factor."""
    counter = guard.enter(user.email)
    if counter is None:
        _record_failure(user, "locked")
        raise guard.wrong_login()
    return Proven(user, counter)


def admit(
    proven: Proven, kind: SessionKind, *, scope: Scope, device: str = "", with_factor: bool
) -> UserSession:
    """Return a new session of somebody who has proved all that is asked of them."""
    user = proven.user
    _refuse_if_changed(user)
    guard.clear(proven.counter, user)
    session = open_session(user, kind, address=scope.address, device=device, with_factor=with_factor)
    with unscoped("signing in"):
        User.objects.filter(pk=user.pk).update(last_login_at=datetime.now(UTC))
    record_event(
        action="sign_in",
        entity="accounts_user",
        object_id=user.pk,
        body={"kind": kind, "second_factor": with_factor},
    )
    return session


def _refuse_if_changed(user: User) -> None:
    """Refuse a proof that was made while the password was being changed, or the account closed.

    The row stays locked until the session is there, so whoever ends all sessions finds this one too.
    """
    with unscoped("signing in"):
        row = User.objects.select_for_update().filter(pk=user.pk, is_active=True)
        is_same = row.values_list("password", flat=True).first() == user.password
    if not is_same:
        raise guard.wrong_login()


def sign_in(
    *, email: str, password: str, kind: SessionKind, scope: Scope, device: str = "", code: str = ""
) -> UserSession:
    """Return a new session for everything in one request, as programs send it; raise NotSignedIn."""
    proven = prove_password(email=email, password=password, scope=scope)
    with_factor = has_factor(proven.user)
    if with_factor and not code:
        raise NotSignedIn(
            "State the code that your authenticator app shows, or a recovery code.", code="code_needed"
        )
    if with_factor:
        prove_factor(proven, lambda user: check_code(user, code))
    elif must_have_factor(proven.user):
        raise NotSignedIn(
            "Your role needs a second factor: sign in to the console once and set it up.",
            code="factor_enrolment_needed",
        )
    return admit(proven, kind, scope=scope, device=device, with_factor=with_factor)


def confirm_identity(
    *, user: User, session: UserSession, scope: Scope, password: str = "", check: CheckFactor | None = None
) -> None:
    """Let somebody who is signed in prove it once more: with their second factor where they have one.

    Raise NotSignedIn; failures count like those to sign in.
    """
    if check is not None and has_factor(user):
        prove = enter_again(user)
        prove_factor(prove, check)
    else:
        prove = prove_password(email=user.email, password=password, scope=scope)
    guard.clear(prove.counter, user)
    take_up(session)
    record_event(action="identity_confirmed", entity="accounts_user", object_id=user.pk)


def scope_of(access: Access, request_id: str, address: str) -> Scope:
    """Return the scope of somebody signed in."""
    return Scope(access.agency_id, access.user_id, access.source, request_id, address)


class EmailBackend(BaseBackend):
    """Django asks for a backend; sessions are opened by sign_in() only."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        return None

    def get_user(self, user_id: Any) -> None:
        return None
