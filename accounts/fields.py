"""The fields of people and agencies, declared once for every answer."""

from __future__ import annotations

from accounts.models import Agency, ApiKey, Unit, User, UserSession
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
        Field("unit", Kind.KEY, source="unit_id"),
        Field("unit_name", Kind.TEXT, source="unit__name"),
        Field("language", Kind.TEXT),
        Field("time_zone", Kind.TEXT),
        Field("is_active", Kind.FLAG),
        Field("created_at", Kind.TIME),
        Field("updated_at", Kind.TIME),
        Field("deactivated_at", Kind.TIME),
        Field("last_login_at", Kind.TIME),
        Field("invited_at", Kind.TIME),
        Field("locked_at", Kind.TIME),
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
        Field("second_factor_roles", Kind.WORDS),
        Field("hidden_answer", Kind.TEXT, description="What is said of a case that somebody may not open."),
        Field("juvenile_age", Kind.WHOLE),
        Field("request_hours", Kind.WHOLE),
        Field("emergency_minutes", Kind.WHOLE),
        Field("audit_keep_days", Kind.WHOLE, description="Null: the audit is kept for good."),
        Field("created_at", Kind.TIME),
        Field("updated_at", Kind.TIME),
    ),
)
AGENCY_DETAIL = AGENCY.extended(Field("boundary", Kind.SHAPE))

SESSION = Declaration(
    "Session",
    UserSession,
    (
        Field("id", Kind.KEY),
        Field("kind", Kind.TEXT),
        Field("address", Kind.TEXT),
        Field("device", Kind.TEXT),
        Field("created_at", Kind.TIME),
        Field("last_seen_at", Kind.TIME),
        Field("expires_at", Kind.TIME),
        Field("rotation", Kind.WHOLE),
        Field("second_factor_at", Kind.TIME),
    ),
)

API_KEY = Declaration(
    "ApiKey",
    ApiKey,
    (
        Field("id", Kind.KEY),
        Field("name", Kind.TEXT),
        Field("prefix", Kind.TEXT),
        Field("scopes", Kind.WORDS),
        Field("created_at", Kind.TIME),
        Field("expires_at", Kind.TIME),
        Field("last_used_at", Kind.TIME),
        Field("revoked_at", Kind.TIME),
    ),
)

UNIT = Declaration(
    "Unit",
    Unit,
    (
        Field("id", Kind.KEY),
        Field("name", Kind.TEXT),
        Field("parent", Kind.KEY, source="parent_id"),
        Field("parent_name", Kind.TEXT, source="parent__name"),
        Field("supervisor", Kind.KEY, source="supervisor_id"),
        Field("supervisor_name", Kind.TEXT, source="supervisor__name"),
        Field("created_at", Kind.TIME),
        Field("updated_at", Kind.TIME),
        Field("deactivated_at", Kind.TIME),
    ),
)
