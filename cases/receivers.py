"""What cases say when something below them is about to change."""

from __future__ import annotations

from itertools import chain
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from cases.models import Case, CaseIncident
from incidents.models import Incident
from incidents.signals import incidents_about_to_go
from nethra.core.access import Access


@receiver(incidents_about_to_go)
def hold_incidents(sender: Any, access: Access, batch_id: UUID, **_: Any) -> list[str]:
    """Return the incidents of an import that cases are about, each with its case's number.

    Cases that are closed to the person hold theirs as well, and are not named.
    """
    began = Case._base_manager.filter(
        agency_id=access.agency_id, primary_incident__import_batch_id=batch_id
    ).values_list("primary_incident_id", "primary_incident__number", "pk", "number")
    linked = CaseIncident._base_manager.filter(
        agency_id=access.agency_id, incident__import_batch_id=batch_id
    ).values_list("incident_id", "incident__number", "case_id", "case__number")
    pairs = list(chain(began, linked))
    cases = set(
        Case.objects.visible_to(access).filter(pk__in=[p[2] for p in pairs]).values_list("pk", flat=True)
    )
    seen = Incident.objects.visible_to(access).filter(pk__in=[p[0] for p in pairs])
    incidents = set(seen.values_list("pk", flat=True))
    return [
        f"{incident if key in incidents else 'an incident'} "
        f"({f'case {number}' if case in cases else 'a case that is closed to you'})"
        for key, incident, case, number in pairs
    ]
