"""Checking a whole store: every row's file, and every file's row."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cases.models import Case
from media_evidence import parts, store
from media_evidence.choices import Integrity
from media_evidence.models import Evidence
from media_evidence.services import integrity_of, lock_content, record_check
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.scope import agency_scope


@dataclass
class StoreReport:
    """What a check of a store found; exhibits are named by case and position."""

    checked: int = 0
    intact: int = 0
    altered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    orphans: int = 0
    swept: int = 0

    def note(self, name: str, integrity: Integrity) -> None:
        """Count one exhibit."""
        self.checked += 1
        if integrity == Integrity.INTACT:
            self.intact += 1
        elif integrity == Integrity.MISSING:
            self.missing.append(name)
        else:
            self.altered.append(name)


def verify_store(
    *, access: Access, case_number: str = "", with_sweep: bool = False, is_dry: bool = False
) -> StoreReport:
    """Return what a check of the agency's store found; dry, nothing is written and nothing removed.

    Opens its own transactions, so call it outside one. Raise NotFound for an unknown case.
    """
    access.require(Capability.VIEW_EVIDENCE)
    report = StoreReport()
    for name, evidence in _exhibits(access, case_number):
        # Hashing takes as long as the disk: no transaction waits for it.
        integrity = integrity_of(evidence)
        report.note(name, integrity)
        if not is_dry:
            with agency_scope(access, reason="fixity check"):
                record_check(access=access, evidence=evidence, integrity=integrity)
    if not case_number:
        _look_for_orphans(access, report, removes=with_sweep and not is_dry)
    return report


def _exhibits(access: Access, case_number: str) -> list[tuple[str, Evidence]]:
    with agency_scope(access):
        exhibits = Evidence.objects.visible_to(access).select_related("case").order_by("pk")
        if case_number:
            if not Case.objects.visible_to(access).filter(number=case_number).exists():
                raise NotFound(f"There is no case {case_number}.", code="unknown_case")
            exhibits = exhibits.filter(case__number=case_number)
        return [(f"{e.case.number} E-{e.position:02d} ({e.sha256[:12]})", e) for e in exhibits]


def _look_for_orphans(access: Access, report: StoreReport, *, removes: bool) -> None:
    for sha256, path in store.stored_files(access.agency_id):
        if _is_orphan(access, sha256):
            report.orphans += 1
            if removes and store.is_old(path):
                report.swept += _remove_orphan(access, sha256, path)
    if removes:
        for path in store.abandoned_uploads():
            path.unlink(missing_ok=True)
            report.swept += 1
        report.swept += parts.sweep()


def _is_orphan(access: Access, sha256: str) -> bool:
    with agency_scope(access):
        return not Evidence.objects.visible_to(access).filter(sha256=sha256).exists()


def _remove_orphan(access: Access, sha256: str, path: Path) -> int:
    # CUSTODY: under the lock that an upload holds from its link to its row, and asked once more.
    with agency_scope(access, reason="files without an exhibit swept"):
        lock_content(access.agency_id, sha256)
        if Evidence.objects.visible_to(access).filter(sha256=sha256).exists():
            return 0
        path.unlink(missing_ok=True)
        return 1
