"""The verbs for agencies and people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.contrib.gis.geos import MultiPolygon
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.models import Agency, User, UserSession
from accounts.sessions import end_sessions_of, own_session
from nethra.audit.services import record_event
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope

USER_FIELDS = ("email", "name", "role", "badge_number", "unit")


def find_agency(code: str) -> UUID:
    """Return the id of the agency with this code, for operators; raise NotFound."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.find_agency(%s)", [code])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise NotFound(f"There is no agency with the code '{code}'.", code="unknown_agency")
    return UUID(str(row[0]))


def agency_exists(code: str) -> bool:
    """Return whether an agency has this code; row security hides it from everybody but itself."""
    try:
        find_agency(code)
    except NotFound:
        return False
    return True


def create_agency(*, code: str, name: str, time_zone: str = "UTC", ori: str = "") -> Agency:
    """Return a new agency, made by an operator in a transaction of its own."""
    if agency_exists(code):
        raise InvalidInput(errors={"code": [f"There is an agency with the code '{code}' already."]})
    agency = Agency(code=code, name=name, time_zone=time_zone, ori=ori)
    with agency_scope(operator_access(agency.pk), reason="agency created"):
        with unscoped("a new agency has no rows yet"):
            clean(agency)
        agency.save(force_insert=True)
    return agency


@transaction.atomic
def change_agency(*, access: Access, agency: Agency, **values: Any) -> Agency:
    """Change the agency's own facts (name, ORI, zone, number format)."""
    access.require(Capability.CHANGE_AGENCY)
    _assign(agency, values, ("name", "ori", "time_zone", "incident_number_format"))
    clean(agency)
    agency.save()
    return agency


@transaction.atomic
def set_boundary(*, access: Access, boundary: MultiPolygon) -> Agency:
    """Replace the agency's boundary (EPSG:4326) and count up its version."""
    access.require(Capability.MANAGE_AREAS)
    agency: Agency = Agency.objects.visible_to(access).select_for_update().get()
    agency.boundary = boundary
    agency.boundary_version += 1
    agency.save(update_fields=["boundary", "boundary_version", "updated_at"])
    return agency


@transaction.atomic
def create_user(*, access: Access, password: str, **values: Any) -> User:
    """Return a new person of the access's agency; raise InvalidInput with a sentence per field."""
    access.require(Capability.MANAGE_USERS)
    user = User(agency_id=access.agency_id)
    _assign(user, values, USER_FIELDS)
    user.email = user.email.strip().lower()
    check_password_strength(password, user)
    user.set_password(password)
    clean(user)
    # The address may be taken by another agency's person, whom row security hides: the key decides.
    if email_is_taken(user.email):
        raise InvalidInput(errors={"email": ["This e-mail address cannot be used."]}, code="email_unusable")
    user.save(force_insert=True)
    return user


@transaction.atomic
def change_user(*, access: Access, user: User, **values: Any) -> User:
    """Change a person's facts; a changed role acts on their next request."""
    access.require(Capability.MANAGE_USERS)
    old_email, old_role = user.email, user.role
    _assign(user, values, USER_FIELDS)
    user.email = user.email.strip().lower()
    if user.pk == access.user_id and user.role != old_role:
        raise NotAllowed("You cannot change your own role.", code="own_role")
    clean(user)
    if user.email != old_email and email_is_taken(user.email):
        raise InvalidInput(errors={"email": ["This e-mail address cannot be used."]}, code="email_unusable")
    user.save()
    return user


@transaction.atomic
def deactivate_user(*, access: Access, user: User, reason: str = "") -> User:
    """Close a person's account and end their sessions at once; nothing of theirs is deleted."""
    access.require(Capability.MANAGE_USERS)
    if user.pk == access.user_id:
        raise Conflict("You cannot deactivate yourself.", code="own_account")
    with unscoped("compare and set on a row at hand"):
        User.objects.filter(pk=user.pk, is_active=True).update(
            is_active=False, deactivated_at=datetime.now(UTC), updated_at=datetime.now(UTC)
        )
    end_sessions_of(user, because="deactivated")
    user.refresh_from_db()
    return user


@transaction.atomic
def reactivate_user(*, access: Access, user: User) -> User:
    """Open a deactivated account again."""
    access.require(Capability.MANAGE_USERS)
    user.is_active, user.deactivated_at = True, None
    user.save(update_fields=["is_active", "deactivated_at", "updated_at"])
    return user


@transaction.atomic
def set_password(*, access: Access, user: User, password: str) -> None:
    """Give a person a new password and end their other sessions."""
    if user.pk != access.user_id:
        access.require(Capability.MANAGE_USERS)
    check_password_strength(password, user)
    user.set_password(password)
    user.save(update_fields=["password", "updated_at"])
    record_event(action="password_changed", entity="accounts_user", object_id=user.pk)
    end_sessions_of(user, because="password_changed")


@transaction.atomic
def make_platform_admin(*, access: Access, user: User) -> User:
    """Let a person administer the platform: they may enter other agencies. Operators only, never a role."""
    if access.user_id is not None:
        raise NotAllowed()
    user.is_platform_admin = True
    user.save(update_fields=["is_platform_admin", "updated_at"])
    return user


@transaction.atomic
def enter_agency(*, user: User, session: UserSession, code: str, reason: str) -> UUID:
    """Let a platform superadmin enter one other agency in this session, for a stated reason."""
    if not user.is_platform_admin:
        raise NotAllowed()
    if len(reason.strip()) < 10:
        raise InvalidInput(
            "State in at least ten characters why you enter this agency.", code="reason_missing"
        )
    agency_id = find_agency(code)
    with unscoped("one's own session"):
        UserSession.objects.filter(pk=session.pk).update(
            entered_agency_id=agency_id, entered_reason=reason.strip()[:200]
        )
    record_event(
        action="agency_entered", entity="accounts_agency", object_id=agency_id, reason=reason.strip()
    )
    return agency_id


@transaction.atomic
def leave_agency(*, user: User, access: Access) -> None:
    """Take a visiting platform superadmin home; both agencies' audits keep it."""
    if not access.is_visiting:
        raise Conflict("You are in your own agency already.", code="not_visiting")
    visited = access.agency_id
    record_event(action="agency_left", entity="accounts_agency", object_id=visited)
    session = own_session(user, access)
    with unscoped("one's own session"):
        UserSession.objects.filter(pk=session.pk).update(entered_agency_id=None, entered_reason="")
    record_event(action="agency_left", entity="accounts_agency", object_id=visited)


def check_password_strength(password: str, user: User) -> None:
    """Raise InvalidInput with what is wrong about a password."""
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


def clean(row: Agency | User) -> None:
    """Validate a row; raise InvalidInput with Django's sentences per field."""
    try:
        with unscoped("uniqueness is not a matter of who asks"):
            row.full_clean()
    except ValidationError as problem:
        raise InvalidInput(errors=problem.message_dict) from problem


def _assign(row: Any, values: dict[str, Any], allowed: tuple[str, ...]) -> None:
    unknown = set(values) - set(allowed)
    if unknown:
        raise InvalidInput(errors={name: ["This field cannot be set."] for name in sorted(unknown)})
    for name, value in values.items():
        setattr(row, name, value)
