"""What is legal: which files are kept back until a scan for malware said that they are clean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from media_evidence.choices import ScanState
from nethra.core.errors import Conflict

if TYPE_CHECKING:
    from media_evidence.models import Evidence

#: A scan that was ordered and of which nothing was heard for so long is ordered again.
LOST_AFTER = timedelta(hours=1)
#: The wait after the first failure; it doubles with each, up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)

_BECAUSE = {
    ScanState.NOT_SCANNED: "it was not scanned for malware yet",
    ScanState.WAITING: "it waits to be scanned for malware",
    ScanState.INFECTED: "malware was found in it",
    ScanState.FAILED: "it could not be scanned for malware",
}


def held_back() -> frozenset[ScanState]:
    """Return the states in which a file is in quarantine.

    What was never scanned is only where a scanner is set up. What is infected or could not be scanned always is:
    taking the scanner away does not free it.
    """
    always = frozenset({ScanState.INFECTED, ScanState.FAILED})
    return always | ({ScanState.NOT_SCANNED, ScanState.WAITING} if settings.CLAMD else frozenset())


def quarantine_of(evidence: Evidence) -> str:
    """Return why an exhibit's file is in quarantine, as one sentence; '' where it is not, or there is none."""
    return "" if evidence.is_disposed or evidence.is_physical else _sentence(evidence.scan)


def refuse_quarantined(evidence: Evidence) -> None:
    """Raise Conflict (code quarantined) where an exhibit's file, and what was made of it, is kept back."""
    _refuse(quarantine_of(evidence))


def refuse_state(scan: str) -> None:
    """Raise Conflict (code quarantined) where a file of which no more is known than its state is kept back."""
    _refuse(_sentence(scan))


def awaited_scan() -> dict[str, Any]:
    """Return the fields of an exhibit whose scan is about to be ordered; none where no scanner is set up."""
    if not settings.CLAMD:
        return {}
    return {"scan": ScanState.WAITING, "scan_due_at": datetime.now(UTC) + LOST_AFTER}


def wait_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row before the next scan."""
    return min(FIRST_WAIT * (1 << min(failures - 1, 10)), LONGEST_WAIT)


def _sentence(scan: str) -> str:
    if scan not in held_back():
        return ""
    return f"The file is in quarantine: {_BECAUSE[ScanState(scan)]}."


def _refuse(sentence: str) -> None:
    if sentence:
        raise Conflict(sentence, code="quarantined")
