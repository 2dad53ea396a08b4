"""Exports for tests, ordered and made as in life, and what GDAL says of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

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


def told_by_ogrinfo(path: Path) -> str:
    """Return what GDAL's own tool says of a file of layers; the test is skipped where the tool is absent."""
    tool = os.environ.get("OGRINFO") or shutil.which("ogrinfo")
    if tool is None:
        pytest.skip("ogrinfo is not here: apt-get install gdal-bin, or set OGRINFO.")
    done = subprocess.run([tool, "-ro", "-al", "-so", str(path)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout
