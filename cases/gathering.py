"""One case of several incidents: those that somebody picked on the map or in a list."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from cases.models import Case
from cases.services import link_incident, open_case
from incidents.models import Incident
from nethra.core.access import Access
from nethra.core.errors import InvalidInput, NotFound

#: Of more than these nobody has looked at each.
MAX_GATHERED = 50
TOO_MANY = f"A case is made of {MAX_GATHERED} incidents at most: narrow them first."


@transaction.atomic
def gather_case(*, access: Access, incident_ids: Sequence[UUID], first: UUID, title: str = "") -> Case:
    """Return a new case that ``first`` began, with the other incidents linked to it; all of it or nothing.

    Raise NotFound where one of them is not this access's, InvalidInput for more than 50, and what opening a case
    and linking an incident raise.
    """
    others = [key for key in dict.fromkeys(incident_ids) if key != first]
    if len(others) >= MAX_GATHERED:
        raise InvalidInput(TOO_MANY, code="too_many_incidents", errors={"incidents": [TOO_MANY]})
    case = open_case(access=access, incident=_incident(access, first), title=title)
    for key in others:
        link_incident(access=access, case=case, incident=_incident(access, key))
    return case


def _incident(access: Access, key: UUID) -> Incident:
    found = Incident.objects.visible_to(access).filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such incident.")
    return found
