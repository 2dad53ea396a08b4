"""Cases for tests, made by the services that make them in life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cases.choices import CaseStatus
from cases.models import Case, Emergency
from cases.services import open_case
from cases.transitions import move_case
from incidents.models import Incident
from nethra.core.access import Access
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

#: From open to each status, by moves of the table.
PATHS: dict[str, tuple[str, ...]] = {
    CaseStatus.OPEN: (),
    CaseStatus.UNDER_INVESTIGATION: (CaseStatus.UNDER_INVESTIGATION,),
    CaseStatus.SUSPENDED: (CaseStatus.SUSPENDED,),
    CaseStatus.REFERRED: (CaseStatus.REFERRED,),
    CaseStatus.CLOSED_CLEARED: (CaseStatus.UNDER_INVESTIGATION, CaseStatus.CLOSED_CLEARED),
    CaseStatus.CLOSED_UNFOUNDED: (CaseStatus.CLOSED_UNFOUNDED,),
    CaseStatus.REOPENED: (CaseStatus.CLOSED_UNFOUNDED, CaseStatus.REOPENED),
}
#: All that any move asks for.
SAID = {"reason": "The laboratory answered.", "referred_to": "County Sheriff", "clearance": "arrest"}


def make_case(access: Access, incident: Incident | None = None, **values: Any) -> Case:
    """Return a case about an incident, by default a new one."""
    incident = incident or make_incident(access)
    with agency_scope(access):
        return open_case(access=access, incident=incident, **values)


def move(access: Access, case: Case, target: str, **values: Any) -> Case:
    """Return the case moved."""
    with agency_scope(access):
        return move_case(access=access, case=case, target=target, **values)


def make_case_in(cast: Cast, status: str, incident: Incident | None = None, **values: Any) -> Case:
    """Return a case of the officer's that came to a status by moves of the supervisor's."""
    case = make_case(access_for(cast.officer), incident, lead_id=cast.officer.pk, **values)
    for step in PATHS[status]:
        case = move(access_for(cast.supervisor), case, step, **SAID)
    return case


def make_past_emergency(access: Access, case: Case, user_id: UUID, **values: Any) -> Emergency:
    """Return an emergency of yesterday's, made in the caller's scope: over, and waiting for its review."""
    now = datetime.now(UTC)
    own: dict[str, Any] = {"agency_id": access.agency_id, "case": case, "user_id": user_id}
    emergency = Emergency.objects.create(
        **own, **{"reason": "Once"} | values, expires_at=now + timedelta(hours=1)
    )
    # An emergency opens when its row is made; only afterwards can it lie in the past.
    over = {"opened_at": now - timedelta(days=1), "expires_at": now - timedelta(hours=20)}
    Emergency.objects.visible_to(access).filter(pk=emergency.pk).update(**over)
    return emergency


def stored(case: Case) -> Case:
    """Return the case as it stands, with nothing known of earlier questions."""
    return Case._base_manager.get(pk=case.pk)
