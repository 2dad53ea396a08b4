"""The fields of people and agencies, declared once for every answer."""

from __future__ import annotations

from accounts.models import Agency, User
from nethra.core.fields import Declaration, Field, Kind

USER = Declaration(
    "User",
    User,
    (
        Field("id", Kind.KEY),
        Field("agency", Kind.KEY, source="agency_id"),
        Field("email", Kind.TEXT),
        Field("name", Kind.TEXT),
        Field("role", Kind.TEXT),
        Field("badge_number", Kind.TEXT),
        Field("unit", Kind.TEXT),
        Field("is_active", Kind.FLAG),
        Field("created_at", Kind.TIME),
        Field("updated_at", Kind.TIME),
        Field("deactivated_at", Kind.TIME),
        Field("last_login_at", Kind.TIME),
    ),
)

AGENCY = Declaration(
    "Agency",
    Agency,
    (
        Field("id", Kind.KEY),
        Field("code", Kind.TEXT),
        Field("name", Kind.TEXT),
        Field("ori", Kind.TEXT),
        Field("time_zone", Kind.TEXT),
        Field("boundary_version", Kind.WHOLE),
        Field("incident_number_format", Kind.TEXT),
        Field("created_at", Kind.TIME),
        Field("updated_at", Kind.TIME),
    ),
)
AGENCY_DETAIL = AGENCY.extended(Field("boundary", Kind.SHAPE))
