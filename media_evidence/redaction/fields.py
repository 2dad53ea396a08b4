"""The fields of redacted copies, declared once for every answer."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery

from media_evidence.models import Redaction, ReleaseCheck
from nethra.core.fields import Declaration, Field, Kind


def _latest(column: str) -> Subquery:
    checks = ReleaseCheck._base_manager.filter(agency_id=OuterRef("agency_id"), redaction_id=OuterRef("pk"))
    return Subquery(checks.order_by("-checked_at", "-pk").values(column)[:1])


REDACTION = Declaration(
    "Redaction",
    Redaction,
    (
        Field("id", Kind.KEY),
        Field("evidence", Kind.KEY, source="evidence_id", description="The exhibit that it is derived from."),
        Field("position", Kind.WHOLE, description="Counts within the exhibit."),
        Field("state", Kind.TEXT),
        Field("regions", Kind.JSON, description="What is taken out, and why each."),
        Field("ordered_at", Kind.TIME),
        Field("ordered_by", Kind.KEY, source="ordered_by_id"),
        Field("pages", Kind.WHOLE, description="Known once the first is made."),
        Field("pages_done", Kind.WHOLE),
        Field("note", Kind.TEXT, description="What it leaves out, or why it could not be made."),
        Field("made_at", Kind.TIME),
        Field("file_name", Kind.TEXT),
        Field("content_type", Kind.TEXT),
        Field("size", Kind.WHOLE, description="Bytes."),
        Field("sha256", Kind.TEXT),
        Field(
            "checked_at", Kind.TIME, sql=_latest("checked_at"), description="When it was looked for remains."
        ),
        Field("is_clean", Kind.FLAG, sql=_latest("is_clean"), description="Whether nothing remains in it."),
        Field("findings", Kind.JSON, sql=_latest("findings"), description="What remains in it."),
        Field("released_at", Kind.TIME),
        Field("released_by", Kind.KEY, source="released_by_id"),
        Field("released_to", Kind.TEXT),
        Field("release_reason", Kind.TEXT),
    ),
)
