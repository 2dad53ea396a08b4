"""The weekly look at who read what: odd readings are found by rule and judged by people."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection, transaction

from cases.choices import Oddity, Verdict
from cases.models import CaseReading
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound

# Names are compared without case and with single blanks. Connected with a case is its lead, whoever is or was
# named in it, has a task of it, belongs to its unit, supervises that or, by role, reads everything.
_JUDGE = r"""
UPDATE cases_casereading r SET judged_at = now(), oddities = array_remove(ARRAY[
    CASE WHEN EXISTS (SELECT FROM cases_involvedperson p WHERE p.case_id = r.case_id AND app.plain_name(p.name)
                      = app.plain_name(u.name)) THEN 'own_name' END,
    CASE WHEN EXISTS (SELECT FROM cases_involvedperson p JOIN accounts_user o ON o.id <> u.id
                      AND app.plain_name(o.name) = app.plain_name(p.name) WHERE p.case_id = r.case_id)
         THEN 'colleague' END,
    CASE WHEN r.basis = 'role' AND NOT (u.role = ANY (%(readers)s))
              AND NOT EXISTS (SELECT FROM cases_casetask t WHERE t.case_id = r.case_id AND t.assignee_id = u.id)
              AND NOT EXISTS (SELECT FROM cases_casestatuschange s WHERE s.case_id = r.case_id
                              AND u.id IN (s.lead_id, s.changed_by_id))
              AND NOT EXISTS (SELECT FROM cases_case c WHERE c.id = r.case_id
                              AND (u.id = c.opened_by_id OR c.unit_id IS NULL AND c.lead_id IS NULL))
         THEN 'no_connection' END,
    CASE WHEN r.basis = 'emergency' THEN 'emergency' END], NULL)
FROM accounts_user u
WHERE r.judged_at IS NULL AND u.id = r.user_id
RETURNING cardinality(r.oddities) > 0
"""


@transaction.atomic
def judge_readings(*, access: Access) -> tuple[int, int]:
    """Look at every reading that no one has looked at; return how many there were and how many are odd."""
    from accounts.roles import roles_with

    access.require(Capability.REVIEW_READINGS)
    readers = sorted(
        {*roles_with(access, Capability.READ_RESTRICTED), *roles_with(access, Capability.REVIEW_READINGS)}
    )
    with connection.cursor() as cursor:
        cursor.execute(_JUDGE, {"readers": readers})
        found = [is_odd for (is_odd,) in cursor.fetchall()]
    return len(found), sum(found)


@transaction.atomic
def review_reading(*, access: Access, reading: CaseReading, verdict: str, note: str = "") -> CaseReading:
    """Say whether an odd reading was justified.

    Raise NotAllowed also for one's own, NotFound, Conflict for one that is reviewed already, InvalidInput.
    """
    access.require(Capability.REVIEW_READINGS)
    found = CaseReading.objects.visible_to(access).filter(pk=reading.pk)
    stored: CaseReading | None = found.select_for_update(of=("self",)).first()
    if stored is None:
        raise NotFound()
    if stored.user_id == access.author_id:
        raise NotAllowed("Somebody else reviews what you read.")
    if stored.verdict:
        raise Conflict("This reading is reviewed already.", code="reviewed_already")
    errors: dict[str, list[str]] = {}
    if verdict not in Verdict.values:
        errors["verdict"] = [f"verdict must be one of {', '.join(Verdict.values)}."]
    elif verdict == Verdict.NOT_JUSTIFIED and not note.strip():
        errors["note"] = ["Say what was not justified."]
    if errors:
        raise InvalidInput(errors=errors)
    stored.verdict, stored.note = verdict, note.strip()[:1000]
    stored.reviewed_at, stored.reviewed_by_id = datetime.now(UTC), access.author_id
    stored.save(update_fields=["verdict", "note", "reviewed_at", "reviewed_by"])
    return stored


def waiting(access: Access) -> int:
    """Return how many odd readings wait for this person's review."""
    if not access.may(Capability.REVIEW_READINGS):
        return 0
    odd = CaseReading.objects.visible_to(access).exclude(oddities=[]).filter(verdict="")
    return odd.exclude(user=access.user_id).count()


__all__ = ["Oddity", "judge_readings", "review_reading", "waiting"]
