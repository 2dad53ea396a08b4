"""What a recipient sees of a disclosure, and fetching a file of it: each time is counted, noted and audited."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from media_evidence import store
from media_evidence.choices import CustodyKind, RedactionState
from media_evidence.custody.entries import write_entry
from media_evidence.disclosing.services import end_of, find_disclosure
from media_evidence.jobs import mail_first_download
from media_evidence.models import DisclosedFile, Disclosure, DisclosureDownload
from media_evidence.rules import quarantine_of
from media_evidence.store import StoredFile
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.errors import Conflict, Gone, NotFound
from nethra.core.refusals import refused_by
from nethra.jobs.queue import enqueue

TABLE = "media_evidence_disclosure"
NONE_LEFT = "This file was downloaded as often as it was given for; ask whoever gave it to you."
NOT_THERE = "This file cannot be given out at the moment; ask whoever gave it to you."
NOT_ANY_MORE = "This file is not available any more."


@dataclass(frozen=True)
class Given:
    """What a recipient sees of one disclosure."""

    disclosure: Disclosure
    #: When it ends, in words.
    ends: str
    #: Each with ``left``: how often it can still be fetched.
    files: list[DisclosedFile]

    @property
    def is_ready(self) -> bool:
        """Whether all of its files are made."""
        return all(file.state == RedactionState.MADE for file in self.files)


def read_given(access: Access, disclosure_id: UUID) -> Given:
    """Return a disclosure as its recipient sees it; raise NotFound."""
    disclosure = find_disclosure(access, disclosure_id)
    seen = DisclosedFile.objects.visible_to(access).filter(disclosure_id=disclosure.pk)
    files = list(
        seen.annotate(times=Count("downloads")).select_related("evidence").order_by("file_name", "pk")
    )
    for file in files:
        is_kept_back = file.evidence.is_disposed or quarantine_of(file.evidence)
        is_there = file.state == RedactionState.MADE and not is_kept_back
        file.left = max(0, disclosure.most_downloads - file.times) if is_there else 0  # type: ignore[attr-defined]
    return Given(disclosure, end_of(access, disclosure), files)


@transaction.atomic
def fetch(
    *, access: Access, disclosure_id: UUID, file_id: UUID, address: str
) -> tuple[DisclosedFile, StoredFile]:
    """Return a file that a recipient fetches, as a row and as stored; it counts, whether all arrives or not.

    Raise NotFound, Gone once the exhibit was disposed of, and Conflict where it is not made, is not what was made, is
    in quarantine, or was fetched often enough (code none_left).
    """
    disclosure = find_disclosure(access, disclosure_id)
    # Locked before it is counted: of two at once the second one waits.
    file = _locked(access, disclosure, file_id)
    if file.evidence.is_disposed:
        raise Gone(NOT_ANY_MORE, code="disposed")
    if quarantine_of(file.evidence):
        raise Conflict(NOT_THERE, code="quarantined")
    stored = _stored(file)
    _count(file, address)
    _note(disclosure, file, address)
    of_all = DisclosureDownload.objects.visible_to(access).filter(disclosure_id=disclosure.pk)
    if disclosure.made_by_id and of_all.count() == 1:
        enqueue(mail_first_download, agency_id=access.agency_id, disclosure_id=disclosure.pk)
    return file, stored


def _stored(file: DisclosedFile) -> StoredFile:
    """Return the file as the store has it; raise Conflict where it is not made, or not what was made."""
    try:
        is_it = file.state == RedactionState.MADE and (
            store.files().digest(file.agency_id, file.sha256) == file.sha256
        )
    except FileNotFoundError:
        is_it = False
    if not is_it:
        raise Conflict(NOT_THERE, code="file_missing")
    return store.find(file.agency_id, file.sha256)


def _locked(access: Access, disclosure: Disclosure, file_id: UUID) -> DisclosedFile:
    found: DisclosedFile | None = (
        DisclosedFile.objects.visible_to(access)
        .select_for_update(of=("self",))
        .select_related("evidence", "redaction")
        .filter(disclosure_id=disclosure.pk, pk=file_id)
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _count(file: DisclosedFile, address: str) -> None:
    download = DisclosureDownload(
        agency_id=file.agency_id,
        case_id=file.case_id,
        disclosure_id=file.disclosure_id,
        file_id=file.pk,
        address=address[:64],
    )
    with refused_by("disclosure_step", lambda _: Conflict(NONE_LEFT, code="none_left")):
        download.save(force_insert=True)


def _note(disclosure: Disclosure, file: DisclosedFile, address: str) -> None:
    """CUSTODY: in the chain of the exhibit, and in the audit, each time; tests/media_evidence/test_disclosing.py."""
    from_where = f" Asked for from {address}." if address else ""
    said = f"{disclosure}: {file.redaction} with the recipient's name over it, SHA-256 {file.sha256}.{from_where}"
    write_entry(file.evidence, CustodyKind.DOWNLOADED, {"reason": said}, to_name=disclosure.recipient_name)
    record_event(
        action="disclosure_downloaded",
        entity=TABLE,
        object_id=disclosure.pk,
        body={"case_id": file.case_id, "evidence_id": file.evidence_id, "file_id": file.pk},
    )
