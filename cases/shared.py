"""What other agencies share with this one: read through functions of the database, which grant and record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from cases.choices import CaseStatus, Clearance
from cases.rules import missing_for, move_between
from cases.sharing import partner_of, with_parts
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound


@dataclass(frozen=True)
class SharedRecord:
    """What another agency shares with this one, in short."""

    id: UUID
    owner: str
    number: str
    title: str
    level: str
    until: datetime
    may_reshare: bool
    lead_state: str
    released_at: datetime


def shared_with_us(access: Access) -> list[SharedRecord]:
    """Return what is shared with this agency today, the latest first; raise NotAllowed."""
    access.require(Capability.VIEW_SHARED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.shared_with_us()")
        return [SharedRecord(*row) for row in cursor.fetchall()]


def read_shared(access: Access, share_id: UUID) -> dict[str, Any]:
    """Return what a share grants; its owner sees who read it. Raise NotAllowed, NotFound."""
    access.require(Capability.VIEW_SHARED)
    record = with_parts("SELECT app.read_shared(%s)", share_id, is_preview=False)
    if record is None:
        raise NotFound()
    record_event(action="shared_record_read", entity="cases_share", object_id=share_id)
    return record


@transaction.atomic
def pass_on(
    *,
    access: Access,
    share_id: UUID,
    recipient: str,
    fields: Collection[str],
    until: datetime,
    reason: str = "",
) -> UUID:
    """Pass on what was shared, no more and no longer, for reading; return the new share's key.

    It ends with the share that it comes from. Raise NotAllowed where the owner did not allow it, NotFound,
    InvalidInput for an agency that is none or for more than was given.
    """
    given = _require_shared(access, share_id)
    if not given.may_reshare:
        raise NotAllowed("Its owner does not let you pass this on.", code="may_not_reshare")
    partner, _ = partner_of(recipient)
    made = _call(
        "SELECT app.reshare(%s, %s, %s, %s, %s)",
        share_id,
        partner,
        sorted(fields),
        until,
        reason.strip()[:1000],
    )
    if made is None:
        sentence = "Pass on to a third agency, no more fields than you were given, and no longer."
        raise InvalidInput(sentence, code="more_than_given")
    record_event(action="share_passed_on", entity="cases_share", object_id=made)
    return made  # type: ignore[no-any-return]


@transaction.atomic
def end_passing_on(*, access: Access, share_id: UUID) -> None:
    """Take back what this agency passed on; raise NotAllowed, NotFound."""
    access.require(Capability.SHARE_RECORDS)
    if not _call("SELECT app.unshare(%s)", share_id):
        raise NotFound()


@transaction.atomic
def take_lead(*, access: Access, share_id: UUID) -> None:
    """Lead a case that was offered; raise NotAllowed, NotFound, Conflict."""
    _require_shared(access, share_id)
    if not _call("SELECT app.take_lead(%s)", share_id):
        raise Conflict("The lead of this case is not offered to you.", code="not_offered")
    record_event(action="lead_taken", entity="cases_share", object_id=share_id)


@transaction.atomic
def return_lead(*, access: Access, share_id: UUID) -> None:
    """Give a case back to the agency whose it is; raise NotAllowed, NotFound, Conflict."""
    access.require(Capability.SHARE_RECORDS)
    if not _call("SELECT app.return_lead(%s)", share_id):
        raise Conflict("You do not lead this case.", code="not_leading")
    record_event(action="lead_returned", entity="cases_share", object_id=share_id)


@transaction.atomic
def move_led_case(
    *,
    access: Access,
    share_id: UUID,
    target: str,
    reason: str = "",
    referred_to: str = "",
    clearance: str = "",
) -> None:
    """Move a case that this agency leads for another, by the same table of moves.

    Raise NotAllowed, NotFound, Conflict where no way leads there or the case moved meanwhile, InvalidInput.
    """
    access.require(Capability.CHANGE_CASES)
    record = read_shared(access, share_id)
    source = record.get("case", {}).get("status")
    if record["lead_state"] != "held" or source is None:
        raise Conflict("You do not lead this case, or its status is not shared with you.", code="not_leading")
    if target not in CaseStatus.values:
        raise InvalidInput(errors={"to": [f"to must be one of {', '.join(CaseStatus.values)}."]})
    move = move_between(source, CaseStatus(target))
    if move.transition is None:
        raise Conflict(move.sentence, code="illegal_transition")
    access.require(move.transition.capability)
    words = {
        "reason": reason.strip()[:1000],
        "referred_to": referred_to.strip()[:200],
        "clearance": clearance,
    }
    errors = missing_for(move.transition, {**words, "lead": "the owner's"})
    if clearance and clearance not in Clearance.values:
        errors["clearance"] = [f"clearance must be one of {', '.join(Clearance.values)}."]
    if errors:
        raise InvalidInput(errors=errors)
    whom = words["referred_to"] if target == CaseStatus.REFERRED else ""
    how = clearance if target == CaseStatus.CLOSED_CLEARED else ""
    if not _call(
        "SELECT app.move_shared_case(%s, %s, %s, %s, %s, %s)",
        share_id,
        source,
        target,
        words["reason"],
        whom,
        how,
    ):
        raise Conflict("The case was moved in the meantime.", code="case_moved")


def _require_shared(access: Access, share_id: UUID) -> SharedRecord:
    access.require(Capability.SHARE_RECORDS)
    found = next((each for each in shared_with_us(access) if each.id == share_id), None)
    if found is None:
        raise NotFound()
    return found


def _call(sql: str, *params: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]
