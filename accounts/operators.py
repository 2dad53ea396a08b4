"""What operators set up from the shell: an agency's first administrator."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from accounts.choices import RoleChoice
from accounts.models import User
from accounts.services import agency_exists, create_agency, create_user, email_is_taken, find_agency
from nethra.core.access import Access, operator_access
from nethra.core.errors import InvalidInput
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
