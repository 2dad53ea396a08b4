"""Scans for malware: of one stored file, of what is due, of a whole store. No transaction waits for one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from media_evidence import store
from media_evidence.choices import ScanState
from media_evidence.inspecting import GONE
from media_evidence.jobs import mail_infected_evidence, scan_evidence_job
from media_evidence.models import Evidence
from media_evidence.rules import LOST_AFTER, wait_after
from media_evidence.services import find_evidence, tell_managers
from nethra.core import clamd
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, NotFound
from nethra.core.scope import agency_scope
from nethra.jobs.queue import enqueue

logger = logging.getLogger(__name__)
#: Scans ordered at once for an agency; what is left is due in five minutes again.
AT_ONCE = 500
PING_SECONDS = 10
SCAN_FIELDS = (
    "scan",
    "scanned_at",
    "scan_signature",
    "scan_database",
    "scan_note",
    "scan_failures",
    "scan_due_at",
)
UNTRIED = (ScanState.NOT_SCANNED, ScanState.WAITING, ScanState.FAILED)


@dataclass(frozen=True)
class Scanned:
    """What a scan said: clean, infected by a signature, or failed with a note.

    ``is_final``: another scan would end in the same until the scanner takes more.
    """

    state: ScanState
    signature: str = ""
    database: str = ""
    note: str = ""
    is_final: bool = False


def scan_file(evidence: Evidence) -> Scanned:
    """Return what the scanner says of the stored file; it takes as long as the scanner does.

    Raise Conflict where none is set up.
    """
    address = _address()
    # SECURITY: beyond its MaxFileSize clamd says OK of what it never looked at, unless AlertExceedsMax is on;
    # tests/media_evidence/test_scanning.py.
    if evidence.size > settings.CLAMD_MAX_MB << 20:
        return Scanned(ScanState.FAILED, note=clamd.TOO_LARGE, is_final=True)
    try:
        with store.files().opened(evidence.agency_id, evidence.sha256) as file:
            verdict = clamd.scan(file, address, settings.CLAMD_SECONDS)
    except FileNotFoundError:
        return Scanned(ScanState.FAILED, note=GONE)
    except clamd.ScanFailed as problem:
        return Scanned(ScanState.FAILED, note=problem.sentence, is_final=problem.is_final)
    state = ScanState.INFECTED if verdict.signature else ScanState.CLEAN
    return Scanned(state, verdict.signature, verdict.database)


@transaction.atomic
def note_scan(*, access: Access, evidence: Evidence, scanned: Scanned) -> Evidence:
    """Keep what a scan said and return the exhibit; whoever manages evidence is mailed when one is first infected.

    A verdict outlives a scan that merely failed; that a file is clean does not outlive that it cannot be told. Of a
    file that was disposed of meanwhile nothing is kept. Raise NotAllowed, NotFound.
    """
    access.require(Capability.VIEW_EVIDENCE)
    # Locked: a scan that ends late must not count its failure onto another's verdict.
    found = Evidence.objects.visible_to(access).filter(pk=evidence.pk).select_for_update(of=("self",))
    stored: Evidence | None = found.first()
    if stored is None:
        raise NotFound()
    was_infected, now = stored.scan == ScanState.INFECTED, datetime.now(UTC)
    failed = scanned.state == ScanState.FAILED
    if stored.is_disposed or (
        failed and (was_infected or (stored.scan == ScanState.CLEAN and not scanned.is_final))
    ):
        return stored
    stored.scan, stored.scanned_at = scanned.state, now
    stored.scan_signature, stored.scan_database = scanned.signature, scanned.database
    stored.scan_note = scanned.note
    stored.scan_failures = stored.scan_failures + 1 if failed else 0
    is_tried_again = failed and not scanned.is_final
    stored.scan_due_at = now + wait_after(stored.scan_failures) if is_tried_again else None
    stored.save(update_fields=SCAN_FIELDS)
    if stored.scan == ScanState.INFECTED and not was_infected:
        logger.error("The exhibit %s of the agency %s is infected", stored.pk, stored.agency_id)
        tell_managers(access, stored, mail_infected_evidence)
    return stored


def scan_evidence(*, access: Access, evidence_id: UUID) -> Scanned:
    """Scan an exhibit's stored file, keep what that says and return it.

    Opens its own transactions, so call it outside one. Raise NotAllowed, NotFound, Conflict without a scanner.
    """
    with agency_scope(access):
        evidence = find_evidence(access, evidence_id)
    scanned = scan_file(evidence)
    with agency_scope(access, reason="scanned for malware"):
        note_scan(access=access, evidence=evidence, scanned=scanned)
    return scanned


@transaction.atomic
def order_due_scans(*, access: Access) -> int:
    """Order the scans that are due, of exhibits from before the scanner came too; return how many.

    None where there is no scanner, or it does not answer. Raise NotAllowed.
    """
    access.require(Capability.VIEW_EVIDENCE)
    if not settings.CLAMD:
        return 0
    now = datetime.now(UTC)
    due = list(Evidence.objects.visible_to(access).due_for_scan(now).order_by("pk")[:AT_ONCE])
    # Asked before all are: while it is away nothing is tried, so nothing waits longer for having failed.
    if not due or not _answers():
        return 0
    for evidence in due:
        enqueue(scan_evidence_job, agency_id=access.agency_id, evidence_id=evidence.pk)
        evidence.scan_due_at = now + LOST_AFTER
        if evidence.scan == ScanState.NOT_SCANNED:
            evidence.scan = ScanState.WAITING
        evidence.save(update_fields=["scan", "scan_due_at"])
    return len(due)


@dataclass(frozen=True)
class Choice:
    """Which exhibits are scanned: one, all, those that could not be; else what has no verdict yet."""

    evidence_id: UUID | None = None
    is_all: bool = False
    is_failed: bool = False


@dataclass
class ScanReport:
    """What scans of a store said; exhibits are named by case and position."""

    scanned: int = 0
    clean: int = 0
    infected: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def note(self, name: str, scanned: Scanned) -> None:
        """Count one exhibit."""
        self.scanned += 1
        if scanned.state == ScanState.CLEAN:
            self.clean += 1
        elif scanned.state == ScanState.INFECTED:
            self.infected.append(f"{name}: {scanned.signature}")
        else:
            self.failed.append(f"{name}: {scanned.note}")


def scan_store(*, access: Access, choice: Choice = Choice(), is_dry: bool = False) -> ScanReport:
    """Return what scans of an agency's exhibits said; dry, nothing is kept of it.

    Opens its own transactions, so call it outside one. Raise NotAllowed, NotFound, Conflict where there is no scanner
    or it does not answer.
    """
    access.require(Capability.VIEW_EVIDENCE)
    _address()
    if not _answers():
        raise Conflict(clamd.AWAY, code="scanner_away")
    report = ScanReport()
    for name, evidence in _chosen(access, choice):
        scanned = scan_file(evidence)
        report.note(name, scanned)
        if not is_dry:
            with agency_scope(access, reason="scanned for malware"):
                note_scan(access=access, evidence=evidence, scanned=scanned)
    return report


def _chosen(access: Access, choice: Choice) -> Iterator[tuple[str, Evidence]]:
    with agency_scope(access):
        exhibits = Evidence.objects.visible_to(access).in_store().select_related("case").order_by("pk")
        if choice.evidence_id is not None:
            exhibits = exhibits.filter(pk=choice.evidence_id)
        elif not choice.is_all:
            exhibits = exhibits.filter(scan__in=[ScanState.FAILED] if choice.is_failed else UNTRIED)
        found = list(exhibits)
    if choice.evidence_id is not None and not found:
        raise NotFound()
    for evidence in found:
        yield f"{evidence.case.number} E-{evidence.position:02d} ({evidence.sha256[:12]})", evidence


def _address() -> clamd.Address:
    if not settings.CLAMD:
        raise Conflict("No scanner is set up: CLAMD is empty.", code="no_scanner")
    address: clamd.Address = settings.CLAMD
    return address


def _answers() -> bool:
    try:
        clamd.version(_address(), PING_SECONDS)
    except clamd.ScanFailed as problem:
        logger.error("The scanner gave no answer: %s", problem.sentence)
        return False
    return True
