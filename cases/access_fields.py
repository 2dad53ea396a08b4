"""The fields of what decides who sees a case, declared once for every answer."""

from __future__ import annotations

from cases.models import AccessRequest, CaseExclusion, CaseReading, CaseSeal, Emergency
from incidents.fields import READING_FIELDS, SEAL_FIELDS
from nethra.core.fields import Declaration, Field, Kind

CASE_EXCLUSION = Declaration(
    "CaseExclusion",
    CaseExclusion,
    (
        Field("user", Kind.KEY, source="user_id"),
        Field("name", Kind.TEXT, source="user__name"),
        Field("reason", Kind.TEXT),
        Field("expires_at", Kind.TIME),
        Field("added_at", Kind.TIME),
        Field("added_by", Kind.KEY, source="added_by_id"),
    ),
)

CASE_SEAL = Declaration("CaseSeal", CaseSeal, (*SEAL_FIELDS, Field("case", Kind.KEY, source="case_id")))

ACCESS_REQUEST = Declaration(
    "AccessRequest",
    AccessRequest,
    (
        Field("id", Kind.KEY),
        Field("case", Kind.KEY, source="case_id"),
        Field("case_number", Kind.TEXT, source="case__number"),
        Field("user", Kind.KEY, source="user_id"),
        Field("user_name", Kind.TEXT, source="user__name"),
        Field("reason", Kind.TEXT),
        Field("level", Kind.TEXT),
        Field("asked_at", Kind.TIME, is_ordered=True),
        Field("due_at", Kind.TIME, description="Afterwards any supervisor answers."),
        Field("decision", Kind.TEXT),
        Field("decided_at", Kind.TIME),
        Field("decided_by", Kind.KEY, source="decided_by_id"),
        Field("note", Kind.TEXT),
    ),
)

EMERGENCY = Declaration(
    "Emergency",
    Emergency,
    (
        Field("id", Kind.KEY),
        Field("case", Kind.KEY, source="case_id"),
        Field("case_number", Kind.TEXT, source="case__number"),
        Field("user", Kind.KEY, source="user_id"),
        Field("user_name", Kind.TEXT, source="user__name"),
        Field("reason", Kind.TEXT),
        Field("opened_at", Kind.TIME, is_ordered=True),
        Field("expires_at", Kind.TIME),
        Field("review_task", Kind.KEY, source="review_task_id"),
        Field("verdict", Kind.TEXT, description="Empty until somebody reviewed it."),
        Field("reviewed_at", Kind.TIME),
        Field("reviewed_by", Kind.KEY, source="reviewed_by_id"),
        Field("note", Kind.TEXT),
    ),
)

CASE_READING = Declaration(
    "CaseReading",
    CaseReading,
    (
        Field("id", Kind.KEY),
        Field("case", Kind.KEY, source="case_id"),
        Field("case_number", Kind.TEXT, source="case__number"),
        *READING_FIELDS,
        Field("basis", Kind.TEXT, description="What let them read it."),
        Field("oddities", Kind.WORDS),
        Field("verdict", Kind.TEXT, description="Empty until somebody reviewed it."),
        Field("reviewed_at", Kind.TIME),
        Field("reviewed_by", Kind.KEY, source="reviewed_by_id"),
        Field("note", Kind.TEXT),
    ),
)
