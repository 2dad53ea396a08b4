"""The verbs for exports: order one, stop it, hand its file out, delete files that expired."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.errors import Conflict, Gone, InvalidInput, NotAllowed, NotFound
from nethra.exchange.choices import UNDER_WAY, ExportFormat, ExportStatus, ResourceName
from nethra.exchange.files import ExportFile, file_of, remove_files
from nethra.exchange.jobs import make_export_job
from nethra.exchange.models import MOST_REASON, Export
from nethra.exchange.resources import RESOURCES, wanted_rows
from nethra.exchange.writing.tables import MOST_ROWS, too_many_rows
from nethra.jobs.queue import enqueue, is_under_way

TABLE = "exchange_export"
#: Exports of one person that wait or run.
MOST_UNDER_WAY = 5
LOST = "The worker was stopped before the file was whole: order the export again."
REASON_NEEDED = f"Say in up to {MOST_REASON} characters what the export is for."


@transaction.atomic
def order_export(*, access: Access, resource: str, format: str, filters: str, reason: str) -> Export:
    """Order a list as a file and return the export; a worker makes it in the name of whoever asks.

    ``filters`` are written as in the query of the API's list. Raise NotAllowed, InvalidInput, and Conflict
    (code too_many_exports) while five of the person's exports are under way.
    """
    if access.author_id is None:
        raise NotAllowed("Only the agency's own people export its records.")
    total = count_wanted(access, resource, format, filters)
    waiting = Export.objects.visible_to(access).filter(status__in=UNDER_WAY)
    if waiting.count() >= MOST_UNDER_WAY:
        raise Conflict(
            f"{MOST_UNDER_WAY} of your exports are under way: wait for one, or cancel it.",
            code="too_many_exports",
        )
    export = Export(
        agency_id=access.agency_id,
        resource=resource,
        format=format,
        filters=filters,
        reason=checked_reason(reason),
        made_by_id=access.author_id,
        capabilities=sorted(access.capabilities),
        rows_total=total,
    )
    export.save(force_insert=True)
    enqueue(make_export_job, agency_id=access.agency_id, export_id=export.pk)
    return export


def count_wanted(access: Access, resource: str, format: str, filters: str) -> int:
    """Return how many records an export would hold; raise NotAllowed, InvalidInput also for more than a sheet holds."""
    total = wanted_rows(access, resource, filters).count()
    if format == ExportFormat.XLSX and total > MOST_ROWS:
        raise too_many_rows()
    return total


def checked_reason(text: str) -> str:
    """Return why records are exported; raise InvalidInput where nobody says it."""
    reason = text.strip()
    if not reason or len(reason) > MOST_REASON or not reason.isprintable():
        raise InvalidInput(REASON_NEEDED, code="export_reason_needed", errors={"reason": [REASON_NEEDED]})
    return reason


def find_export(access: Access, export_id: UUID) -> Export:
    """Return an export that the access ordered; raise NotFound."""
    found: Export | None = Export.objects.visible_to(access).filter(pk=export_id).first()
    if found is None:
        raise NotFound()
    return found


@transaction.atomic
def cancel_export(*, access: Access, export_id: UUID) -> Export:
    """Stop an export that is not made yet and return it; raise NotFound, or Conflict where it has ended."""
    export = find_export(access, export_id)
    mine = Export.objects.visible_to(access).filter(pk=export.pk)
    # One that waits has nobody yet who would hear of it.
    if mine.filter(status=ExportStatus.WAITING).update(
        status=ExportStatus.CANCELLED, cancel_requested=True, finished_at=datetime.now(UTC)
    ):
        return find_export(access, export_id)
    if not mine.filter(status=ExportStatus.RUNNING).update(cancel_requested=True):
        raise Conflict("This export has ended already.", code="not_under_way")
    return find_export(access, export_id)


@transaction.atomic
def hand_out_export(*, access: Access, export_id: UUID) -> tuple[Export, ExportFile]:
    """Return an export and its file, for a download that the audit then knows of.

    Raise NotFound, NotAllowed for whoever may no longer read such a list, Conflict (code not_made) where there is
    no file yet, Gone once it was deleted.
    """
    export = find_export(access, export_id)
    access.require(RESOURCES[ResourceName(export.resource)].capability)
    is_over = export.expires_at is not None and export.expires_at <= datetime.now(UTC)
    if export.status == ExportStatus.EXPIRED or is_over:
        raise Gone("The file was deleted when its time was over: order the export again.", code="expired")
    if export.status != ExportStatus.DONE:
        raise Conflict("There is no file of this export.", code="not_made")
    file = file_of(export)
    if not file.is_file():
        raise Gone("The file is no longer on the server: order the export again.", code="expired")
    record_event(
        action="export_downloaded",
        entity=TABLE,
        object_id=export.pk,
        body={"resource": export.resource, "rows": export.rows_done, "sha256": export.sha256},
    )
    return export, ExportFile(file)


@transaction.atomic
def expire_exports(*, access: Access, everything: bool = False) -> int:
    """Delete the files whose time is over, or ``everything`` that was made; return how many exports that were.

    What is being made ends without a file where ``everything`` goes, or where its worker was killed.
    """
    exports = Export.objects.visible_to(access)
    under_way = exports.filter(status__in=UNDER_WAY)
    if everything:
        under_way.update(cancel_requested=True)
    lost = [export for export in under_way if not _is_at_work(export)]
    made = exports.filter(status=ExportStatus.DONE)
    over = list(made if everything else made.filter(expires_at__lte=datetime.now(UTC)))
    exports.filter(pk__in=[export.pk for export in over]).update(status=ExportStatus.EXPIRED)
    under_way.filter(pk__in=[export.pk for export in lost]).update(
        status=ExportStatus.FAILED, message=LOST, finished_at=datetime.now(UTC)
    )

    def remove() -> None:
        for export in (*over, *lost):
            remove_files(export)

    transaction.on_commit(remove)
    return len(over)


def _is_at_work(export: Export) -> bool:
    return is_under_way(make_export_job, agency_id=export.agency_id, export_id=export.pk)
