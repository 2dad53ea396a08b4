"""The verbs for people: inviting, changing, locking out and letting in again."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts import guard
from accounts.authentication import find_login
from accounts.choices import EndReason
from accounts.jobs import mail_invitation, mail_password_changed, mail_password_link
from accounts.models import User
from accounts.passwords import ALONE
from accounts.roles import roles_with
from accounts.rows import assign, clean
from accounts.second_factor import has_factor
from accounts.sessions import end_sessions_of
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, set_reason, set_scope
from nethra.jobs.queue import enqueue

USER_FIELDS = ("email", "name", "badge_number", "unit", "language", "time_zone")
LINK_EVERY = timedelta(minutes=5)
ANSWER_SECONDS = 0.25
TAKEN = "This e-mail address cannot be used."


@transaction.atomic
def create_user(*, access: Access, password: str | None = None, **values: Any) -> User:
    """Return a new person of the access's agency, invited by mail; raise InvalidInput with a sentence per field.

    Operators alone may give a password, for an agency's first administrator: nobody else ever knows one.
    """
    access.require(Capability.MANAGE_USERS)
    user = User(agency_id=access.agency_id)
    assign(user, values, (*USER_FIELDS, "role"))
    if user.role in roles_with(access, Capability.MANAGE_USERS):
        # Or making an administrator would be the way round changing a role.
        access.require_proof()
    user.email = user.email.strip().lower()
    if password is None:
        user.set_unusable_password()
        user.invited_at = datetime.now(UTC)
    elif access.user_id is not None:
        raise NotAllowed("People choose their own passwords, by the link they are sent.")
    else:
        _set_password(user, password)
    clean(user)
    # The address may be taken by another agency's person, whom row security hides: the key decides.
    if email_is_taken(user.email):
        raise InvalidInput(errors={"email": [TAKEN]}, code="email_unusable")
    user.save(force_insert=True)
    if password is None:
        enqueue(mail_invitation, agency_id=user.agency_id, user_id=user.pk)
    return user


@transaction.atomic
def change_user(*, access: Access, user: User, **values: Any) -> User:
    """Change a person's facts. Their role is another matter: ``change_role``."""
    access.require(Capability.MANAGE_USERS)
    old_email = user.email
    assign(user, values, USER_FIELDS)
    user.email = user.email.strip().lower()
    clean(user)
    if user.email != old_email:
        # Whoever can send the links somewhere else can take the account over.
        access.require_proof()
        if email_is_taken(user.email):
            raise InvalidInput(errors={"email": [TAKEN]}, code="email_unusable")
        guard.follow_address(old_email, user.email)
    user.save()
    return user


@transaction.atomic
def change_role(*, access: Access, user: User, role: str, reason: str = "") -> User:
    """Give a person another role; their sessions end, so that nothing goes on under the old one."""
    access.require(Capability.MANAGE_USERS)
    access.require_proof()
    if user.pk == access.user_id:
        raise NotAllowed("You cannot change your own role.", code="own_role")
    if role == user.role:
        return user
    set_reason(reason)
    user.role = role
    clean(user)
    user.save(update_fields=["role", "updated_at"])
    end_sessions_of(user, because=EndReason.ROLE)
    return user


@transaction.atomic
def deactivate_user(*, access: Access, user: User, reason: str = "") -> User:
    """Close a person's account and end their sessions at once; nothing of theirs is deleted."""
    access.require(Capability.MANAGE_USERS)
    if user.pk == access.user_id:
        raise Conflict("You cannot deactivate yourself.", code="own_account")
    set_reason(reason)
    with unscoped("compare and set on a row at hand"):
        User.objects.filter(pk=user.pk, is_active=True).update(
            is_active=False, deactivated_at=datetime.now(UTC), updated_at=datetime.now(UTC)
        )
    end_sessions_of(user, because=EndReason.DEACTIVATED)
    user.refresh_from_db()
    return user


@transaction.atomic
def reactivate_user(*, access: Access, user: User, reason: str = "") -> User:
    """Open a deactivated account again."""
    access.require(Capability.MANAGE_USERS)
    set_reason(reason)
    user.is_active, user.deactivated_at = True, None
    user.save(update_fields=["is_active", "deactivated_at", "updated_at"])
    return user


@transaction.atomic
def release_user(*, access: Access, user: User, reason: str = "") -> User:
    """Open an account that wrong passwords locked, and forget the failures."""
    access.require(Capability.MANAGE_USERS)
    if user.pk == access.user_id:
        raise NotAllowed("Another administrator, or an operator, releases you.", code="own_account")
    set_reason(reason)
    guard.release(user)
    record_event(action="account_released", entity="accounts_user", object_id=user.pk, reason=reason)
    return user


@transaction.atomic
def end_user_sessions(*, access: Access, user: User, because: EndReason = EndReason.BY_ADMIN) -> int:
    """End every session of a person; return how many."""
    access.require(Capability.MANAGE_USERS)
    return end_sessions_of(user, because=because)


@transaction.atomic
def send_link(*, access: Access, user: User) -> None:
    """Mail a person the link to choose a password: the invitation anew, or, once they had one, for another."""
    access.require(Capability.MANAGE_USERS)
    if not user.is_active:
        raise Conflict("This account is closed: reactivate it first.", code="account_closed")
    if not user.is_invited:
        enqueue(mail_password_link, agency_id=user.agency_id, user_id=user.pk)
        record_event(action="password_link_sent", entity="accounts_user", object_id=user.pk)
        return
    user.invited_at = datetime.now(UTC)
    user.save(update_fields=["invited_at", "updated_at"])
    enqueue(mail_invitation, agency_id=user.agency_id, user_id=user.pk)


def ask_for_link(*, email: str, scope: Scope) -> None:
    """Mail the link to whoever has this address, if anybody has; the asker learns nothing either way."""
    began = time.monotonic()
    _order_link(email, scope)
    # Ordering a mail takes longer than ordering none, and that must not tell.
    time.sleep(max(began + ANSWER_SECONDS - time.monotonic(), 0))


def _order_link(email: str, scope: Scope) -> None:
    found = find_login(email) if "\x00" not in email else None
    if found is None:
        return
    agency_id, user_id = found
    set_scope(scope.told(agency_id, user_id))
    now = datetime.now(UTC)
    with unscoped("a password forgotten"):
        person = User.objects.filter(pk=user_id, is_active=True, agency__deactivated_at=None)
        user = person.exclude(reset_mailed_at__gt=now - LINK_EVERY).first()
        if user is None:
            return
        User.objects.filter(pk=user_id).update(reset_mailed_at=now)
    job = mail_invitation if user.is_invited else mail_password_link
    enqueue(job, agency_id=agency_id, user_id=user_id)
    record_event(action="password_link_asked", entity="accounts_user", object_id=user_id)


@transaction.atomic
def choose_password(*, user: User, password: str) -> None:
    """Set the password of somebody whom a mailed link proved to be there; failures in all begin anew.

    A locked account stays locked: the link proves the mailbox, and an administrator decides.
    """
    _set_password(user, password)
    user.save(update_fields=["password", "password_needs_factor", "updated_at"])
    _password_changed(user)


@transaction.atomic
def change_own_password(*, access: Access, user: User, password: str) -> None:
    """Set one's own password; every session ends, this one too."""
    if user.pk != access.user_id or access.session_id is None:
        raise NotAllowed()
    access.require_proof()
    _set_password(user, password)
    user.save(update_fields=["password", "password_needs_factor", "updated_at"])
    _password_changed(user)


def _password_changed(user: User) -> None:
    record_event(action="password_changed", entity="accounts_user", object_id=user.pk)
    guard.begin_anew(user)
    end_sessions_of(user, because=EndReason.PASSWORD)
    enqueue(mail_password_changed, agency_id=user.agency_id, user_id=user.pk)


def _set_password(user: User, password: str) -> None:
    check_password_strength(password, user)
    user.set_password(password)
    user.password_needs_factor = len(password) < ALONE


def check_password_strength(password: str, user: User) -> None:
    """Raise InvalidInput with what is wrong about a password."""
    needs_factor = user.role in user.agency.second_factor_roles
    user.has_second_factor = needs_factor or has_factor(user)  # type: ignore[attr-defined]
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise InvalidInput(errors={"password": list(problem.messages)}, code="weak_password") from problem


def email_is_taken(email: str) -> bool:
    """Return whether anybody of any agency signs in with this address; a definer function answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM app.find_login(%s))", [email])
        row = cursor.fetchone()
    return bool(row and row[0])
