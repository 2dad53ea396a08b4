"""Exports for tests, ordered and made as in life."""

from __future__ import annotations

from pathlib import Path

from nethra.core.access import Access
from nethra.core.scope import agency_scope
from nethra.exchange.files import file_of
from nethra.exchange.jobs import make_export_job
from nethra.exchange.models import Export
from nethra.exchange.services import find_export, order_export


def ordered(
    access: Access,
    format: str = "csv",
    resource: str = "incidents",
    filters: str = "",
    reason: str = "Monthly report",
) -> Export:
    """Return an export that waits for a worker."""
    with agency_scope(access):
        return order_export(access=access, resource=resource, format=format, filters=filters, reason=reason)


def made(
    access: Access, format: str = "csv", resource: str = "incidents", filters: str = ""
) -> tuple[Export, Path]:
    """Return an export after the worker was at it, and where its file is or would be."""
    export = ordered(access, format, resource, filters)
    make_export_job(agency_id=export.agency_id, export_id=export.pk)
    with agency_scope(access):
        export = find_export(access, export.pk)
    return export, file_of(export)
