"""Checking physical exhibits out and in. Each is entries of custody: nothing else says where a thing is.

A check-out to a colleague is a hand-over and counts when they accept; one to somebody outside is a release. Both say
what for, and when the exhibit is due back.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Agency
from media_evidence.choices import CustodyState, Purpose, SealCondition
from media_evidence.custody import verbs
from media_evidence.models import Evidence, Item
from media_evidence.room.intake import find_item
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed


@transaction.atomic
def check_out(
    *,
    access: Access,
    evidence: Evidence,
    purpose: str,
    due_back_on: date,
    to_person_id: UUID | None = None,
    to_name: str = "",
    reason: str = "",
    **details: Any,
) -> Item:
    """Give a physical exhibit to a colleague or to somebody outside for a purpose, until a day; return it.

    Raise NotAllowed, NotFound, Conflict, InvalidInput.
    """
    access.require(Capability.MANAGE_EVIDENCE)
    item = find_item(access, evidence.pk)
    if purpose not in Purpose.values:
        raise InvalidInput(errors={"purpose": ["Say what it goes out for."]})
    if due_back_on < today(access):
        raise InvalidInput(errors={"due_back_on": ["It is due back today or later."]})
    if item.is_out:
        raise Conflict("The exhibit is checked out already: check it in first.", code="checked_out")
    if (to_person_id is None) == (not to_name.strip()):
        raise InvalidInput(errors={"to_person": ["Say who takes it: a colleague, or somebody outside."]})
    out: dict[str, Any] = {"purpose": purpose, "due_back_on": due_back_on, **details}
    if to_person_id is not None:
        verbs.hand_over(access=access, evidence=evidence, to_person_id=to_person_id, reason=reason, **out)
    else:
        why = reason or f"Checked out: {Purpose(purpose).label}"
        verbs.release(access=access, evidence=evidence, to_name=to_name.strip(), reason=why, **out)
    return find_item(access, evidence.pk)


@transaction.atomic
def check_in(
    *,
    access: Access,
    evidence: Evidence,
    seal_condition: str,
    location_id: UUID,
    seal_number: str = "",
    reason: str = "",
    **details: Any,
) -> Item:
    """Take a physical exhibit back into the room, having looked at its seal, and put it into a location; return it.

    One whose seal is broken gets a new one, with a reason. Raise NotAllowed, NotFound, Conflict, InvalidInput.
    """
    access.require(Capability.MANAGE_EVIDENCE)
    item = find_item(access, evidence.pk)
    _check_seal(item, seal_condition, seal_number, reason)
    said = {"seal_condition": seal_condition, "reason": reason, **details}
    _take(access, item, said)
    if seal_number.strip():
        why = reason or "Sealed when it came back"
        verbs.seal(access=access, evidence=evidence, seal_number=seal_number, reason=why)
    verbs.move(access=access, evidence=evidence, location_id=location_id)
    return find_item(access, evidence.pk)


def today(access: Access) -> date:
    """Return the agency's day."""
    agency = Agency.objects.visible_to(access).only("time_zone").get()
    return datetime.now(UTC).astimezone(agency.zone).date()


def _take(access: Access, item: Item, said: dict[str, Any]) -> None:
    """Take it from whoever has it: from outside, from a colleague who offers it, or in a colleague's place."""
    evidence = item.evidence
    if evidence.custody == CustodyState.RELEASED:
        verbs.take_back(access=access, evidence=evidence, **said)
        return
    is_offered_back = evidence.offered_to_id is not None and evidence.offered_to_id == access.user_id
    if not (item.is_out or is_offered_back):
        raise Conflict("The exhibit is not checked out.", code="not_checked_out")
    if not is_offered_back:
        # Who keeps the room takes it in the holder's place; the chain says who wrote that down.
        if access.author_id is None:
            raise NotAllowed("A person of the agency takes an exhibit back.")
        verbs.hand_over(access=access, evidence=evidence, to_person_id=access.author_id)
    verbs.accept(access=access, evidence=evidence, **said)


def _check_seal(item: Item, condition: str, seal_number: str, reason: str) -> None:
    errors: dict[str, list[str]] = {}
    if condition not in SealCondition.values:
        errors["seal_condition"] = ["Say what you see of its seal."]
    elif (condition == SealCondition.NONE) != (not item.seal_number):
        bears = f"bears the seal {item.seal_number}" if item.seal_number else "bears no seal"
        errors["seal_condition"] = [f"By its chain of custody it {bears}: say what you see of it."]
    elif condition == SealCondition.BROKEN and not seal_number.strip():
        errors["seal_number"] = ["Its seal is broken: put a new one on, and say its number."]
    if condition == SealCondition.BROKEN and not reason.strip():
        errors["reason"] = ["Its seal is broken: say what is known of that."]
    if errors:
        raise InvalidInput(errors=errors)
