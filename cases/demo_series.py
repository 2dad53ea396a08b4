"""The demonstration's solved series: closed cases with the offender who did several, to learn links from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from accounts.models import User
from cases.choices import CaseStatus, InvolvedRole
from cases.models import Case, CaseIncident
from cases.people import add_person
from cases.services import open_case
from cases.transitions import move_case
from incidents.models import Incident
from nethra.core.access import Access
from nethra.core.scope import Scope, set_scope

#: Every third offender was found twice, so that two cases bear the name.
TWICE = 3
_FIRST = ("Ada", "Bo", "Carl", "Dora", "Emil", "Fay", "Gus", "Hal", "Ida", "Jan")
_LAST = ("Marlow", "Pike", "Quist", "Rudd", "Sorley", "Tamm", "Upton")


def seed_solved(access: Access, people: dict[str, User], solved: Sequence[Sequence[str]]) -> set[UUID]:
    """Store a closed case, or two, for each offender's incidents (external ids); return the incidents' keys.

    The officer investigates and the supervisor closes, in their own scopes; the caller's is left behind.
    """
    officer, supervisor = (replace(access, user_id=people[label].pk) for label in ("officer", "supervisor"))
    incidents = _incidents(access, [number for numbers in solved for number in numbers])
    for at, numbers in enumerate(solved):
        own = [incidents[number] for number in numbers]
        half = len(own) // 2 if at % TWICE == 0 and len(own) > 3 else len(own)
        for part in (own[:half], own[half:]):
            if part:
                set_scope(Scope.of(officer, reason="demonstration seeded"))
                case = _investigated(officer, part, at, people["officer"])
                set_scope(Scope.of(supervisor))
                _close(supervisor, case)
    return {incident.pk for incident in incidents.values()}


def offender(number: int) -> dict[str, Any]:
    """Return name and day of birth of an offender; no two are of one name."""
    name = f"{_FIRST[number % len(_FIRST)]} {_LAST[(number // len(_FIRST) + number) % len(_LAST)]}"
    return {"name": name, "born_on": date(1965 + 7 * number % 35, 1 + number % 12, 1 + 5 * number % 28)}


def _incidents(access: Access, numbers: Sequence[str]) -> dict[str, Incident]:
    found = Incident.objects.visible_to(access).filter(source="demo", external_id__in=numbers)
    return {str(incident.external_id): incident for incident in found}


def _investigated(access: Access, incidents: Sequence[Incident], number: int, lead: User) -> Case:
    case = open_case(
        access=access,
        incident=incidents[0],
        notes=f"{len(incidents)} alike, put to one person.",
        priority="normal",
        lead_id=lead.pk,
    )
    # Linked at once: one by one they would take as long as all that is seeded besides.
    CaseIncident.objects.bulk_create(
        CaseIncident(agency_id=access.agency_id, case=case, incident=incident, linked_by_id=lead.pk)
        for incident in incidents[1:]
    )
    add_person(access=access, case=case, role=InvolvedRole.SUSPECT, **offender(number))
    return move_case(access=access, case=case, target=CaseStatus.UNDER_INVESTIGATION)


def _close(access: Access, case: Case) -> None:
    reason = "Confessed to all of them; the goods were found."
    move_case(access=access, case=case, target=CaseStatus.CLOSED_CLEARED, reason=reason, clearance="arrest")
