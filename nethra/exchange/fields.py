"""The fields of saved searches, declared once for every answer."""

from __future__ import annotations

from nethra.core.fields import Declaration, Field, Kind
from nethra.exchange.models import SavedSearch

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
