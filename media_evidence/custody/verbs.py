"""The verbs of custody. An entry is written once, by the database's rules; what was said wrong is corrected by another.

Who holds an exhibit hands it over, and the hand-over counts when the other accepts. Whoever manages evidence may act in
the holder's place, and alone places and lifts holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.roles import access_of_person
from cases.access import level_of, refuse_unworkable
from cases.choices import Level
from cases.models import Case
from cases.services import check_person
from media_evidence.choices import CustodyKind, CustodyState
from media_evidence.custody.entries import DETAILS, write_entry
from media_evidence.jobs import mail_hand_over
from media_evidence.models import CustodyEvent, Evidence, Item, StorageLocation
from media_evidence.services import find_evidence
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.jobs.queue import enqueue

K = CustodyKind
#: What a person says of an exhibit without it changing hands.
NOTED = frozenset({K.COLLECTED, K.ANALYSED, K.CORRECTED})


@transaction.atomic
def note_custody(
    *, access: Access, evidence: Evidence, kind: str, from_name: str = "", **details: Any
) -> CustodyEvent:
    """Record that an exhibit was collected or analysed, or correct an earlier entry; a reason says what was done.

    Raise NotAllowed, NotFound, Conflict, InvalidInput.
    """
    if kind not in NOTED:
        raise InvalidInput(errors={"kind": ["This is not noted, it is done: by another request."]})
    stored = workable(access, evidence.pk)
    _need_reason(details, unless=kind == K.COLLECTED)
    return write_entry(stored, kind, details, from_name=from_name)


@transaction.atomic
def hand_over(*, access: Access, evidence: Evidence, to_person_id: UUID, **details: Any) -> CustodyEvent:
    """Offer an exhibit to a colleague who sees it, and mail them; it changes hands when they accept.

    Raise NotAllowed where somebody else holds it, NotFound, Conflict, InvalidInput.
    """
    stored = workable(access, evidence.pk)
    _require_holding(access, stored)
    _check_receiver(access, stored, to_person_id)
    offer = write_entry(stored, K.TRANSFERRED, details, to_person_id=to_person_id)
    enqueue(mail_hand_over, agency_id=access.agency_id, event_id=offer.pk)
    return offer


@transaction.atomic
def accept(*, access: Access, evidence: Evidence, **details: Any) -> CustodyEvent:
    """Take what is offered to oneself into one's hands; raise NotAllowed, NotFound, Conflict, InvalidInput."""
    return _answered(access, evidence.pk, K.ACCEPTED, details)


@transaction.atomic
def decline(*, access: Access, evidence: Evidence, **details: Any) -> CustodyEvent:
    """Leave what is offered to oneself where it is, for a reason.

    Raise NotAllowed, NotFound, Conflict, InvalidInput.
    """
    _need_reason(details)
    return _answered(access, evidence.pk, K.DECLINED, details)


@transaction.atomic
def withdraw(*, access: Access, evidence: Evidence, **details: Any) -> CustodyEvent:
    """Take an offer back that nobody has answered; raise NotAllowed, NotFound, Conflict, InvalidInput."""
    stored = workable(access, evidence.pk)
    _require_holding(access, stored)
    return write_entry(stored, K.WITHDRAWN, details)


@transaction.atomic
def release(*, access: Access, evidence: Evidence, to_name: str, **details: Any) -> CustodyEvent:
    """Give an exhibit out of the agency's hands: to a laboratory, a court, its owner. A reason says why.

    Raise NotAllowed, NotFound, Conflict, InvalidInput.
    """
    stored = workable(access, evidence.pk)
    _require_holding(access, stored)
    if not to_name.strip():
        raise InvalidInput(errors={"to_name": ["Say to whom it is released."]})
    _need_reason(details)
    return write_entry(stored, K.RELEASED, details, to_name=to_name)


@transaction.atomic
def take_back(*, access: Access, evidence: Evidence, **details: Any) -> CustodyEvent:
    """Take an exhibit that was released into one's own hands; raise NotAllowed, NotFound, Conflict, InvalidInput."""
    stored = workable(access, evidence.pk)
    return write_entry(stored, K.RETURNED, details, to_person_id=access.author_id)


@transaction.atomic
def place_hold(*, access: Access, evidence: Evidence, **details: Any) -> CustodyEvent:
    """Keep an exhibit from being disposed of, on the basis that the reason names.

    Raise NotAllowed, NotFound, Conflict, InvalidInput.
    """
    return _held(access, evidence.pk, K.HOLD_SET, details)


@transaction.atomic
def lift_hold(*, access: Access, evidence: Evidence, **details: Any) -> CustodyEvent:
    """End a hold, for the reason given; raise NotAllowed, NotFound, Conflict, InvalidInput."""
    return _held(access, evidence.pk, K.HOLD_LIFTED, details)


@transaction.atomic
def move(*, access: Access, evidence: Evidence, location_id: UUID, **details: Any) -> CustodyEvent:
    """Put a physical exhibit into a location. Raise NotAllowed, NotFound, Conflict, InvalidInput."""
    stored = workable(access, evidence.pk)
    _require_holding(access, stored)
    if not StorageLocation.objects.visible_to(access).filter(pk=location_id, closed_at=None).exists():
        raise InvalidInput(errors={"location": ["There is no such open location."]})
    return write_entry(stored, K.MOVED, details, location_id=location_id)


@transaction.atomic
def seal(*, access: Access, evidence: Evidence, seal_number: str, **details: Any) -> CustodyEvent:
    """Put a seal on a physical exhibit; the entry says which one it bore before, and why it has another.

    Raise NotAllowed, NotFound, Conflict, InvalidInput.
    """
    stored = workable(access, evidence.pk)
    _require_holding(access, stored)
    if not seal_number.strip():
        raise InvalidInput(errors={"seal_number": ["A seal has a number."]})
    bears_one = Item.objects.visible_to(access).filter(evidence_id=stored.pk).exclude(seal_number="").exists()
    _need_reason(details, unless=not bears_one)
    return write_entry(stored, K.SEALED, {**details, "seal_number": seal_number.strip()})


def take_step(*, access: Access, evidence: Evidence, kind: str, **values: Any) -> CustodyEvent:
    """Do to an exhibit what the kind says; raise NotAllowed, NotFound, Conflict, InvalidInput.

    Besides DETAILS it takes ``to_person_id`` for a hand-over, ``to_name`` for a release and ``from_name`` for
    what was collected from somebody.
    """
    verb, taken = _STEPS.get(kind, (None, ""))
    if verb is None:
        raise InvalidInput(errors={"kind": ["Nobody does this by hand."]})
    spare = sorted(set(values) - DETAILS - {taken})
    if spare:
        raise InvalidInput(
            errors={name.removesuffix("_id"): ["This step takes no such value."] for name in spare}
        )
    if taken in _NEEDED and not values.get(taken):
        raise InvalidInput(errors={taken.removesuffix("_id"): ["Say to whom."]})
    return verb(access=access, evidence=evidence, **values)


def steps_for(access: Access, evidence: Evidence) -> Collection[CustodyKind]:
    """Return what this access may do with an exhibit that it sees, as it stands."""
    if not access.may(Capability.ADD_EVIDENCE) or not _stands_open(access, evidence):
        return frozenset()
    state, steps = evidence.custody, {K.CORRECTED}
    if state == CustodyState.DISPOSED:
        return frozenset(steps)
    steps |= {K.COLLECTED, K.ANALYSED}
    may_hand_on = _may_hand_on(access, evidence)
    if state == CustodyState.HELD and may_hand_on:
        steps |= {K.TRANSFERRED, K.RELEASED}
    if state == CustodyState.OFFERED:
        steps |= {K.WITHDRAWN} if may_hand_on else set()
        steps |= {K.ACCEPTED, K.DECLINED} if evidence.offered_to_id == access.user_id else set()
    if state == CustodyState.RELEASED:
        steps.add(K.RETURNED)
    if access.may(Capability.MANAGE_EVIDENCE):
        steps.add(K.HOLD_LIFTED if evidence.is_on_hold else K.HOLD_SET)
    return frozenset(steps)


def _answered(access: Access, evidence_id: UUID, kind: CustodyKind, details: dict[str, Any]) -> CustodyEvent:
    stored = workable(access, evidence_id)
    if stored.custody == CustodyState.OFFERED and stored.offered_to_id != access.user_id:
        raise NotAllowed("Only the one it is offered to answers.", code="not_offered_to_you")
    return write_entry(stored, kind, details)


def _held(access: Access, evidence_id: UUID, kind: CustodyKind, details: dict[str, Any]) -> CustodyEvent:
    access.require(Capability.MANAGE_EVIDENCE)
    stored = workable(access, evidence_id)
    _need_reason(details)
    return write_entry(stored, kind, details)


def workable(access: Access, evidence_id: UUID) -> Evidence:
    """Return an exhibit, locked; also of a closed case, since exhibits go on moving. Raise NotAllowed, NotFound."""
    access.require(Capability.ADD_EVIDENCE)
    find_evidence(access, evidence_id)
    stored: Evidence = Evidence._base_manager.select_for_update().get(
        agency_id=access.agency_id, pk=evidence_id
    )
    case = Case.objects.visible_to(access).get(pk=stored.case_id)
    refuse_unworkable(case)
    # Who is to answer an offer, and who keeps the property room, work on the exhibit and not on the case.
    is_theirs = _may_hand_on(access, stored) or stored.offered_to_id == access.user_id
    if not is_theirs and level_of(access, case) == Level.VIEW:
        raise NotAllowed("This case is open to you for reading only.", code="reading_only")
    return stored


def _stands_open(access: Access, evidence: Evidence) -> bool:
    case = evidence.case
    if case.is_sealed or case.led_by_agency_id or case.expunged_at:
        return False
    is_theirs = _may_hand_on(access, evidence) or evidence.offered_to_id == access.user_id
    return is_theirs or level_of(access, case) != Level.VIEW


def _may_hand_on(access: Access, evidence: Evidence) -> bool:
    holds = evidence.holder_id is not None and evidence.holder_id == access.user_id
    return access.is_whole or holds or access.may(Capability.MANAGE_EVIDENCE)


def _require_holding(access: Access, evidence: Evidence) -> None:
    if not _may_hand_on(access, evidence):
        holder = evidence.holder_name or "somebody else"
        raise NotAllowed(f"The exhibit is held by {holder}, who hands it on.", code="not_the_holder")


def _check_receiver(access: Access, evidence: Evidence, person_id: UUID) -> None:
    """Raise InvalidInput unless this colleague may accept the exhibit: active, able to by role, and seeing it."""
    check_person(access, person_id, "to_person", Capability.ADD_EVIDENCE)
    receiver = access_of_person(User.objects.colleagues_of(access).get(pk=person_id), access.source)
    if not Evidence.objects.visible_to(receiver).filter(pk=evidence.pk).exists():
        sentence = "This person does not see the case: name them in it first."
        raise InvalidInput(errors={"to_person": [sentence]}, code="receiver_cannot_see")


def _need_reason(details: dict[str, Any], *, unless: bool = False) -> None:
    if not unless and not str(details.get("reason") or "").strip():
        raise InvalidInput(errors={"reason": ["Say what was done, or why."]})


#: Kind -> the verb, and the value that it takes besides DETAILS.
_STEPS: dict[str, tuple[Callable[..., CustodyEvent], str]] = {
    K.COLLECTED: (partial(note_custody, kind=K.COLLECTED), "from_name"),
    K.ANALYSED: (partial(note_custody, kind=K.ANALYSED), ""),
    K.CORRECTED: (partial(note_custody, kind=K.CORRECTED), ""),
    K.TRANSFERRED: (hand_over, "to_person_id"),
    K.ACCEPTED: (accept, ""),
    K.DECLINED: (decline, ""),
    K.WITHDRAWN: (withdraw, ""),
    K.RELEASED: (release, "to_name"),
    K.RETURNED: (take_back, ""),
    K.HOLD_SET: (place_hold, ""),
    K.HOLD_LIFTED: (lift_hold, ""),
}
BY_HAND = tuple(_STEPS)
_NEEDED = frozenset({"to_person_id", "to_name"})
