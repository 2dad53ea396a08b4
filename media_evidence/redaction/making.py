"""Making a redacted copy: between short transactions, in the name of whoever ordered it."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from accounts.models import User
from accounts.roles import access_of_person
from media_evidence import store
from media_evidence.choices import CustodyKind, RedactionState
from media_evidence.contents import lock_content
from media_evidence.custody.entries import write_entry
from media_evidence.models import DisclosedFile, Evidence, Redaction
from media_evidence.redaction.gate import note_check, remains_in
from media_evidence.redaction.regions import as_rendered
from media_evidence.redaction.services import UNDER_WAY, find_redaction, opened
from media_evidence.rules import refuse_quarantined
from nethra.core.access import Access
from nethra.core.errors import DomainError
from nethra.core.parsing import rendering
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.regions import Remains
from nethra.core.parsing.rendering import CannotRender, Copy
from nethra.core.scope import agency_scope
from nethra.core.uploads import incoming_folder

#: Progress is written no more often: a page takes a tenth of a second.
TELL_SECONDS = 1.0
ALTERED = "The stored file is not what was taken in: no copy is made of it."
ENDINGS = {ParsedKind.PICTURE: ("jpg", "image/jpeg"), ParsedKind.TEXT: ("txt", "text/plain")}
DOCUMENT = ("pdf", "application/pdf")


class Cancelled(Exception):
    """Somebody wants the copy no more."""


def make(*, access: Access, redaction_id: UUID) -> None:
    """Make an ordered copy, check what remains in it, and keep both; why it cannot be made is kept too.

    Opens its own transactions, so call it outside one.
    """
    with agency_scope(access):
        redaction = find_redaction(access, redaction_id)
        person = access_of_maker(access, redaction.ordered_by_id)
    with suppress(Cancelled):
        try:
            _keep_state(person, redaction, RedactionState.WORKING)
            copy = _rendered(redaction, person)
            _keep(person, redaction, copy)
        except (CannotRender, DomainError) as problem:
            _keep_state(access, redaction, RedactionState.FAILED, str(problem))


def access_of_maker(access: Access, user_id: UUID | None) -> Access:
    """Return the access of whoever ordered what a job makes, whom the chain of custody then names."""
    person = User.objects.colleagues_of(access).filter(pk=user_id).first()
    return access_of_person(person, access.source) if person else access


def render_original(
    redaction: Redaction, progress: Callable[[int, int], None], *, given_to: str = ""
) -> Copy:
    """Return an exhibit without the regions of one of its copies; raise CannotRender, and what ``progress`` raises.

    ``given_to`` names over all of it for whom it is made.
    """
    evidence = redaction.evidence
    refuse_quarantined(evidence)
    with opened(evidence) as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != evidence.sha256:
            raise CannotRender(ALTERED)
        return rendering.redact(file, as_rendered(redaction.regions), progress, given_to=given_to)


def telling(row: Redaction | DisclosedFile, person: Access) -> Callable[[int, int], None]:
    """Return what keeps how many pages of a copy are done; it raises Cancelled once the copy is not worked on."""
    last = 0.0

    def tell(done: int, whole: int) -> None:
        nonlocal last
        if time.monotonic() - last < TELL_SECONDS and done < whole:
            return
        last = time.monotonic()
        with agency_scope(person):
            of_copy = type(row)._base_manager.filter(agency_id=row.agency_id, pk=row.pk)
            if not of_copy.filter(state=RedactionState.WORKING).update(pages_done=done, pages=whole):
                raise Cancelled

    return tell


def _rendered(redaction: Redaction, person: Access) -> Copy:
    return render_original(redaction, telling(redaction, person))


def prepare_store(agency_id: UUID, copy: Copy, arrived: Path) -> None:
    """Do what takes long before put_in_store, with no transaction open."""
    store.files().prepare(agency_id, hashlib.sha256(copy.content).hexdigest(), arrived)


def put_in_store(agency_id: UUID, copy: Copy, arrived: Path) -> str:
    """Put what was made into the store and return its SHA-256; within the transaction that writes its row."""
    # CUSTODY: the file is on disk before the row vouches for it, as an exhibit's is; tests/media_evidence.
    sha256 = hashlib.sha256(copy.content).hexdigest()
    lock_content(agency_id, sha256)
    store.files().keep(agency_id, sha256, arrived, was_prepared=True)
    return sha256


def _keep_state(access: Access, redaction: Redaction, state: RedactionState, note: str = "") -> None:
    with agency_scope(access, reason="redacted copy"):
        of_copy = Redaction._base_manager.filter(agency_id=redaction.agency_id, pk=redaction.pk)
        if not of_copy.filter(state__in=UNDER_WAY).update(state=state, note=note):
            raise Cancelled


def _keep(person: Access, redaction: Redaction, copy: Copy) -> None:
    with tempfile.NamedTemporaryFile(dir=incoming_folder()) as file:
        file.write(copy.content)
        file.flush()
        arrived = Path(file.name)
        # Words that were drawn are pixels: of them a check asks no more than of any document.
        found = remains_in(arrived, redaction.regions, is_document=copy.kind == ParsedKind.ARCHIVE)
        prepare_store(person.agency_id, copy, arrived)
        with agency_scope(person, reason="redacted copy made"):
            _keep_file(person, redaction, copy, arrived, found)


def _keep_file(
    person: Access, redaction: Redaction, copy: Copy, arrived: Path, found: frozenset[Remains]
) -> None:
    # The exhibit comes first, as it does for whoever cancels.
    evidence = (
        Evidence.objects.visible_to(person).select_for_update(of=("self",)).get(pk=redaction.evidence_id)
    )
    stored = Redaction._base_manager.select_for_update().get(agency_id=person.agency_id, pk=redaction.pk)
    if stored.state != RedactionState.WORKING:
        raise Cancelled
    sha256 = put_in_store(person.agency_id, copy, arrived)
    ending, stored.content_type = ENDINGS.get(copy.kind, DOCUMENT)
    stored.file_name = f"{Path(evidence.file_name).stem[:200]}-redacted-{stored.position}.{ending}"
    stored.state, stored.made_at, stored.note = RedactionState.MADE, datetime.now(UTC), " ".join(copy.notes)
    stored.sha256, stored.size = sha256, len(copy.content)
    stored.save()
    note_check(stored, found)
    told = f"{stored}, {len(stored.regions)} regions taken out, SHA-256 {sha256}."
    write_entry(evidence, CustodyKind.COPIED, {"reason": told})
