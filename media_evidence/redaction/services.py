"""The verbs for redacted copies: order one, cancel it, look at it, release it."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BufferedReader
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from media_evidence import store
from media_evidence.choices import RedactionState
from media_evidence.custody.verbs import workable
from media_evidence.jobs import make_redaction_job
from media_evidence.models import Evidence, Redaction
from media_evidence.redaction.gate import latest_checks, why_not
from media_evidence.redaction.regions import checked_regions
from media_evidence.rules import refuse_quarantined
from media_evidence.services import find_evidence, refuse_disposed, refuse_without_file, stored_file
from media_evidence.store import StoredFile
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound
from nethra.core.parsing import rendering
from nethra.core.parsing.rendering import CannotRender, Shown
from nethra.jobs.queue import enqueue

TABLE = "media_evidence_redaction"
UNDER_WAY = (RedactionState.WAITING, RedactionState.WORKING)


@transaction.atomic
def order_redaction(*, access: Access, evidence: Evidence, regions: Any) -> Redaction:
    """Order a copy of an exhibit without these regions and return it; a worker makes it.

    Raise NotAllowed, NotFound, Gone once the exhibit was disposed of, Conflict also when it is in quarantine,
    InvalidInput.
    """
    kept = checked_regions(regions)
    stored = workable(access, evidence.pk)
    refuse_without_file(stored)
    refuse_disposed(stored)
    refuse_quarantined(stored)
    copies = Redaction._base_manager.filter(agency_id=access.agency_id, evidence_id=stored.pk)
    redaction = Redaction(
        agency_id=access.agency_id,
        case_id=stored.case_id,
        evidence_id=stored.pk,
        # The exhibit is locked: two orders cannot count to the same number.
        position=(copies.aggregate(most=Max("position"))["most"] or 0) + 1,
        regions=kept,
        ordered_by_id=access.author_id,
    )
    redaction.save(force_insert=True)
    enqueue(make_redaction_job, agency_id=access.agency_id, redaction_id=redaction.pk)
    return redaction


@transaction.atomic
def cancel_redaction(*, access: Access, redaction: Redaction) -> Redaction:
    """Stop a copy that is not made yet; raise NotAllowed, NotFound, or Conflict where it is."""
    stored = _locked(access, redaction, Capability.ADD_EVIDENCE)
    if stored.state not in UNDER_WAY:
        raise Conflict("The copy is not being made any more.", code="not_under_way")
    stored.state = RedactionState.CANCELLED
    stored.save(update_fields=["state"])
    return stored


@transaction.atomic
def release_redaction(*, access: Access, redaction: Redaction, to_name: str, reason: str) -> Redaction:
    """Record to whom a copy is given out, and why.

    Raise NotAllowed, NotFound, InvalidInput, and Conflict where it is not made, not what was checked, or where the
    check found that something remains in it (code not_releasable); also while the exhibit is in quarantine.
    """
    stored = _locked(access, redaction, Capability.MANAGE_EVIDENCE)
    refuse_quarantined(stored.evidence)
    said = {"to_name": to_name.strip(), "reason": reason.strip()}
    if errors := {name: ["Say to whom, and why."] for name, text in said.items() if not text}:
        raise InvalidInput(errors=errors)
    if stored.state != RedactionState.MADE:
        raise Conflict("The copy is not made.", code="not_made")
    if stored.released_at is not None:
        raise Conflict(f"The copy was released already, to {stored.released_to}.", code="already_released")
    _refuse_what_remains(stored)
    stored.released_at, stored.released_by_id = datetime.now(UTC), access.author_id
    stored.released_to, stored.release_reason = said["to_name"], said["reason"]
    stored.save(update_fields=["released_at", "released_by", "released_to", "release_reason"])
    return stored


@transaction.atomic
def hand_out_redaction(*, access: Access, redaction_id: UUID) -> tuple[Redaction, StoredFile]:
    """Return a made copy and its file, for a download that the audit then knows of.

    Raise NotAllowed, NotFound, Gone once the exhibit was disposed of, Conflict when there is no file, or the exhibit is
    in quarantine.
    """
    redaction = find_redaction(access, redaction_id)
    refuse_disposed(redaction.evidence)
    refuse_quarantined(redaction.evidence)
    if redaction.state != RedactionState.MADE:
        raise Conflict("There is no file of this copy.", code="not_made")
    file = stored_file(redaction.agency_id, redaction.sha256)
    record_event(
        action="redaction_downloaded",
        entity=TABLE,
        object_id=redaction.pk,
        body={"case_id": redaction.case_id, "evidence_id": redaction.evidence_id},
    )
    return redaction, file


def show_page(*, access: Access, evidence_id: UUID, page: int) -> Shown:
    """Return a page of an exhibit, counted from 1, or its text, as regions are chosen on it.

    Raise NotAllowed, NotFound, Gone once it was disposed of, Conflict where it cannot be shown (code not_shown) or is
    in quarantine.
    """
    access.require(Capability.ADD_EVIDENCE)
    evidence = find_evidence(access, evidence_id)
    refuse_without_file(evidence)
    refuse_disposed(evidence)
    refuse_quarantined(evidence)
    try:
        with opened(evidence) as file:
            return rendering.show(file, page)
    except CannotRender as problem:
        raise Conflict(str(problem), code="not_shown") from problem


def opened(evidence: Evidence) -> BufferedReader:
    """Return an exhibit's file, open; raise CannotRender where it is not in the store."""
    try:
        return store.files().opened(evidence.agency_id, evidence.sha256)
    except FileNotFoundError:
        raise CannotRender("The file is not in the store; an administrator must look.") from None


def find_redaction(access: Access, redaction_id: UUID) -> Redaction:
    """Return a copy that this access may see; raise NotAllowed, NotFound."""
    access.require(Capability.VIEW_EVIDENCE)
    found: Redaction | None = (
        Redaction.objects.visible_to(access).filter(pk=redaction_id).select_related("evidence").first()
    )
    if found is None:
        raise NotFound()
    return found


def _locked(access: Access, redaction: Redaction, capability: Capability) -> Redaction:
    access.require(capability)
    find_redaction(access, redaction.pk)
    refuse_disposed(workable(access, redaction.evidence_id))
    stored: Redaction = Redaction._base_manager.select_for_update().get(
        agency_id=access.agency_id, pk=redaction.pk
    )
    return stored


def _refuse_what_remains(redaction: Redaction) -> None:
    if sentence := why_not(latest_checks([redaction]).get(redaction.pk)):
        raise Conflict(f"It is not released. {sentence}", code="not_releasable")
    try:
        found = store.files().digest(redaction.agency_id, redaction.sha256)
    except FileNotFoundError:
        found = ""
    if found != redaction.sha256:
        raise Conflict("It is not released. Its file is not what was checked.", code="not_releasable")
