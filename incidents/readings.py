"""Who read a sealed incident, and why: it is not read without a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from incidents.models import Incident, IncidentReading
from incidents.policies import unexplained
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import ReasonNeeded
from nethra.core.readings import Reason, keep_reading


def needs_reason(access: Access, incident: Incident) -> bool:
    """Return whether this person must say why before they read the incident: it is sealed, and they have not."""
    if access.is_whole or not _reads_sealed(access, incident):
        return False
    found = Incident._base_manager.filter(agency_id=access.agency_id, pk=incident.pk)
    return found.filter(unexplained(access)).exists()


def note_reading(
    access: Access, incident: Incident, reason: Reason | None = None, *, looked: bool = True
) -> None:
    """Keep that this access read what an order seals; raise ReasonNeeded where no reason was given yet.

    Of other incidents, and of the unsealed parts that everybody reads, no reading is kept.
    """
    if access.is_whole or not _reads_sealed(access, incident):
        return
    if reason is None and needs_reason(access, incident):
        raise ReasonNeeded(incident)
    keep_reading(access, IncidentReading, {"incident_id": incident.pk}, reason, looked=looked)


def note_opening(access: Access, key: UUID, reason: Reason | None = None) -> None:
    """Keep, as note_reading does, that this access opens the incident with this key; nothing where it sees none."""
    if not access.may(Capability.READ_SEALED):
        return
    sealed = Incident.objects.visible_to(access).filter(pk=key, is_guarded=True).first()
    if sealed is not None:
        note_reading(access, sealed, reason)


def _reads_sealed(access: Access, incident: Incident) -> bool:
    lifted = incident.seal_lifted_until is not None and incident.seal_lifted_until > datetime.now(UTC)
    return bool(incident.sealed_parts) and not lifted and access.may(Capability.READ_SEALED)
