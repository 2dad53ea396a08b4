"""What a stored file is, shows and says about itself."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from media_evidence import store
from media_evidence.models import Evidence
from nethra.core.parsing.looking import Look, look_into

#: Years outside of which no file was made: such a time says that the device had none.
EARLIEST, LATEST = 1900, 2199
GONE = "The file is not in the store; an administrator must look."


def inspect(evidence: Evidence) -> Look:
    """Return what the exhibit's file shows and says; notes where it cannot be read or is not there."""
    try:
        with store.files().opened(evidence.agency_id, evidence.sha256) as file:
            return look_into(file)
    except FileNotFoundError:
        return Look(notes=(GONE,))


def stated_at(look: Look, zone: ZoneInfo) -> datetime | None:
    """Return when the file says it was recorded or written; without an offset of its own it speaks of ``zone``."""
    stated, offset = look.facts["stated"], look.facts["offset"]
    try:
        found = datetime.fromisoformat(f"{stated}{offset}")
    except ValueError:
        return None
    if not EARLIEST <= found.year <= LATEST:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)
