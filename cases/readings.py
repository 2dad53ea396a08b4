"""Who looked at a case, why and on what basis; a sensitive one is not read without a reason."""

from __future__ import annotations

from cases.choices import Basis
from cases.models import Case, CaseReading
from cases.policies import EXPLAINED, NAMED, OPENED, among
from nethra.core.access import Access
from nethra.core.conditions import Condition
from nethra.core.errors import ReasonNeeded
from nethra.core.readings import Reason, explained_params, keep_reading


def needs_reason(access: Access, case: Case) -> bool:
    """Return whether this person must say why before they read the case: it is sensitive, and they have not."""
    if not case.is_sensitive or access.is_whole or case.lead_id == access.user_id:
        return False
    said = Condition(f"{{key}} IN ({EXPLAINED})", {"key": "pk"}, explained_params(access))
    return not Case._base_manager.filter(said, agency_id=access.agency_id, pk=case.pk).exists()


def note_reading(access: Access, case: Case, reason: Reason | None = None, *, looked: bool = True) -> None:
    """Keep that this access read a case it sees; raise ReasonNeeded where a sensitive one needs a reason first."""
    if access.is_whole:
        return
    if reason is None and needs_reason(access, case):
        raise ReasonNeeded(case)
    keep_reading(access, CaseReading, {"case_id": case.pk}, reason, lambda: {"basis": basis_of(access, case)})


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
