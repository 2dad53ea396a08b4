"""The verbs of disposal: asked for by one who manages evidence, decided by another, called back within a week."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from cases.services import check
from media_evidence.choices import UNDER_WAY, DisposalState
from media_evidence.keeping.categories import locked_exhibit
from media_evidence.keeping.planning import verdict_on
from media_evidence.models import Disposal, Evidence
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.refusals import refused_by


@transaction.atomic
def ask_disposal(*, access: Access, evidence: Evidence, reason: str) -> Disposal:
    """Return a request to dispose of an exhibit that is due; a second person decides.

    Raise NotAllowed, NotFound, Conflict (code not_due where the rules keep it), InvalidInput without a reason.
    """
    stored = locked_exhibit(access, evidence.pk)
    if not reason.strip():
        raise InvalidInput(errors={"reason": ["Say why it is disposed of."]})
    person = _require_person(access)
    _require_due(access, stored)
    under_way = Disposal.objects.visible_to(access).filter(evidence_id=stored.pk, state__in=UNDER_WAY)
    if under_way.exists():
        raise Conflict("A disposal of this exhibit is under way already.", code="under_way")
    disposal = Disposal(
        agency_id=stored.agency_id,
        case_id=stored.case_id,
        evidence_id=stored.pk,
        reason=reason.strip(),
        asked_by_id=person,
    )
    check(disposal)
    disposal.save(force_insert=True)
    return _read(disposal)


@transaction.atomic
def approve_disposal(*, access: Access, disposal: Disposal) -> Disposal:
    """Approve a disposal as the second person; it is carried out after a week in which it can be called back.

    Raise NotAllowed for the one who asked, ProofNeeded, NotFound, Conflict where it is answered or no longer due.
    """
    stored = _locked(access, disposal)
    access.require_proof()
    _require_second(access, stored)
    _require_due(access, stored.evidence)
    return _moved(stored, DisposalState.APPROVED)


@transaction.atomic
def decline_disposal(*, access: Access, disposal: Disposal, reason: str) -> Disposal:
    """Keep an exhibit whose disposal somebody else asked for; raise NotAllowed, NotFound, Conflict, InvalidInput."""
    stored = _locked(access, disposal)
    _require_second(access, stored)
    return _moved(stored, DisposalState.DECLINED, note=_told(reason))


@transaction.atomic
def call_back(*, access: Access, disposal: Disposal, reason: str) -> Disposal:
    """End a disposal before it is carried out: one's own request, or an approved one of anybody's.

    Raise NotAllowed, NotFound, Conflict, InvalidInput without a reason.
    """
    stored = _locked(access, disposal)
    if stored.state == DisposalState.WAITING and stored.asked_by_id != access.author_id:
        raise NotAllowed("Whoever asked calls it back; you can decline it.", code="not_yours")
    return _moved(stored, DisposalState.CALLED_BACK, note=_told(reason))


def steps_for(access: Access, disposal: Disposal) -> frozenset[str]:
    """Return what this access may do with a disposal that it sees: approve, decline, call_back."""
    if not access.may(Capability.MANAGE_EVIDENCE) or access.author_id is None:
        return frozenset()
    if disposal.state == DisposalState.APPROVED:
        return frozenset({"call_back"})
    if disposal.state != DisposalState.WAITING:
        return frozenset()
    is_own = disposal.asked_by_id == access.author_id
    return frozenset({"call_back"} if is_own else {"approve", "decline"})


def _locked(access: Access, disposal: Disposal) -> Disposal:
    """Return a disposal that is under way, locked after its case and exhibit."""
    access.require(Capability.MANAGE_EVIDENCE)
    seen = Disposal.objects.visible_to(access).filter(pk=disposal.pk).first()
    if seen is None:
        raise NotFound()
    _require_person(access)
    if seen.state not in UNDER_WAY:
        raise Conflict("This disposal is over already.", code="answered_already")
    exhibit = locked_exhibit(access, seen.evidence_id)
    stored: Disposal = Disposal._base_manager.select_for_update().get(agency_id=access.agency_id, pk=seen.pk)
    stored.evidence = exhibit
    return stored


def _require_person(access: Access) -> UUID:
    if access.author_id is None:
        raise NotAllowed("A disposal is decided by people of the agency, in their own names.")
    return access.author_id


def _require_second(access: Access, disposal: Disposal) -> None:
    if disposal.state != DisposalState.WAITING:
        raise Conflict("This disposal was answered already.", code="answered_already")
    if disposal.asked_by_id == access.author_id:
        raise NotAllowed("A second person answers a request to dispose of an exhibit.", code="second_person")


def _require_due(access: Access, evidence: Evidence) -> None:
    verdict = verdict_on(access, evidence)
    if not verdict.is_due:
        raise Conflict(verdict.reason, code="not_due")


def _told(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput(errors={"reason": ["Say why it is kept."]})
    if len(reason.strip()) > 1000:
        raise InvalidInput(errors={"reason": ["Use at most 1000 characters."]})
    return reason.strip()


def _moved(disposal: Disposal, state: DisposalState, **values: Any) -> Disposal:
    disposal.state = state
    for name, value in values.items():
        setattr(disposal, name, value)
    save_step(disposal, [*values])
    return _read(disposal)


def save_step(disposal: Disposal, columns: list[str]) -> None:
    """Write where a disposal stands; raise Conflict with the database's sentence where its rules refuse."""
    with refused_by("disposal_step"):
        disposal.save(update_fields=["state", *columns])


def _read(disposal: Disposal) -> Disposal:
    completed: Disposal = Disposal._base_manager.get(agency_id=disposal.agency_id, pk=disposal.pk)
    return completed
