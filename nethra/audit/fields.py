"""The fields of an audit event, declared once for every answer."""

from __future__ import annotations

from django.db.models import F, Func, TextField, Value

from nethra.audit.models import AuditEvent
from nethra.core.fields import Declaration, Field, Kind

AUDIT_EVENT = Declaration(
    "AuditEvent",
    AuditEvent,
    (
        Field("id", Kind.KEY),
        Field("recorded_at", Kind.TIME, is_ordered=True),
        Field("actor", Kind.KEY, source="actor_id", description="Null: the system, or nobody signed in."),
        Field("action", Kind.TEXT),
        Field("entity", Kind.TEXT, description="The table of the record."),
        Field("object", Kind.KEY, source="object_id"),
        Field("source", Kind.TEXT, description="console, api, command, job or sql."),
        Field("request", Kind.TEXT, source="request_id"),
        Field("address", Kind.TEXT),
        Field("reason", Kind.TEXT),
        Field("result", Kind.TEXT),
        Field(
            "leaf",
            Kind.TEXT,
            sql=Func(F("leaf"), Value("hex"), function="encode", output_field=TextField()),
            description="What the tree commits to, in hexadecimal.",
        ),
    ),
)
