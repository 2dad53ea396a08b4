"""What operators do from the shell: an agency's first administrator, locks, sessions, idle accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Max

from accounts.choices import EndReason, RoleChoice
from accounts.models import ApiKey, User, UserSession
from accounts.people import create_user, deactivate_user, email_is_taken
from accounts.services import agency_exists, create_agency, find_agency
from accounts.sessions import end_sessions_of
from nethra.core.access import Access, operator_access
from nethra.core.errors import InvalidInput, NotFound
from nethra.core.scope import agency_scope

#: Everybody can read the demonstration's passwords in its source; they all begin like this.
DEMO_PASSWORD_PREFIX = "demo-"


@dataclass(frozen=True)
class Administrator:
    """An agency's administrator; the flags say what was new."""

    email: str
    agency_code: str
    is_new: bool
    is_new_agency: bool


def administrator_exists(*, email: str, agency_code: str) -> bool:
    """Return whether this person administers the agency already; raise InvalidInput when they are another.

    An operator learns that an address is taken; where, only row security knows.
    """
    if not email_is_taken(email.strip().lower()):
        return False
    if agency_exists(agency_code):
        access = operator_access(find_agency(agency_code))
        with agency_scope(access):
            person = User.objects.visible_to(access).filter(email=email.strip().lower()).first()
        if person is not None and person.role == RoleChoice.ADMIN and person.is_active:
            return True
    raise InvalidInput(
        errors={"email": ["Somebody who is not an active administrator of this agency has this address."]}
    )


@transaction.atomic
def create_administrator(
    *, email: str, name: str, password: str, agency_code: str, agency_name: str = "", time_zone: str = "UTC"
) -> Administrator:
    """Create an agency's administrator, and the agency where its name is given and its code is new.

    Safe to run twice. Raise NotFound for an unknown agency without a name, InvalidInput for wrong values.
    """
    if administrator_exists(email=email, agency_code=agency_code):
        return Administrator(email, agency_code, is_new=False, is_new_agency=False)
    if password.startswith(DEMO_PASSWORD_PREFIX):
        raise InvalidInput(errors={"password": ["This password looks like one of the demonstration's."]})
    is_new_agency = bool(agency_name) and not agency_exists(agency_code)
    if is_new_agency:
        create_agency(code=agency_code, name=agency_name, time_zone=time_zone)
    access: Access = operator_access(find_agency(agency_code))
    with agency_scope(access, reason="administrator created by an operator"):
        user = create_user(access=access, password=password, email=email, name=name, role=RoleChoice.ADMIN)
    return Administrator(user.email, agency_code, is_new=True, is_new_agency=is_new_agency)


def find_person(access: Access, email: str) -> User:
    """Return the person of the agency with this address; raise NotFound."""
    person: User | None = User.objects.visible_to(access).filter(email=email.strip().lower()).first()
    if person is None:
        raise NotFound(f"Nobody of this agency has the address {email}.", code="unknown_person")
    return person


def end_agency_sessions(access: Access) -> int:
    """End every open session of an agency; return how many."""
    people = User.objects.visible_to(access).filter(
        pk__in=UserSession.objects.visible_to(access).open().values("user_id")
    )
    return sum(end_sessions_of(person, because=EndReason.BY_OPERATOR) for person in people)


def close_idle_accounts(access: Access, days: int) -> tuple[list[str], list[str]]:
    """Close the accounts that nobody used for so many days; return their addresses, and those spared.

    Use is a sign-in, a session's last request, or a key's. Somebody invited is idle since the invitation.
    """
    since = datetime.now(UTC) - timedelta(days=days)
    closed, spared = [], []
    for person in User.objects.visible_to(access).filter(is_active=True).order_by("email"):
        if last_use(access, person) >= since:
            continue
        if is_last_administrator(access, person):
            spared.append(person.email)
            continue
        deactivate_user(access=access, user=person, reason=f"unused for {days} days")
        closed.append(person.email)
    return closed, spared


def last_use(access: Access, person: User) -> datetime:
    """Return when the person's account was last used by anybody or anything."""
    sessions = UserSession.objects.visible_to(access).filter(user_id=person.pk)
    keys = ApiKey.objects.visible_to(access).filter(user_id=person.pk)
    moments = [
        person.created_at,
        person.invited_at,
        person.last_login_at,
        sessions.aggregate(last=Max("last_seen_at"))["last"],
        keys.aggregate(last=Max("last_used_at"))["last"],
    ]
    return max([moment for moment in moments if isinstance(moment, datetime)])


def is_last_administrator(access: Access, person: User) -> bool:
    """Return whether nobody else could let people in again."""
    admins = User.objects.visible_to(access).filter(is_active=True, role=RoleChoice.ADMIN)
    return person.role == RoleChoice.ADMIN and not admins.exclude(pk=person.pk).exists()
