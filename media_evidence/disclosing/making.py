"""Making the files of one recipient: each as its redacted copy was made, with their name over it, and checked again."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Agency
from media_evidence.choices import CustodyKind, RedactionState
from media_evidence.custody.entries import write_entry
from media_evidence.disclosing.services import find_disclosure
from media_evidence.jobs import mail_disclosure_link, mail_failed_disclosure
from media_evidence.models import DisclosedFile, Disclosure
from media_evidence.redaction.gate import remains_in, sentences_of
from media_evidence.redaction.making import (
    DOCUMENT,
    ENDINGS,
    Cancelled,
    access_of_maker,
    prepare_store,
    put_in_store,
    render_original,
    telling,
)
from media_evidence.redaction.services import UNDER_WAY
from nethra.core.access import Access
from nethra.core.errors import Conflict, DomainError
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.rendering import CannotRender, Copy
from nethra.core.scope import agency_scope
from nethra.core.uploads import incoming_folder
from nethra.jobs.queue import enqueue

REVOKED = "It was revoked before the file was made."
DISPOSED = "The exhibit was disposed of before the file was made."


def make_files(*, access: Access, disclosure_id: UUID) -> None:
    """Make what is not made yet of a disclosure; why a file cannot be made is kept with it.

    Once all are made the recipient is mailed the link; where one cannot be, whoever made the disclosure is told. Opens
    its own transactions, so call it outside one.
    """
    with agency_scope(access):
        disclosure = find_disclosure(access, disclosure_id)
        of_it = DisclosedFile.objects.visible_to(access).filter(disclosure_id=disclosure.pk)
        waiting = of_it.filter(state__in=UNDER_WAY).select_related("redaction__evidence")
        files = list(waiting.order_by("pk"))
        person, line = access_of_maker(access, disclosure.made_by_id), given_to(access, disclosure)
    for file in files:
        _make(access, person, disclosure, file, line)
    with agency_scope(access):
        states = set(of_it.values_list("state", flat=True))
        if states == {RedactionState.MADE} and disclosure.mailed_hash is None:
            enqueue(mail_disclosure_link, agency_id=access.agency_id, disclosure_id=disclosure.pk)
        elif files and RedactionState.FAILED in states:
            enqueue(mail_failed_disclosure, agency_id=access.agency_id, disclosure_id=disclosure.pk)


def given_to(access: Access, disclosure: Disclosure) -> str:
    """Return the line that stands over a recipient's files: who, which disclosure, and the day where the agency is."""
    agency = Agency.objects.visible_to(access).get()
    day = disclosure.made_at.astimezone(ZoneInfo(agency.time_zone))
    return f"{disclosure.recipient_name}, {disclosure.number}, {day.day} {day:%b %Y}"


def _make(access: Access, person: Access, disclosure: Disclosure, file: DisclosedFile, line: str) -> None:
    with suppress(Cancelled):
        try:
            _keep_state(access, file, RedactionState.WORKING)
            copy = render_original(file.redaction, telling(file, access), given_to=line)
            _keep(person, disclosure, file, copy)
        except (CannotRender, DomainError) as problem:
            _keep_state(access, file, RedactionState.FAILED, str(problem))


def _keep_state(access: Access, file: DisclosedFile, state: RedactionState, note: str = "") -> None:
    with agency_scope(access, reason="disclosed file"):
        of_file = DisclosedFile._base_manager.filter(agency_id=file.agency_id, pk=file.pk)
        if not of_file.filter(state__in=UNDER_WAY).update(state=state, note=note):
            raise Cancelled


def _keep(person: Access, disclosure: Disclosure, file: DisclosedFile, copy: Copy) -> None:
    with tempfile.NamedTemporaryFile(dir=incoming_folder()) as made:
        made.write(copy.content)
        made.flush()
        arrived = Path(made.name)
        # SECURITY: the gate looks into this very file; that the copy without a name was clean proves nothing of it.
        found = remains_in(arrived, file.redaction.regions, is_document=copy.kind == ParsedKind.ARCHIVE)
        if found:
            raise Conflict(sentences_of(sorted(found)))
        prepare_store(person.agency_id, copy, arrived)
        with agency_scope(person, reason="disclosed file made"):
            _keep_file(disclosure, file, copy, arrived)


def _keep_file(disclosure: Disclosure, file: DisclosedFile, copy: Copy, arrived: Path) -> None:
    own = {"agency_id": file.agency_id}
    # The disclosure stays locked: it is not revoked between this question and the commit.
    if Disclosure._base_manager.select_for_update().get(**own, pk=disclosure.pk).revoked_at is not None:
        raise Conflict(REVOKED)
    stored = (
        DisclosedFile._base_manager.select_for_update(of=("self",))
        .select_related("evidence")
        .get(**own, pk=file.pk)
    )
    if stored.state != RedactionState.WORKING:
        raise Cancelled
    if stored.evidence.is_disposed:
        raise Conflict(DISPOSED)
    stored.sha256 = put_in_store(file.agency_id, copy, arrived)
    ending, stored.content_type = ENDINGS.get(copy.kind, DOCUMENT)
    exhibit = Path(file.redaction.file_name).stem[:200]
    stored.file_name = f"{exhibit}-{disclosure.number}.{ending}"
    stored.state, stored.made_at, stored.note = RedactionState.MADE, datetime.now(UTC), " ".join(copy.notes)
    stored.size = len(copy.content)
    stored.save(update_fields=["state", "made_at", "note", "file_name", "content_type", "size", "sha256"])
    told = f"{disclosure}: {file.redaction} made for {disclosure.recipient_name}, SHA-256 {stored.sha256}."
    write_entry(stored.evidence, CustodyKind.COPIED, {"reason": told})
