"""Checking a whole store: every row's file, and every file's row."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from uuid import UUID

from cases.models import Case
from media_evidence import parts, store
from media_evidence.choices import Integrity
from media_evidence.contents import is_file_needed, lock_content
from media_evidence.custody.chain import Break
from media_evidence.custody.checking import custody_breaks, missing_entries
from media_evidence.examining import examine, record_check
from media_evidence.models import Evidence
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotFound
from nethra.core.scope import agency_scope

#: After so many days a file is due for its next check: every one is checked within 30, and a week is left to do it.
CHECK_DAYS = 23
#: Exhibits whose chains are read by one statement.
AT_ONCE = 500


@dataclass
class StoreReport:
    """What a check of a store found; exhibits are named by case and position."""

    checked: int = 0
    intact: int = 0
    altered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    #: Exhibits that were disposed of: only their chains are checked.
    disposed: int = 0
    #: Physical exhibits: only their chains are checked.
    physical: int = 0
    #: Exhibit and break, for each place where a chain of custody does not hold.
    broken: list[str] = field(default_factory=list)
    orphans: int = 0
    swept: int = 0

    def note(self, name: str, integrity: Integrity) -> None:
        """Count one exhibit."""
        if integrity == Integrity.NO_FILE:
            self.physical += 1
            return
        self.checked += 1
        if integrity == Integrity.INTACT:
            self.intact += 1
        elif integrity == Integrity.DISPOSED:
            self.disposed += 1
        elif integrity == Integrity.MISSING:
            self.missing.append(name)
        else:
            self.altered.append(name)


@dataclass(frozen=True)
class Chosen:
    """Which exhibits are checked: of one case, not checked for so many days, so many drawn at random; else all."""

    case_number: str = ""
    older_than: int | None = None
    sample: int | None = None

    @property
    def is_all(self) -> bool:
        """Whether the whole store is looked at, with the files that no exhibit vouches for."""
        return self == Chosen()


def verify_store(
    *, access: Access, chosen: Chosen = Chosen(), with_sweep: bool = False, is_dry: bool = False
) -> StoreReport:
    """Return what a check of the agency's store found; dry, nothing is written and nothing removed.

    Opens its own transactions, so call it outside one. Raise NotFound for an unknown case.
    """
    access.require(Capability.VIEW_EVIDENCE)
    report = StoreReport()
    exhibits = _exhibits(access, chosen)
    chains = _broken_chains(access, exhibits, is_whole=chosen.is_all)
    for name, evidence in exhibits:
        _check(access, name, evidence, chains.get(evidence.pk, []), report, is_dry=is_dry)
    if chosen.is_all:
        _look_for_orphans(access, report, removes=with_sweep and not is_dry)
    return report


def verify_due(*, access: Access, seconds: float) -> StoreReport:
    """Check what was not checked for CHECK_DAYS days, the longest ago first; return what was found.

    It ends after so many seconds. Opens its own transactions, so call it outside one.
    """
    until, report = time.monotonic() + seconds, StoreReport()
    while time.monotonic() < until:
        # What was checked is due no more, so the next ones come first.
        some = _exhibits(access, Chosen(older_than=CHECK_DAYS), AT_ONCE)
        if not some:
            break
        chains = _broken_chains(access, some, is_whole=False)
        for name, evidence in some:
            if time.monotonic() > until:
                break
            _check(access, name, evidence, chains.get(evidence.pk, []), report, is_dry=False)
    return report


def _check(
    access: Access, name: str, evidence: Evidence, breaks: list[Break], report: StoreReport, *, is_dry: bool
) -> None:
    # Hashing takes as long as the disk: no transaction waits for it.
    examined = examine(evidence)
    integrity = examined.integrity
    if not is_dry:
        with agency_scope(access, reason="fixity check"):
            # It may have been disposed of meanwhile.
            integrity = record_check(
                access=access, evidence=evidence, examined=examined, breaks=breaks
            ).integrity
    report.note(name, integrity)
    report.broken += [f"{name}: {broken}" for broken in breaks]


def _broken_chains(
    access: Access, exhibits: list[tuple[str, Evidence]], *, is_whole: bool
) -> dict[UUID, list[Break]]:
    found: dict[UUID, list[Break]] = {}
    for start in range(0, len(exhibits), AT_ONCE):
        with agency_scope(access):
            found |= custody_breaks(access, [row for _, row in exhibits[start : start + AT_ONCE]])
    if is_whole:
        with agency_scope(access):
            for key, broken in missing_entries(access):
                found.setdefault(key, []).append(broken)
    return found


def _exhibits(access: Access, chosen: Chosen, most: int | None = None) -> list[tuple[str, Evidence]]:
    with agency_scope(access):
        exhibits = Evidence.objects.visible_to(access).select_related("case").order_by("pk")
        if chosen.case_number:
            if not Case.objects.visible_to(access).filter(number=chosen.case_number).exists():
                raise NotFound(f"There is no case {chosen.case_number}.", code="unknown_case")
            exhibits = exhibits.filter(case__number=chosen.case_number)
        if chosen.older_than is not None:
            exhibits = exhibits.due_for_check(chosen.older_than)
        found = list(exhibits[:most] if chosen.sample is None else exhibits.order_by("?")[: chosen.sample])
        return [(_name(e), e) for e in found]


def _name(evidence: Evidence) -> str:
    mark = "physical" if evidence.is_physical else evidence.sha256[:12]
    return f"{evidence.case.number} E-{evidence.position:02d} ({mark})"


def _look_for_orphans(access: Access, report: StoreReport, *, removes: bool) -> None:
    for sha256, is_old in store.files().stored(access.agency_id):
        if _is_orphan(access, sha256):
            report.orphans += 1
            if removes and is_old:
                report.swept += _remove_orphan(access, sha256)
    if removes:
        report.swept += store.files().sweep(access.agency_id)
        for path in store.abandoned_uploads():
            path.unlink(missing_ok=True)
            report.swept += 1
        report.swept += parts.sweep()


def _is_orphan(access: Access, sha256: str) -> bool:
    with agency_scope(access):
        return not is_file_needed(access.agency_id, sha256)


def _remove_orphan(access: Access, sha256: str) -> int:
    # CUSTODY: under the lock that an upload holds from its link to its row, and asked once more.
    with agency_scope(access, reason="files without an exhibit swept"):
        lock_content(access.agency_id, sha256)
        if is_file_needed(access.agency_id, sha256):
            return 0
        store.files().remove(access.agency_id, sha256)
        return 1
