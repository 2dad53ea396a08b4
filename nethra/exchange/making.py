"""Making the file of an export: batch by batch, in the name of whoever ordered it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.roles import access_of_person
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import DomainError, NotAllowed
from nethra.core.rows import Records
from nethra.core.scope import agency_scope
from nethra.exchange.choices import UNDER_WAY, ExportFormat, ExportStatus, ResourceName
from nethra.exchange.columns import columns_of
from nethra.exchange.files import file_of, part_of, remove_files, seal
from nethra.exchange.models import Export
from nethra.exchange.resources import RESOURCES, batches
from nethra.exchange.services import checked_reason, count_wanted, find_export
from nethra.exchange.writing.tables import write_csv, write_xlsx

#: Progress is written no more often.
TELL_SECONDS = 1.0
WHY = "export"


class Cancelled(Exception):
    """Somebody wants the export no more."""


@dataclass
class Walk:
    """The batches on their way into a file: how many records went, and what ended them early."""

    batches: Iterator[Records]
    rows: int = 0
    ended_by: Exception | None = None

    def __iter__(self) -> Iterator[Records]:
        # A library written in C that pulls the batches tells an exception of ours as a text of its own.
        try:
            for batch in self.batches:
                yield batch
                self.rows += len(batch)
        except Exception as problem:
            self.ended_by = problem
            raise


def make_export(*, access: Access, export_id: UUID) -> None:
    """Make the file of an ordered export; why it cannot be made is kept on the export.

    Opens its own transactions, so call it outside one. An export whose worker was killed begins anew.
    """
    with agency_scope(access):
        export = find_export(access, export_id)
    with suppress(Cancelled):
        try:
            _change(access, export, status=ExportStatus.RUNNING, started_at=datetime.now(UTC), rows_done=0)
            _make(access, export)
        except DomainError as refusal:
            remove_files(export)
            _end(access, export, ExportStatus.FAILED, refusal.message)
        except Cancelled:
            remove_files(export)
            _end(access, export, ExportStatus.CANCELLED, "")
        except BaseException:
            remove_files(export)
            _end(
                access,
                export,
                ExportStatus.FAILED,
                "The export stopped on an unexpected error; the log says more.",
            )
            raise


def _make(access: Access, export: Export) -> None:
    with agency_scope(access):
        person = _maker(access, export)
        total = count_wanted(person, export.resource, export.format, export.filters)
    _change(access, export, rows_total=total)
    part = part_of(export)
    walk = Walk(_told(access, export, batches(person, export.resource, export.filters)))
    write(part, person, export.resource, export.format, walk)
    size, sha256 = seal(part)
    part.replace(file_of(export))
    now = datetime.now(UTC)
    _change(
        access,
        export,
        status=ExportStatus.DONE,
        rows_done=walk.rows,
        size=size,
        sha256=sha256,
        finished_at=now,
        expires_at=now + timedelta(hours=settings.EXPORT_HOURS),
    )


def _maker(access: Access, export: Export) -> Access:
    """Return the access of whoever ordered an export, as it is today; raise NotAllowed where there is none."""
    # SECURITY: what the session or key could not do that ordered it, the job cannot; tests/exchange/test_making.py.
    person = User.objects.visible_to(access).filter(pk=export.made_by_id, is_active=True).first()
    if person is None:
        raise NotAllowed("Whoever ordered the export does not work here any more.")
    ordered_with = {Capability(name) for name in export.capabilities if name in set(Capability)}
    return access_of_person(person, access.source, capabilities=person.capabilities & ordered_with)


def write(path: Path, access: Access, resource: str, format: str, walk: Walk) -> None:
    """Write a list's records as this access may see them into a file; raise what ends the walk, and InvalidInput."""
    # Half a second of imports, for those who export layers.
    from nethra.exchange.writing import layers

    declaration = RESOURCES[ResourceName(resource)].declaration
    place = declaration.geometry()
    name = "" if place is None else place.name
    is_table = format in (ExportFormat.CSV, ExportFormat.CSV_MARKED, ExportFormat.XLSX)
    columns = columns_of(declaration, access, with_point=is_table)
    path.touch(mode=0o600)
    found = iter(walk)
    try:
        match format:
            case ExportFormat.CSV | ExportFormat.CSV_MARKED:
                write_csv(path, columns, found, marked=format == ExportFormat.CSV_MARKED)
            case ExportFormat.XLSX:
                write_xlsx(path, columns, found, title=resource)
            case ExportFormat.GEOJSON:
                layers.write_geojson(path, declaration, found)
            case ExportFormat.GEOPACKAGE:
                path.unlink()
                # GDAL takes nothing but plain text, and a choice is none.
                layers.write_geopackage(path, columns, found, place=name, layer=str(resource))
            case ExportFormat.GEOPARQUET:
                layers.write_geoparquet(path, columns, found, place=name)
    except Exception as problem:
        if walk.ended_by is not None and walk.ended_by is not problem:
            raise walk.ended_by from problem
        raise


def _told(access: Access, export: Export, found: Iterator[Records]) -> Iterator[Records]:
    """Yield the batches; keep in between how many records are written, and hear an order to stop."""
    done, last = 0, time.monotonic()
    for batch in found:
        yield batch
        done += len(batch)
        if time.monotonic() - last >= TELL_SECONDS:
            last = time.monotonic()
            _change(access, export, rows_done=done)
    _change(access, export, rows_done=done)


def _change(access: Access, export: Export, **values: Any) -> None:
    """Write to an export that is under way; raise Cancelled where it is no more, or somebody asked to stop."""
    with agency_scope(access, reason=WHY):
        stored = Export.objects.visible_to(access).filter(pk=export.pk, status__in=UNDER_WAY)
        if not stored.filter(cancel_requested=False).update(**values):
            raise Cancelled


def _end(access: Access, export: Export, status: ExportStatus, message: str) -> None:
    with agency_scope(access, reason=WHY):
        stored = Export.objects.visible_to(access).filter(pk=export.pk, status__in=UNDER_WAY)
        stored.update(status=status, message=message, finished_at=datetime.now(UTC))


@dataclass(frozen=True)
class Written:
    """A file that an operator's command wrote: how many records, how many bytes, its SHA-256."""

    rows: int
    size: int
    sha256: str


def export_to(
    *, access: Access, path: Path, resource: str, format: str, filters: str, reason: str, is_dry: bool = False
) -> Written:
    """Write a list to a file of the operator's own and record it in the audit; dry, only count.

    Opens its own transactions, so call it outside one. Raise InvalidInput also where the file is there already.
    """
    told = checked_reason(reason)
    with agency_scope(access):
        total = count_wanted(access, resource, format, filters)
    if is_dry:
        return Written(total, 0, "")
    walk = Walk(batches(access, resource, filters))
    try:
        write(path, access, resource, format, walk)
        size, sha256 = seal(path)
        with agency_scope(access, reason=told), transaction.atomic():
            body = {"query": filters, "format": format, "rows": walk.rows, "sha256": sha256}
            record_event(action="export", entity=RESOURCES[ResourceName(resource)].table, body=body)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Written(walk.rows, size, sha256)
