"""Exhibits and what a scan says of them, for tests."""

from __future__ import annotations

from typing import Any

from cases.models import Case
from media_evidence.jobs import scan_evidence_job
from media_evidence.models import Evidence
from nethra.core.access import Access, operator_access
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.clamd import EICAR
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for

HARMLESS = b"The window was open. " * 20


def taken_in(cast: Cast, content: bytes = HARMLESS, case: Case | None = None, **values: Any) -> Evidence:
    """Return an exhibit of the officer's that was taken in and not scanned yet."""
    access = access_for(cast.officer)
    values = {"name": "note.txt", **values}
    return make_evidence(access, case or make_case(access, lead_id=cast.officer.pk), content, **values)


def scanned(cast: Cast, content: bytes = HARMLESS, case: Case | None = None, **values: Any) -> Evidence:
    """Return an exhibit of the officer's after its scan."""
    evidence = taken_in(cast, content, case, **values)
    scan_evidence_job(agency_id=evidence.agency_id, evidence_id=evidence.pk)
    return fresh(evidence)


def infected(cast: Cast, case: Case | None = None, **values: Any) -> Evidence:
    """Return an exhibit in which malware was found."""
    return scanned(cast, EICAR, case, **values)


def fresh(evidence: Evidence) -> Evidence:
    """Return an exhibit as it stands."""
    with agency_scope(whole(evidence)):
        return Evidence._base_manager.get(pk=evidence.pk)


def whole(evidence: Evidence) -> Access:
    """Return the access of an exhibit's agency at work."""
    return operator_access(evidence.agency_id)
