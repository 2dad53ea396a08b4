"""What is exported or looked for, as what, and where an export is."""

from __future__ import annotations

from django.db.models import TextChoices


class ResourceName(TextChoices):
    """The lists that can be exported, and looked through again."""

    INCIDENTS = "incidents", "Incidents"
    CASES = "cases", "Cases"


class ExportFormat(TextChoices):
    """The formats of files, as people know them."""

    CSV = "csv", "CSV"
    CSV_MARKED = "csv_marked", "CSV for spreadsheets (UTF-8 with a byte order mark)"
    XLSX = "xlsx", "Excel workbook"
    GEOJSON = "geojson", "GeoJSON"
    GEOPACKAGE = "gpkg", "GeoPackage"
    GEOPARQUET = "geoparquet", "GeoParquet"


class ExportStatus(TextChoices):
    """Where an export is."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"


#: What a worker has still to do.
UNDER_WAY = (ExportStatus.WAITING, ExportStatus.RUNNING)
