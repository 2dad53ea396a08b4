"""The fields of evidence, declared once for every answer."""

from __future__ import annotations

from media_evidence.models import Evidence
from nethra.core.fields import Declaration, Field, Kind

EVIDENCE = Declaration(
    "Evidence",
    Evidence,
    (
        Field("id", Kind.KEY),
        Field("case", Kind.KEY, source="case_id"),
        Field("case_number", Kind.TEXT, source="case__number"),
        Field("position", Kind.WHOLE, description="Counts within the case."),
        Field("title", Kind.TEXT),
        Field("description", Kind.TEXT),
        Field("media_type", Kind.TEXT),
        Field("camera_type", Kind.TEXT),
        Field("captured_at", Kind.TIME, description="When it was recorded, as an officer confirmed."),
        Field("proposed_captured_at", Kind.TIME, description="When it was recorded, as the file says."),
        Field("file_name", Kind.TEXT),
        Field("content_type", Kind.TEXT, description="Found in the content, whatever the name says."),
        Field("size", Kind.WHOLE, description="Bytes."),
        Field("sha256", Kind.TEXT),
        Field("uploaded_at", Kind.TIME, is_ordered=True),
        Field("uploaded_by", Kind.KEY, source="uploaded_by_id"),
        Field("has_thumbnail", Kind.FLAG),
        Field("integrity", Kind.TEXT, description="What the latest check of the stored file found."),
        Field("verified_at", Kind.TIME),
        Field("updated_at", Kind.TIME),
    ),
)
