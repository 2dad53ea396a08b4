"""Running an import from the staged file to the stored incidents, in short transactions of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from django.db.models import F

from accounts.models import Agency
from incidents.choices import ImportStatus
from incidents.gazetteer.lookups import LookUp
from incidents.import_profiles import ImportProfile, ProfileError
from incidents.importing import batches
from incidents.importing.batches import gazetteer_for
from incidents.importing.files import BadFile
from incidents.importing.judging import Counts, judge
from incidents.importing.offences import make_categories
from incidents.importing.progress import Phase, Progress, Watcher
from incidents.importing.rejects import store_rejects, write_rejects
from incidents.importing.sessions import results_of
from incidents.importing.sql import execute, prepare_session
from incidents.importing.staging import Staged, stage
from incidents.importing.storing import (
    CHUNK,
    next_chunk,
    refresh_statistics,
    remove_chunk,
    store_chunk,
    take_chunk,
)
from incidents.models import ImportBatch
from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from nethra.core.scope import agency_scope


class CancelRequested(Exception):
    """Somebody asked this import to stop."""


def check_file(
    access: Access,
    path: Path,
    profile: ImportProfile,
    watch: Watcher,
    reason: str,
    *,
    look_up_addresses: bool = False,
) -> tuple[Staged, Counts]:
    """Stage a file and decide what becomes of its rows; nothing is stored. Raises BadFile.

    Raises InvalidInput where addresses are to be looked up and there is nothing to look them up in.
    """
    with agency_scope(access, reason=reason):
        addresses = gazetteer_for(access, profile) if look_up_addresses else None
    with agency_scope(access, reason=reason):
        staged = stage(path, profile, lambda done: watch(Progress(Phase.READING, done, None)))
    watch(Progress(Phase.CHECKING, 0, staged.rows))
    with agency_scope(access, reason=reason):
        prepare_session()
        counts = judge(staged, Agency.objects.visible_to(access).get(), addresses=addresses)
    watch(Progress(Phase.CHECKING, staged.rows, staged.rows))
    return staged, counts


def run(access: Access, batch: ImportBatch, watch: Watcher) -> None:
    """Import the batch's file; whatever ends it early, nothing of it stays and the batch says why."""
    try:
        _run(access, batch, watch)
    except (BadFile, ProfileError, InvalidInput) as refusal:
        _give_up(access, batch, watch, ImportStatus.FAILED, str(refusal))
    except CancelRequested:
        _give_up(
            access, batch, watch, ImportStatus.CANCELLED, "The import was cancelled; nothing of it stays."
        )
    except KeyboardInterrupt:
        _give_up(
            access, batch, watch, ImportStatus.CANCELLED, "The import was interrupted; nothing of it stays."
        )
        raise
    except BaseException:
        sentence = "The import stopped on an unexpected error; nothing of it stays. The log says more."
        _give_up(access, batch, watch, ImportStatus.FAILED, sentence)
        raise


def _run(access: Access, batch: ImportBatch, watch: Watcher) -> None:
    reason = batches.reason_of(batch.pk)
    # A killed run of this batch may have left rows; they would otherwise count as known.
    remove_stored(access, batch, watch)
    batches.change_batch(
        access, batch.pk, **_fresh(), status=ImportStatus.RUNNING, started_at=datetime.now(UTC)
    )
    staged, counts = check_file(
        access,
        batches.upload_path(batch),
        batches.profile_of(batch),
        watch,
        reason,
        look_up_addresses=batch.look_up_addresses,
    )
    decided = counts.known + counts.repeated + counts.rejected
    batches.change_batch(
        access,
        batch.pk,
        rows_total=counts.read,
        rows_read=decided,
        rows_known=counts.known,
        rows_repeated=counts.repeated,
        rows_rejected=counts.rejected,
        **{f"addresses_{outcome}": count for outcome, count in (counts.looked_up or {}).items()},
    )
    _store_rejects(access, batch, staged, counts, watch)
    _store_incidents(access, batch, staged, counts, watch)
    batches.change_batch(
        access,
        batch.pk,
        status=ImportStatus.DONE,
        message=summary(counts),
        finished_at=datetime.now(UTC),
    )


def _store_rejects(
    access: Access, batch: ImportBatch, staged: Staged, counts: Counts, watch: Watcher
) -> None:
    total = counts.rejected + counts.repeated
    if not total:
        return
    path = batches.rejects_path(batch)
    # Temporary tables need no scope, but the statement wants its memory settings.
    with agency_scope(access, reason=batches.reason_of(batch.pk)):
        prepare_session()
        write_rejects(staged, path)
    relative = str(Path(batch.upload_path).with_name(path.name))
    batches.change_batch(access, batch.pk, rejects_path=relative)
    done = 0
    for after in range(0, staged.rows, CHUNK):
        with agency_scope(access, reason=batches.reason_of(batch.pk)):
            prepare_session()
            done += store_rejects(staged, access.agency_id, batch.pk, after, after + CHUNK)
            _heed_cancel(access, batch)
        watch(Progress(Phase.REJECTING, done, total))


def _store_incidents(
    access: Access, batch: ImportBatch, staged: Staged, counts: Counts, watch: Watcher
) -> None:
    with agency_scope(access, reason=batches.reason_of(batch.pk)):
        agency = Agency.objects.visible_to(access).get()
        make_categories(staged, agency.pk)
    done = 0

    def store(chunk: list[bytes]) -> int:
        return _store(access, batch, agency, staged.profile.source, chunk)

    chunks = _chunks(access, batch, staged)
    with closing(results_of(store, chunks)) as numbers:
        for nth, stored in enumerate(numbers):
            if nth == 0:
                with agency_scope(access, reason=batches.reason_of(batch.pk)):
                    refresh_statistics()
            done += stored
            watch(Progress(Phase.STORING, done, counts.new))


def _chunks(access: Access, batch: ImportBatch, staged: Staged) -> Iterator[list[bytes]]:
    """Yield the new rows, chunk by chunk: what is staged, only this session sees."""
    after = 0
    while True:
        with agency_scope(access, reason=batches.reason_of(batch.pk)):
            prepare_session()
            until = next_chunk(staged, after)
            if until is None:
                return
            chunk = take_chunk(staged, after, until)
        yield chunk
        after = until


def _store(access: Access, batch: ImportBatch, agency: Agency, source: str, chunk: list[bytes]) -> int:
    with agency_scope(access, reason=batches.reason_of(batch.pk)):
        prepare_session()
        stored = store_chunk(source, agency, batch.pk, chunk)
        # Last: until this transaction ends, the others wait for the batch's row.
        ImportBatch.objects.visible_to(access).filter(pk=batch.pk).update(
            rows_stored=F("rows_stored") + stored, rows_read=F("rows_read") + stored
        )
        _heed_cancel(access, batch)
    return stored


def _heed_cancel(access: Access, batch: ImportBatch) -> None:
    if ImportBatch.objects.visible_to(access).filter(pk=batch.pk, cancel_requested=True).exists():
        raise CancelRequested


def remove_stored(access: Access, batch: ImportBatch, watch: Watcher, *, edited_too: bool = True) -> int:
    """Remove what the batch stored, in chunks; return how many incidents went."""
    removed = 0
    while True:
        with agency_scope(access, reason=batches.reason_of(batch.pk)):
            prepare_session()
            count = remove_chunk(access.agency_id, batch.pk, edited_too=edited_too)
        if not count:
            return removed
        removed += count
        watch(Progress(Phase.REMOVING, removed, batch.rows_stored or None))


def _give_up(access: Access, batch: ImportBatch, watch: Watcher, status: ImportStatus, message: str) -> None:
    remove_stored(access, batch, watch)
    with agency_scope(access, reason=batches.reason_of(batch.pk)):
        execute(
            "DELETE FROM incidents_importreject WHERE agency_id = {agency} AND batch_id = {batch}",
            agency=access.agency_id,
            batch=batch.pk,
        )
    batches.rejects_path(batch).unlink(missing_ok=True)
    values = {**_fresh(), "status": status, "message": message, "finished_at": datetime.now(UTC)}
    batches.change_batch(access, batch.pk, **values)


def _fresh() -> dict[str, object]:
    counts = ("total", "read", "stored", "known", "repeated", "rejected")
    return {
        **{f"rows_{name}": 0 for name in counts},
        **{f"addresses_{outcome}": 0 for outcome in LookUp},
        "rejects_path": "",
        "message": "",
    }


def summary(counts: Counts) -> str:
    """Return what became of the rows, in sentences."""
    rows = "row" if counts.read == 1 else "rows"
    said = (
        f"{counts.read:,} {rows} read: {counts.new:,} stored, {counts.known:,} known already, "
        f"{counts.repeated:,} repeated, {counts.rejected:,} rejected."
    )
    if counts.looked_up is not None:
        said = f"{said} {_addresses_said(counts.looked_up)}"
    if counts.district_agreement is None:
        return said
    return f"{said} {counts.district_agreement:.2%} lie in the district that the file names."


def _addresses_said(looked_up: Mapping[LookUp, int]) -> str:
    found, ambiguous, unknown = (looked_up[outcome] for outcome in LookUp)
    return (
        f"{found:,} were placed by their address; {ambiguous:,} with an ambiguous and {unknown:,} with an unknown "
        "address have no place."
    )
