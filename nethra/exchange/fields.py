"""The fields of exports and saved searches, declared once for every answer."""

from __future__ import annotations

from nethra.core.fields import Declaration, Field, Kind
from nethra.exchange.models import Export, SavedSearch

EXPORT = Declaration(
    "Export",
    Export,
    (
        Field("id", Kind.KEY),
        Field("resource", Kind.TEXT),
        Field("format", Kind.TEXT),
        Field("filters", Kind.TEXT, description="As the list's query has them."),
        Field("reason", Kind.TEXT),
        Field("status", Kind.TEXT),
        Field("message", Kind.TEXT, description="Why there is no file."),
        Field("rows_total", Kind.WHOLE, description="Records when the work began."),
        Field("rows_done", Kind.WHOLE, description="Records in the file so far."),
        Field("size", Kind.WHOLE, description="Bytes of the file."),
        Field("sha256", Kind.TEXT, description="Of the file."),
        Field("created_at", Kind.TIME),
        Field("started_at", Kind.TIME),
        Field("finished_at", Kind.TIME),
        Field("expires_at", Kind.TIME, description="When the file is deleted."),
    ),
)

SAVED_SEARCH = Declaration(
    "SavedSearch",
    SavedSearch,
    (
        Field("id", Kind.KEY),
        Field("name", Kind.TEXT),
        Field("resource", Kind.TEXT, description="incidents or cases."),
        Field("query", Kind.TEXT, description="Parameters of the resource's list."),
        Field("words", Kind.TEXT, description="The filters as people read them."),
        Field("latest_days", Kind.WHOLE),
        Field("is_watched", Kind.FLAG),
        Field("unseen", Kind.WORDS, description="Keys of what came new and was not marked as seen."),
        Field(
            "flooded_at", Kind.TIME, description="When more than 1,000 came at once, which are not listed."
        ),
        Field("problem", Kind.TEXT, description="Why it finds nothing any more; empty while it does."),
        Field("created_at", Kind.TIME),
    ),
)
