"""The verbs for agencies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.gis.geos import MultiPolygon
from django.db import connection, transaction

from accounts.models import Agency, User, UserSession
from accounts.rows import assign, clean
from accounts.sessions import own_session
from accounts.signals import agency_created
from nethra.audit.services import record_event
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.querysets import unscoped
from nethra.core.scope import agency_scope, move_scope

NEED_TO_KNOW = ("hidden_answer", "juvenile_age", "request_hours", "emergency_minutes")
RULES = ("second_factor_roles", *NEED_TO_KNOW, "audit_keep_days")
AGENCY_FIELDS = ("name", "ori", "time_zone", "incident_number_format", *RULES)


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


def create_agency(*, code: str, name: str, **values: Any) -> Agency:
    """Return a new agency, made by an operator in a transaction of its own."""
    if agency_exists(code):
        raise InvalidInput(errors={"code": [f"There is an agency with the code '{code}' already."]})
    agency = Agency(code=code, name=name)
    assign(agency, values, AGENCY_FIELDS)
    access = operator_access(agency.pk)
    with agency_scope(access, reason="agency created"):
        with unscoped("a new agency has no rows yet"):
            clean(agency)
        agency.save(force_insert=True)
        agency_created.send(Agency, access=access)
    return agency


@transaction.atomic
def change_agency(*, access: Access, agency: Agency, **values: Any) -> Agency:
    """Change the agency's facts (name, ORI, zone, number format) and, after a recent proof, its rules."""
    access.require(Capability.CHANGE_AGENCY)
    before = {name: getattr(agency, name) for name in RULES}
    assign(agency, values, AGENCY_FIELDS)
    if any(getattr(agency, name) != value for name, value in before.items()):
        access.require_proof()
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
    # The one that is left knows where somebody went, the one that is entered who came.
    for whose in (user.agency_id, agency_id):
        move_scope(whose)
        record_event(
            action="agency_entered", entity="accounts_agency", object_id=agency_id, reason=reason.strip()
        )
    move_scope(user.agency_id)
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
