"""The access review: who may what in an agency, as a list that a supervisor signs (CJIS AC-2, AU-6)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string

from accounts.models import Agency, ApiKey, HoursException, User
from accounts.operators import last_use
from accounts.roles import UNADJUSTED, rules_of
from accounts.second_factor import has_factor
from accounts.states import state_of
from nethra.audit.services import record_event
from nethra.core.access import Access


def review_of(access: Access) -> dict[str, Any]:
    """Return the review: agency, time, people with their rights, and the SHA-256 of the people's list.

    The digest is of the list as JSON with sorted keys, so that a signed page can be compared with a later one.
    """
    agency: Agency = Agency.objects.visible_to(access).get()
    people = User.objects.visible_to(access).select_related("unit", "agency").order_by("name", "id")
    rules = rules_of(access.agency_id)
    for person in people:
        person.role_rule = rules.get(person.role, UNADJUSTED)
    rows = [_person(access, person) for person in people]
    text = json.dumps(rows, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    record_event(
        action="access_review", entity="accounts_agency", object_id=agency.pk, body={"sha256": digest}
    )
    return {
        "agency": agency.name,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "people": rows,
        "sha256": digest,
    }


def _person(access: Access, person: User) -> dict[str, Any]:
    keys = ApiKey.objects.visible_to(access).filter(user_id=person.pk)
    now = datetime.now(UTC)
    exceptions = HoursException.objects.visible_to(access).filter(user_id=person.pk, ends_at__gt=now)
    used = last_use(access, person)
    return {
        "name": person.name,
        "email": person.email,
        "badge_number": person.badge_number,
        "unit": person.unit.name if person.unit else "",
        "role": person.role,
        "role_name": person.get_role_display(),
        "is_platform_admin": person.is_platform_admin,
        "state": state_of(person).label,
        "second_factor": has_factor(person),
        "last_seen": used.date().isoformat() if person.last_login_at else "",
        "capabilities": sorted(person.capabilities),
        "keys": [f"{key.name}: {', '.join(key.scopes)}" for key in keys if key.is_live],
        "hours_exceptions": [f"{exception}: {exception.reason}" for exception in exceptions],
    }


def review_page(review: dict[str, Any]) -> str:
    """Return the review as one HTML page that asks nothing of any network."""
    return render_to_string("accounts/review.html", review)
