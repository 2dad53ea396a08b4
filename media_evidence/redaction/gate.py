"""The release gate: nothing goes out in which a check found that something remains besides what is seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from media_evidence.models import Redaction, ReleaseCheck
from media_evidence.redaction.regions import as_rendered
from nethra.core.parsing import rendering
from nethra.core.parsing.regions import Range, Remains

SENTENCES = {
    Remains.METADATA: "The copy says something about itself besides what it shows.",
    Remains.BEHIND: "Something lies behind or beneath what the copy shows.",
    Remains.NOT_COVERED: "A box is not covered.",
    Remains.TEXT: "The copy still holds text.",
    Remains.ANNOTATIONS: "The copy holds annotations or form fields.",
    Remains.ATTACHMENTS: "The copy holds attached files.",
    Remains.ACTIVE: "The copy holds actions or addresses.",
    Remains.OTHER_OBJECTS: "The copy holds something besides the pixels of its pages.",
    Remains.NOT_MARKED: "A range is not marked as taken out.",
    Remains.UNREADABLE: "The copy cannot be checked.",
}


def remains_in(copy: Path, kept: list[dict[str, Any]], *, is_document: bool) -> frozenset[Remains]:
    """Return what remains in a copy on disk. A document's ranges were drawn: no words are left to look for."""
    regions = as_rendered(kept)
    if is_document:
        regions = [region for region in regions if not isinstance(region, Range)]
    with copy.open("rb") as file:
        return rendering.remains(file, regions)


def note_check(redaction: Redaction, found: Iterable[Remains]) -> ReleaseCheck:
    """Keep what a check of a made copy found, and return it."""
    findings = sorted(found)
    check = ReleaseCheck(
        agency_id=redaction.agency_id,
        case_id=redaction.case_id,
        redaction=redaction,
        checked_at=datetime.now(UTC),
        sha256=redaction.sha256,
        is_clean=not findings,
        findings=findings,
    )
    check.save(force_insert=True)
    return check


def latest_checks(redactions: Collection[Redaction]) -> dict[UUID, ReleaseCheck]:
    """Return copy -> what the latest check of its file found; copies of one agency, which the caller may see."""
    digests = {copy.pk: copy.sha256 for copy in redactions}
    agencies = {copy.agency_id for copy in redactions}
    checks = ReleaseCheck._base_manager.filter(agency_id__in=agencies, redaction_id__in=list(digests))
    found = checks.order_by("checked_at", "pk")
    return {check.redaction_id: check for check in found if check.sha256 == digests[check.redaction_id]}


def why_not(check: ReleaseCheck | None) -> str:
    """Return why a copy may not be released, a sentence for each finding; empty where it may."""
    return "The copy was not checked." if check is None else sentences_of(check.findings)


def sentences_of(findings: Iterable[str]) -> str:
    """Return what a check found, a sentence each."""
    return " ".join(SENTENCES[Remains(name)] for name in findings)
