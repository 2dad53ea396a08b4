"""What is known about a file, for whoever asks: its facts, what looks like it, and the clock of its device."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Func, IntegerField, Value

from cases.services import locked_case
from media_evidence.fact_fields import FILE_FACTS
from media_evidence.models import Evidence, FileFacts
from media_evidence.services import find_evidence, refuse_without_file
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotFound

#: Of 64 bits. The same photo made smaller, brighter or saved again differs in a few; two photos in about 32.
MOST_DIFFERENCES = 8
MOST_ALIKE = 50
MOST_COMPARED = 10_000
#: Ten years: a device whose clock was never set counts from its own beginning.
MOST_AHEAD = 10 * 366 * 86_400


def facts_of(access: Access, evidence_id: UUID) -> rows.Record:
    """Return what is known about an exhibit's file, as this access may see it.

    Raise NotAllowed, NotFound, also where nobody has looked into the file yet (code not_inspected) or there is none
    (code no_file).
    """
    refuse_without_file(find_evidence(access, evidence_id))
    of_exhibit = FileFacts.objects.visible_to(access).filter(evidence_id=evidence_id)
    found = rows.records(of_exhibit, FILE_FACTS, access)
    if not found:
        raise NotFound("Nobody has looked into the file yet.", code="not_inspected")
    return found[0]


def alike(access: Access, evidence_id: UUID) -> list[rows.Record]:
    """Return the exhibits that this access may see and that hold the same file, or a picture that looks the same.

    Each with the number of bits in which they differ, null where the files are the same; at most 50, nearest first.
    Raise NotAllowed, NotFound.
    """
    evidence = find_evidence(access, evidence_id)
    if evidence.is_physical:
        return []
    others = Evidence.objects.visible_to(access).exclude(pk=evidence.pk)
    same = others.filter(sha256=evidence.sha256).order_by("case__number", "position")[:MOST_ALIKE]
    columns = ("pk", "case_id", "case__number", "position", "title")
    found = [_told(row, None) for row in same.values_list(*columns)]
    own = FileFacts.objects.visible_to(access).filter(evidence_id=evidence_id).first()
    if own is not None and own.picture_hash:
        near: Any = _near(access, own).exclude(evidence__sha256=evidence.sha256).order_by("differences", "pk")
        of_exhibit = (f"evidence__{column}" for column in columns)
        found += [_told(row, row[-1]) for row in near.values_list(*of_exhibit, "differences")[:MOST_ALIKE]]
    return found[:MOST_ALIKE]


def _near(access: Access, own: FileFacts) -> Any:
    # The agency's hashes are compared before anybody asks which exhibits are seen: that costs more a row.
    bits = Func(
        F("picture_hash"),
        Value(own.picture_hash),
        template="bit_count(('x' || %(expressions)s)::bit(64))",
        arg_joiner=")::bit(64) # ('x' || ",
        output_field=IntegerField(),
    )
    hashed: Any = FileFacts._base_manager.filter(agency_id=access.agency_id).exclude(picture_hash="")
    near = hashed.annotate(differences=bits).filter(differences__lte=MOST_DIFFERENCES)
    keys = list(near.exclude(pk=own.pk).order_by("differences").values_list("pk", flat=True)[:MOST_COMPARED])
    return FileFacts.objects.visible_to(access).filter(pk__in=keys).annotate(differences=bits)


def _told(row: tuple[object, ...], differences: object) -> rows.Record:
    names = ("evidence", "case", "case_number", "position", "title")
    return {**dict(zip(names, row, strict=False)), "differences": differences}


@transaction.atomic
def record_clock(
    *, access: Access, evidence: Evidence, seconds_ahead: int | None, reason: str = ""
) -> FileFacts:
    """Keep how far the clock of the recording device was ahead, and how that was found; None takes it back.

    The time that the file states stays; the corrected one follows from both. Raise NotAllowed, NotFound, Conflict
    where nobody looked into the file yet or the case is closed, InvalidInput.
    """
    stored = find_evidence(access, evidence.pk)
    refuse_without_file(stored)
    locked_case(access, stored.case_id, Capability.ADD_EVIDENCE)
    facts = (
        FileFacts.objects.visible_to(access)
        .filter(evidence_id=stored.pk)
        .select_for_update(of=("self",))
        .first()
    )
    if facts is None:
        raise Conflict("The file is being looked at; try again in a minute.", code="not_inspected")
    reason = "" if seconds_ahead is None else reason.strip()
    if errors := _breaches_of_clock(seconds_ahead, reason):
        raise InvalidInput(errors=errors)
    facts.clock_ahead, facts.clock_reason = seconds_ahead, reason
    facts.clock_set_by_id, facts.clock_set_at = access.author_id, datetime.now(UTC)
    facts.save(update_fields=["clock_ahead", "clock_reason", "clock_set_by", "clock_set_at"])
    return facts


def _breaches_of_clock(seconds_ahead: int | None, reason: str) -> dict[str, list[str]]:
    if seconds_ahead is None:
        return {}
    errors: dict[str, list[str]] = {}
    if abs(seconds_ahead) > MOST_AHEAD:
        errors["seconds_ahead"] = ["A clock is at most ten years wrong; confirm the time itself instead."]
    if not reason:
        errors["reason"] = ["Say how it was found that the clock was wrong."]
    return errors
