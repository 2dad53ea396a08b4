"""What cases say when something below them is about to change."""

from __future__ import annotations

from itertools import chain
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from cases.models import Case, CaseIncident
from incidents.signals import incidents_about_to_go
from nethra.core.access import Access


@receiver(incidents_about_to_go)
def hold_incidents(sender: Any, access: Access, batch_id: UUID, **_: Any) -> list[str]:
    """Return the incidents of an import that cases are about, each with its case's number."""
    began = Case.objects.visible_to(access).filter(primary_incident__import_batch_id=batch_id)
    linked = CaseIncident.objects.visible_to(access).filter(incident__import_batch_id=batch_id)
    pairs = chain(
        began.values_list("primary_incident__number", "number"),
        linked.values_list("incident__number", "case__number"),
    )
    return [f"{incident} (case {case})" for incident, case in pairs]
