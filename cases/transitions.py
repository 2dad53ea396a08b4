"""Moving a case from status to status. The database refuses what this module would."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from cases.access import find_case, level_of, refuse_unworkable, require_level
from cases.choices import CaseStatus, Clearance, Level, Transition
from cases.models import Case
from cases.rules import Move, missing_for, move_between, moves_from
from cases.services import check_person
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound

#: What may be said with a move, besides the reason.
MOVE_FIELDS = ("lead_id", "referred_to", "clearance")
LONGEST = {"reason": 1000, "referred_to": 200}


@transaction.atomic
def move_case(
    *, access: Access, case: Case, target: str, source: str = "", reason: str = "", **values: Any
) -> Case:
    """Move a case to another status and return it as stored; the history keeps reason and fields.

    ``source`` is the status that the caller saw. Raise NotAllowed, NotFound, Conflict when the case has moved
    in the meantime or no way leads to the target, InvalidInput with a sentence per field that is missing.
    """
    access.require(Capability.VIEW_CASES)
    stored = Case.objects.visible_to(access).select_for_update().filter(pk=case.pk).first()
    if stored is None:
        find_case(access, case.pk)
        raise NotFound()
    refuse_unworkable(stored)
    if source and stored.status != source:
        label = stored.get_status_display().lower()
        raise Conflict(f"The case was moved in the meantime: it is {label} now.", code="case_moved")
    transition = _way(stored, target)
    if not _may(access, transition, level_of(access, stored)):
        access.require(transition.capability)
        require_level(access, stored, Level.WRITE)
    _set(access, stored, transition, reason, values)
    stored.save(update_fields=["status", "status_reason", "lead", "referred_to", "clearance", "updated_at"])
    stored.refresh_from_db()
    return stored


def possible_moves(access: Access, case: Case) -> list[Move]:
    """Return every other status, with the way there or with why this person cannot take the case there."""
    level = level_of(access, case)
    return [_for_person(access, case, move, level) for move in moves_from(case.status)]


def possible_move(access: Access, case: Case, target: CaseStatus) -> Move:
    """Return the way to one status, or why this person cannot take the case there."""
    return _for_person(access, case, move_between(case.status, target), level_of(access, case))


def _may(access: Access, transition: Transition, level: Level) -> bool:
    """Return whether the person may make this move: by role, or to close by being named for it."""
    if level == Level.CLOSE and transition.capability is Capability.CLOSE_CASES:
        return access.may(Capability.CHANGE_CASES)
    return access.may(transition.capability) and level != Level.VIEW


def _for_person(access: Access, case: Case, move: Move, level: Level) -> Move:
    try:
        refuse_unworkable(case)
    except Conflict as refused:
        return Move(move.target, None, refused.message)
    if move.transition is None or _may(access, move.transition, level):
        return move
    if access.may(move.transition.capability):
        return Move(move.target, None, "This case is open to you for reading only.")
    is_closing = move.transition.capability is Capability.CLOSE_CASES
    who = "A supervisor closes and reopens cases." if is_closing else "Your role does not move cases."
    return Move(move.target, None, who)


def _way(case: Case, target: str) -> Transition:
    if target not in CaseStatus.values:
        raise InvalidInput(errors={"to": [f"to must be one of {', '.join(CaseStatus.values)}."]})
    move = move_between(case.status, CaseStatus(target))
    if move.transition is None:
        raise Conflict(move.sentence, code="illegal_transition")
    return move.transition


def _set(access: Access, case: Case, transition: Transition, reason: str, values: dict[str, Any]) -> None:
    unknown = sorted(set(values) - set(MOVE_FIELDS))
    if unknown:
        raise InvalidInput(errors={name: ["This field cannot be set."] for name in unknown})
    lead_id: UUID | None = values.get("lead_id") or case.lead_id
    words = {name: str(values.get(name) or "").strip() for name in ("referred_to", "clearance")}
    words["reason"] = reason.strip()
    errors = missing_for(transition, {**words, "lead": lead_id}) or _breaches(words)
    if errors:
        raise InvalidInput(errors=errors)
    if lead_id != case.lead_id or "lead" in transition.fields:
        check_person(access, lead_id, "lead", Capability.CHANGE_CASES)
    case.lead_id = lead_id
    case.referred_to = words["referred_to"] if transition.target == CaseStatus.REFERRED else ""
    case.clearance = words["clearance"] if transition.target == CaseStatus.CLOSED_CLEARED else ""
    case.status, case.status_reason = transition.target, words["reason"]


def _breaches(words: dict[str, str]) -> dict[str, list[str]]:
    errors = {
        name: [f"At most {most:,} characters."] for name, most in LONGEST.items() if len(words[name]) > most
    }
    if words["clearance"] and words["clearance"] not in Clearance.values:
        errors["clearance"] = [f"clearance must be one of {', '.join(Clearance.values)}."]
    return errors
