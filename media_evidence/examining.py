"""Checks of an exhibit: whether its file and its chain of custody are what they were, and who hears of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from media_evidence import store
from media_evidence.choices import Integrity
from media_evidence.custody.chain import Break
from media_evidence.custody.checking import custody_breaks
from media_evidence.models import Evidence, FixityCheck
from media_evidence.services import find_evidence, tell_managers
from nethra.core.access import Access

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verified:
    """What a check of one exhibit found: of its stored file, and of its chain of custody."""

    evidence: Evidence
    integrity: Integrity
    breaks: Sequence[Break] = ()

    @property
    def is_well(self) -> bool:
        """Whether the file, where there is to be one, is there and is what was taken in, and the chain holds."""
        return self.is_file_well and not self.breaks

    @property
    def is_file_well(self) -> bool:
        """Whether the file is what was taken in, or none is to be there: of a thing, or of what was disposed of."""
        return self.integrity in (Integrity.INTACT, Integrity.DISPOSED, Integrity.NO_FILE)

    @property
    def sentences(self) -> list[str]:
        """What is wrong, a sentence each."""
        file = [] if self.is_file_well else [f"The file is {self.integrity.label.lower()}."]
        return file + [f"Chain of custody: {broken}" for broken in self.breaks]


@dataclass(frozen=True)
class Examined:
    """What hashing a stored file said: the digest found, empty where there is no file."""

    integrity: Integrity
    sha256: str = ""


def verify_evidence(*, access: Access, evidence: Evidence) -> Verified:
    """Check the stored file and the chain of custody; what is found is a row, and is kept on the exhibit."""
    stored = find_evidence(access, evidence.pk)
    breaks = custody_breaks(access, [stored]).get(stored.pk, [])
    return record_check(access=access, evidence=stored, examined=examine(stored), breaks=breaks)


def examine(evidence: Evidence) -> Examined:
    """Hash the stored file and return what that says; it takes as long as the disk does. A thing has none.

    Of what was disposed of nothing is hashed: that no file is left says its certificate, and the sweep.
    """
    if evidence.is_physical:
        return Examined(Integrity.NO_FILE)
    if evidence.is_disposed:
        return Examined(Integrity.DISPOSED)
    try:
        found = store.files().digest(evidence.agency_id, evidence.sha256)
    except FileNotFoundError:
        return Examined(Integrity.MISSING)
    return Examined(Integrity.INTACT if found == evidence.sha256 else Integrity.ALTERED, found)


@transaction.atomic
def record_check(
    *, access: Access, evidence: Evidence, examined: Examined, breaks: Sequence[Break] = ()
) -> Verified:
    """Keep what a check found; whoever manages evidence is mailed when an exhibit is first found unsound.

    Raise NotAllowed, NotFound.
    """
    stored = find_evidence(access, evidence.pk)
    if stored.is_disposed:
        # Also where the file was read before, or was gone already.
        examined = Examined(Integrity.DISPOSED)
    was_sound, now = stored.is_sound, datetime.now(UTC)
    stored.integrity, stored.is_chain_broken, stored.verified_at = examined.integrity, bool(breaks), now
    stored.save(update_fields=["integrity", "is_chain_broken", "verified_at"])
    FixityCheck(
        agency_id=stored.agency_id,
        case_id=stored.case_id,
        evidence_id=stored.pk,
        checked_at=now,
        checked_by_id=access.author_id,
        source=access.source,
        integrity=examined.integrity,
        found_sha256=examined.sha256,
        custody_breaks=len(breaks),
    ).save(force_insert=True)
    if was_sound and not stored.is_sound:
        sound_alarm(access, stored)
    return Verified(stored, Integrity(stored.integrity), breaks)


def sound_alarm(access: Access, evidence: Evidence) -> None:
    """Mail those who manage evidence, and log it for the operators; names and places stand in neither."""
    from media_evidence.jobs import mail_unsound_evidence

    logger.error("The exhibit %s of the agency %s is unsound", evidence.pk, evidence.agency_id)
    tell_managers(access, evidence, mail_unsound_evidence)
