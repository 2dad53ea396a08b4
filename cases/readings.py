"""Who looked at a case, why and on what basis; a sensitive one is not read without a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from cases.choices import Basis, ReadingReason
from cases.models import Case, CaseReading
from cases.policies import NAMED, OPENED, among
from nethra.core.access import Access
from nethra.core.conditions import Condition
from nethra.core.errors import InvalidInput, ReasonNeeded

#: For how long a reason once given holds, where no session ends earlier.
REASON_HOLDS = timedelta(hours=12)


@dataclass(frozen=True)
class Reason:
    """Why somebody reads: a quick choice, and words where it is none of them."""

    code: str
    words: str = ""

    @classmethod
    def from_text(cls, text: str) -> Reason:
        """Return the reason of a header such as ``court`` or ``other: asked by the coroner``; raise InvalidInput."""
        code, _, words = text.partition(":")
        reason = cls(code.strip().lower(), words.strip()[:1000])
        reason.check()
        return reason

    def check(self) -> None:
        """Raise InvalidInput for a reason that says nothing."""
        if self.code not in ReadingReason.values:
            choices = ", ".join(ReadingReason.values)
            raise InvalidInput(errors={"reason": [f"The reason is one of {choices}."]}, code="invalid_reason")
        if self.code == ReadingReason.OTHER and not self.words:
            raise InvalidInput(
                errors={"reason": ["Say in words what the other reason is."]}, code="invalid_reason"
            )


def needs_reason(access: Access, case: Case) -> bool:
    """Return whether this person must say why before they read the case: it is sensitive, and they have not."""
    if not case.is_sensitive or access.is_whole or case.lead_id == access.user_id:
        return False
    said = Condition(f"{{key}} IN ({EXPLAINED})", {"key": "pk"}, explained_params(access))
    return not Case._base_manager.filter(said, agency_id=access.agency_id, pk=case.pk).exists()


def note_reading(access: Access, case: Case, reason: Reason | None = None) -> None:
    """Keep that this access read a case it sees; raise ReasonNeeded where a sensitive one needs a reason first."""
    if access.is_whole:
        return
    if reason is None and needs_reason(access, case):
        raise ReasonNeeded(facts={"case": {"id": str(case.pk), "number": case.number}})
    now = datetime.now(UTC)
    mine = _mine(access, case)
    said = {"reason_code": reason.code, "reason": reason.words, "first_at": now} if reason else {}
    if mine.update(times=F("times") + 1, last_at=now, **said):
        return
    reading = CaseReading(
        agency_id=access.agency_id,
        case=case,
        user_id=access.author_id,
        session_id=access.session_id,
        source=access.source,
        basis=basis_of(access, case),
        last_at=now,
        **{"first_at": now, **said},
    )
    try:
        with transaction.atomic():
            reading.save(force_insert=True)
    except IntegrityError:
        # Another request of the same session was first.
        mine.update(times=F("times") + 1, last_at=now, **said)


def basis_of(access: Access, case: Case) -> Basis:
    """Return what lets this access read a case it sees: the closest connection that it has."""
    if case.lead_id is not None and case.lead_id == access.author_id:
        return Basis.LEAD
    whole = Case._base_manager.filter(agency_id=access.agency_id, pk=case.pk)
    if whole.filter(among(NAMED, access)).exists():
        return Basis.NAMED
    if whole.filter(among(OPENED, access)).exists():
        return Basis.EMERGENCY
    return Basis.UNIT if case.unit_id is not None and case.unit_id == access.unit_id else Basis.ROLE


def _mine(access: Access, case: Case) -> QuerySet[CaseReading]:
    return CaseReading._base_manager.filter(
        agency_id=access.agency_id, case_id=case.pk, user=access.author_id, session_id=access.session_id
    )


#: The cases that a person explained in a session why they read them: keys, with ``explained_params``.
EXPLAINED = (
    "SELECT r.case_id FROM cases_casereading r WHERE r.agency_id = %s AND r.user_id = %s"
    " AND r.session_id IS NOT DISTINCT FROM %s AND r.reason_code <> '' AND r.first_at > %s"
)


def explained_params(access: Access) -> list[Any]:
    """Return what EXPLAINED asks for."""
    return [access.agency_id, access.author_id, access.session_id, datetime.now(UTC) - REASON_HOLDS]
