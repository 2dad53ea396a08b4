"""Writing an entry of a chain of custody, as the database's rules allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cases.services import check
from media_evidence.choices import CustodyKind
from media_evidence.models import CustodyEvent, Evidence
from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from nethra.core.refusals import refused_by

#: What may be said of an entry besides whom it concerns.
DETAILS = frozenset({"happened_at", "place", "seal_number", "reason"})
#: What may be said besides where a thing goes out or comes back.
OF_THINGS = frozenset({"purpose", "due_back_on", "seal_condition"})
#: Looking again within this time is no entry of its own: a film is fetched in hundreds of parts.
SAME_READING = timedelta(hours=1)


def write_entry(evidence: Evidence, kind: str, details: dict[str, Any], **whom: Any) -> CustodyEvent:
    """Return a new entry as the database completed it; raise InvalidInput, or Conflict where its rules refuse."""
    unknown = sorted(set(details) - DETAILS - OF_THINGS)
    if unknown:
        raise InvalidInput(errors={name: ["This field cannot be set."] for name in unknown})
    said = {name: value for name, value in details.items() if value not in (None, "")}
    happened_at = said.pop("happened_at", None) or datetime.now(UTC)
    if happened_at > datetime.now(UTC) + timedelta(minutes=5):
        raise InvalidInput(errors={"happened_at": ["It cannot have happened in the future."]})
    event = CustodyEvent(
        agency_id=evidence.agency_id,
        case_id=evidence.case_id,
        evidence_id=evidence.pk,
        kind=kind,
        happened_at=happened_at,
        **said,
        **whom,
    )
    check(event)
    with refused_by("custody_step"):
        event.save(force_insert=True)
    completed: CustodyEvent = CustodyEvent._base_manager.get(agency_id=evidence.agency_id, pk=event.pk)
    return completed


def note_reading(access: Access, evidence: Evidence, kind: CustodyKind) -> None:
    """Record that a person viewed or downloaded an exhibit; once in an hour, since the audit has every request.

    Who reads what is written of a thing has not seen the thing.
    """
    if access.is_whole or evidence.is_physical:
        return
    lately = CustodyEvent.objects.visible_to(access).filter(
        evidence_id=evidence.pk,
        kind=kind,
        recorded_by_id=access.author_id,
        recorded_at__gt=datetime.now(UTC) - SAME_READING,
    )
    if not lately.exists():
        write_entry(evidence, kind, {})
