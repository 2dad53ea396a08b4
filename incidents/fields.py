"""The fields of incidents, areas, imports and offences, declared once for every answer."""

from __future__ import annotations

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, JSONField, OuterRef

from incidents.choices import HabitField
from incidents.models import (
    Area,
    AreaSet,
    ImportBatch,
    ImportReject,
    Incident,
    IncidentHabit,
    IncidentReading,
    IncidentSeal,
    OffenceCategory,
    OffenceCode,
)
from incidents.policies import HABIT, NARRATIVE, PLACE
from nethra.core.capabilities import Capability
from nethra.core.fields import Declaration, Field, JsonRow, Kind

# Looking them up in their own table took a third of a list's time.
_OFFENCES = Func(F("stated_offences"), template="%(expressions)s::json", output_field=JSONField())
OFFENCE_PARTS = (
    Field("code", Kind.TEXT, description="NIBRS code."),
    Field("completion", Kind.TEXT, description="attempted or completed"),
    Field("category", Kind.KEY, description="The agency's own category."),
    Field("is_primary", Kind.FLAG),
)

INCIDENT = Declaration(
    "Incident",
    Incident,
    (
        Field("id", Kind.KEY),
        Field("number", Kind.TEXT, is_ordered=True),
        Field("status", Kind.TEXT),
        Field("reported_by", Kind.KEY, source="reported_by_id", description="The user who reported it."),
        Field("reported_at", Kind.TIME, is_ordered=True),
        Field("occurred_from", Kind.TIME, is_ordered=True),
        Field("occurred_until", Kind.TIME, description="Equal to occurred_from for a point in time."),
        Field(
            "offences",
            Kind.ROWS,
            sql=_OFFENCES,
            parts=OFFENCE_PARTS,
            description="In the order stated; the first is the primary.",
        ),
        Field("description", Kind.TEXT, withheld=NARRATIVE),
        Field("notes", Kind.TEXT, capability=Capability.READ_INCIDENT_NOTES, withheld=NARRATIVE),
        Field("location", Kind.POINT, withheld=PLACE),
        Field("address", Kind.TEXT, withheld=PLACE),
        Field(
            "beat",
            Kind.KEY,
            source="beat_id",
            withheld=PLACE,
            description="The area resolved from the location.",
        ),
        Field(
            "district",
            Kind.KEY,
            source="district_id",
            withheld=PLACE,
            description="The area resolved from the location.",
        ),
        Field("sealed_parts", Kind.WORDS, description="What an order seals."),
        Field("source", Kind.TEXT),
        Field("external_id", Kind.TEXT),
        Field("import_batch", Kind.KEY, source="import_batch_id"),
        Field("created_at", Kind.TIME),
        Field("updated_at", Kind.TIME),
    ),
)

_HABITS = ArraySubquery(
    IncidentHabit._base_manager.filter(agency_id=OuterRef("agency_id"), incident_id=OuterRef("pk"))
    .order_by("field")
    .values(row=JsonRow(field=F("field"), value=F("value")))
)
HABIT_PARTS = (
    Field("field", Kind.TEXT, description=", ".join(HabitField.values)),
    Field("value", Kind.TEXT, description="As it was written; compared without case."),
)
#: Of one incident alone: lists go without, and are as fast as before.
INCIDENT_DETAIL = INCIDENT.extended(
    Field(
        "modus_operandi",
        Kind.ROWS,
        sql=_HABITS,
        parts=HABIT_PARTS,
        withheld=NARRATIVE,
        description="How it was done, once for each field.",
    ),
    Field(
        "found_by_address",
        Kind.TEXT,
        withheld=PLACE,
        description=(
            "exact, crossing or interpolated: an import looked the location up by the address. Empty: it was given."
        ),
    ),
)
INCIDENT_HABIT = Declaration(
    "IncidentHabit",
    IncidentHabit,
    (
        Field("id", Kind.KEY),
        Field("incident", Kind.KEY, source="incident_id"),
        Field("field", Kind.TEXT),
        Field("value", Kind.TEXT, withheld=HABIT),
    ),
)

OFFENCE = Declaration(
    "Offence",
    OffenceCode,
    (
        Field("code", Kind.TEXT),
        Field("name", Kind.TEXT),
        Field("group", Kind.TEXT),
        Field("category", Kind.TEXT),
        Field("crime_against", Kind.TEXT),
        Field("is_retired", Kind.FLAG),
    ),
)

OFFENCE_CATEGORY = Declaration(
    "OffenceCategory",
    OffenceCategory,
    (
        Field("id", Kind.KEY),
        Field("name", Kind.TEXT),
        Field("offence_code", Kind.TEXT, source="offence_code_id", description="NIBRS code."),
    ),
)

AREA = Declaration(
    "Area",
    Area,
    (
        Field("id", Kind.KEY),
        Field("kind", Kind.TEXT),
        Field("code", Kind.TEXT),
        Field("name", Kind.TEXT),
        Field("note", Kind.TEXT, description="Of the agency's own areas: what they are for."),
        Field("version", Kind.WHOLE, source="area_set__version"),
        Field("is_current", Kind.FLAG, source="area_set__is_current"),
    ),
)
AREA_VERSION = Declaration(
    "AreaVersion",
    AreaSet,
    (
        Field("id", Kind.KEY),
        Field("kind", Kind.TEXT),
        Field("version", Kind.WHOLE),
        Field("is_current", Kind.FLAG, description="Whether it is in force."),
        Field("in_force_from", Kind.TIME, description="Null in a draft."),
        Field("in_force_until", Kind.TIME, description="Null while it is in force."),
        Field("source_name", Kind.TEXT),
        Field("loaded_at", Kind.TIME),
    ),
)
AREA_DETAIL = AREA.extended(Field("shape", Kind.SHAPE))
#: With all digits of its corners, for whoever draws: written back, none of them moves.
AREA_DRAWN = AREA.extended(Field("shape", Kind.SHAPE, sql=AsGeoJSON("shape", precision=15)))

IMPORT_BATCH = Declaration(
    "ImportBatch",
    ImportBatch,
    (
        Field("id", Kind.KEY),
        Field("profile", Kind.TEXT),
        Field("file_name", Kind.TEXT),
        Field("file_sha256", Kind.TEXT),
        Field("status", Kind.TEXT),
        Field("message", Kind.TEXT),
        Field("rows_total", Kind.WHOLE),
        Field("rows_read", Kind.WHOLE),
        Field("rows_stored", Kind.WHOLE),
        Field("rows_known", Kind.WHOLE, description="Stored by an earlier import."),
        Field("rows_repeated", Kind.WHOLE, description="Identical to another row of the file."),
        Field("rows_rejected", Kind.WHOLE),
        Field(
            "look_up_addresses",
            Kind.FLAG,
            description="Whether rows without coordinates were placed by address.",
        ),
        Field("addresses_found", Kind.WHOLE, description="Stored rows placed by their address."),
        Field(
            "addresses_ambiguous",
            Kind.WHOLE,
            description="Stored without a place: the address may be several.",
        ),
        Field(
            "addresses_unknown", Kind.WHOLE, description="Stored without a place: the address is not known."
        ),
        Field("created_by", Kind.KEY, source="created_by_id"),
        Field("created_at", Kind.TIME),
        Field("started_at", Kind.TIME),
        Field("finished_at", Kind.TIME),
        Field("undone_at", Kind.TIME),
    ),
)
IMPORT_BATCH_DETAIL = IMPORT_BATCH.extended(Field("mapping", Kind.JSON))

IMPORT_REJECT = Declaration(
    "ImportReject",
    ImportReject,
    (
        Field("id", Kind.KEY),
        Field("line", Kind.WHOLE),
        Field("code", Kind.TEXT),
        Field("reason", Kind.TEXT),
        # A raw row may hold what an incident's notes hold.
        Field("raw", Kind.TEXT, capability=Capability.RUN_IMPORTS),
    ),
)

#: Of every kind of record that an order seals.
SEAL_FIELDS = (
    Field("id", Kind.KEY),
    Field("parts", Kind.WORDS),
    Field("order_number", Kind.TEXT),
    Field("authority", Kind.TEXT),
    Field("reason", Kind.TEXT),
    Field("placed_at", Kind.TIME),
    Field("placed_by", Kind.KEY, source="placed_by_id"),
    Field("lifted_until", Kind.TIME),
    Field("lift_order", Kind.TEXT),
    Field("removed_at", Kind.TIME),
    Field("removal_order", Kind.TEXT),
)
INCIDENT_SEAL = Declaration(
    "IncidentSeal", IncidentSeal, (*SEAL_FIELDS, Field("incident", Kind.KEY, source="incident_id"))
)

#: Of every kind of record that is not read without a reason.
READING_FIELDS = (
    Field("user", Kind.KEY, source="user_id"),
    Field("user_name", Kind.TEXT, source="user__name"),
    Field("source", Kind.TEXT),
    Field("reason_code", Kind.TEXT),
    Field("reason", Kind.TEXT),
    Field("first_at", Kind.TIME),
    Field("last_at", Kind.TIME, is_ordered=True),
    Field("times", Kind.WHOLE),
)
INCIDENT_READING = Declaration(
    "IncidentReading",
    IncidentReading,
    (Field("id", Kind.KEY), Field("incident", Kind.KEY, source="incident_id"), *READING_FIELDS),
)
