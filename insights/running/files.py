"""What a run found as a file: GeoJSON, CSV, PDF. Each that is handed out is recorded."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import TextChoices

from insights.models import AnalysisRun
from insights.running.catalogue import title_of
from insights.running.reading import Result, read_result
from insights.running.services import find_run
from insights.running.telling import header_of
from nethra.audit.services import record_event
from nethra.core.access import Access
from nethra.core.errors import Conflict
from nethra.core.tables import cell

TABLE = "insights_analysisrun"
CAUTION = (
    "Reported crime is what was reported and recorded, not what happened: where people report less or patrols"
    " look more, the picture differs from the truth."
)


class FileFormat(TextChoices):
    """The formats of a result, by the ending of its file."""

    GEOJSON = "geojson", "GeoJSON"
    CSV = "csv", "CSV"
    PDF = "pdf", "PDF"


TYPES = {
    FileFormat.GEOJSON: "application/geo+json",
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.PDF: "application/pdf",
}


@dataclass(frozen=True)
class ResultFile:
    """A file of a result: its name, type and bytes."""

    name: str
    content_type: str
    content: bytes


@transaction.atomic
def hand_out_result(*, access: Access, run_id: UUID, format: str) -> ResultFile:
    """Return the result of a run as a file, for a download that the audit then knows of.

    Raise NotFound, Conflict where it is not done, (code not_whole) where the result is not the one that was stored, or
    (code no_shapes) where GeoJSON is asked of what is no map.
    """
    run = find_run(access, run_id)
    result = read_result(access, run)
    if not result.is_whole:
        raise Conflict(
            "The stored result no longer has the digest that it had, so it is not handed out; tell an administrator.",
            code="not_whole",
        )
    wanted = FileFormat(format)
    content = _content(access, run, result, wanted)
    record_event(
        action="analysis_downloaded",
        entity=TABLE,
        object_id=run.pk,
        body={"format": str(wanted), "rows": result.body["rows"], "result_digest": run.result_digest},
    )
    name = f"{run.analysis}-{run.created_at:%Y%m%d-%H%M}.{wanted}"
    return ResultFile(name, TYPES[wanted], content)


def _content(access: Access, run: AnalysisRun, result: Result, format: FileFormat) -> bytes:
    if format == FileFormat.GEOJSON:
        return geojson_of(run, result)
    if format == FileFormat.CSV:
        return csv_of(result)
    # Half a second of imports, for those who print.
    from insights.running.printing import pdf_of

    return pdf_of(access, run, result)


def geojson_of(run: AnalysisRun, result: Result) -> bytes:
    """Return the rows as features in EPSG:4326, with what the run was as further members."""
    shapes = result.body["shapes"]
    if shapes is None:
        raise Conflict("The rows of this analysis have no place; take them as CSV.", code="no_shapes")
    names = [column["name"] for column in result.columns]
    lists = [column["values"] for column in result.columns]
    features = [
        {"type": "Feature", "geometry": shape, "properties": dict(zip(names, values, strict=True))}
        for shape, *values in zip(shapes, *lists, strict=True)
    ]
    return orjson.dumps({"type": "FeatureCollection", "nethra": _told(run, result), "features": features})


def csv_of(result: Result) -> bytes:
    """Return the rows as RFC 4180 in UTF-8, safe to open in a spreadsheet; shapes are left to GeoJSON."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow([header_of(column) for column in result.columns])
    lists = [column["values"] for column in result.columns]
    table.writerows([cell(value) for value in values] for values in zip(*lists, strict=True))
    return out.getvalue().encode()


def _told(run: AnalysisRun, result: Result) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "analysis": run.analysis,
        "version": run.version,
        "title": title_of(run.analysis),
        "parameters": run.parameters,
        "incidents": run.words,
        "why": run.why,
        "as_of": run.as_of.isoformat(),
        "input_rows": run.input_rows,
        "input_digest": run.input_digest,
        "result_digest": run.result_digest,
        "sentences": result.body["sentences"],
        "figures": result.body["figures"],
        "cautions": [*result.body["cautions"], CAUTION],
        "hidden": result.hidden,
    }
