"""The verbs for seals of cases, by the number of an order."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.dispatch import receiver

from cases.access import is_excluded
from cases.choices import SealedPart
from cases.models import Case, CaseIncident, CaseSeal
from incidents.models import Incident
from incidents.sealing import lift_seal, place_seal, remove_seal, seal_in_force
from incidents.signals import incident_about_to_be_sealed
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound


@transaction.atomic
def seal_case(*, access: Access, case_id: Any, parts: Collection[str], **order: Any) -> CaseSeal:
    """Seal a case with its incidents, or its notes, people or evidence, by an order; from then on few read it.

    ``order`` holds order_number, authority and reason. Whoever seals need not be able to read the case.
    Raise NotAllowed, ProofNeeded, NotFound, Conflict where an order seals it already, InvalidInput.
    """
    stored = locked_for_sealing(access, case_id)
    seal = CaseSeal(agency_id=access.agency_id, case=stored)
    place_seal(access, stored, seal, parts, SealedPart.values, order)
    return seal


@transaction.atomic
def lift_case_seal(*, access: Access, case_id: Any, until: datetime, order_number: str) -> CaseSeal:
    """Open a sealed case until a time, by another order; raise NotAllowed, NotFound, InvalidInput."""
    stored = locked_for_sealing(access, case_id)
    seal = seal_in_force(CaseSeal.objects.visible_to(access).filter(case_id=stored.pk))
    lift_seal(access, stored, seal, until, order_number)
    return seal  # type: ignore[return-value]


@transaction.atomic
def remove_case_seal(*, access: Access, case_id: Any, order_number: str) -> CaseSeal:
    """End a seal for good, by another order; raise NotAllowed, NotFound, InvalidInput."""
    stored = locked_for_sealing(access, case_id)
    seal = seal_in_force(CaseSeal.objects.visible_to(access).filter(case_id=stored.pk))
    remove_seal(access, stored, seal, order_number)
    return seal  # type: ignore[return-value]


def locked_for_sealing(access: Access, case_id: Any) -> Case:
    """Return a case, locked, for whoever seals records; raise NotAllowed, ProofNeeded, NotFound."""
    access.require(Capability.SEAL_RECORDS)
    access.require_proof()
    cases = Case._base_manager.filter(agency_id=access.agency_id, pk=case_id).select_for_update()
    case: Case | None = cases.first()
    if case is None or (access.user_id is not None and is_excluded(case, access.user_id)):
        raise NotFound()
    return case


@receiver(incident_about_to_be_sealed)
def name_case(sender: Any, incident: Incident, **_: Any) -> str:
    """Return the number of a case that is about the incident, '' where there is none."""
    links = CaseIncident._base_manager.filter(agency_id=incident.agency_id, incident_id=incident.pk)
    cases = Case._base_manager.filter(agency_id=incident.agency_id).filter(
        Q(primary_incident_id=incident.pk) | Q(pk__in=links.values("case_id"))
    )
    return cases.values_list("number", flat=True).first() or ""
