"""The facts of files, declared once for every answer: what a file states, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import BinaryField, DateTimeField, ExpressionWrapper, F, Func, IntegerField, Value
from django.db.models.expressions import BaseExpression

from media_evidence.models import FileFacts
from media_evidence.policies import AGAINST_INCIDENT, FACT_GUARDS, INCIDENT
from nethra.core.conditions import Condition
from nethra.core.fields import Declaration, Field, Kind

#: A phone's place is good to ten metres outdoors, a hundred or two between walls; an incident's place is often that of
#: the middle of its street. Half a kilometre is beyond both together, and within it nothing is said.
DISAGREES_METRES = 500

_PLACES = {"stated": "location", "place": f"{INCIDENT}location"}


def _metres() -> Func:
    places = [
        Func(F(path), template="%(expressions)s::geography", output_field=BinaryField())
        for path in _PLACES.values()
    ]
    return Func(*places, template="round(ST_Distance(%(expressions)s))::integer", output_field=IntegerField())


def _corrected() -> BaseExpression:
    ahead = F("clock_ahead") * Value(timedelta(seconds=1))
    return ExpressionWrapper(F("stated_at") - ahead, output_field=DateTimeField())


FILE_FACTS = Declaration(
    "FileFacts",
    FileFacts,
    (
        Field("evidence", Kind.KEY, source="evidence_id"),
        Field("kind", Kind.TEXT, description="What it was looked into as, found in its first bytes."),
        Field("inspected_at", Kind.TIME),
        Field("camera_make", Kind.TEXT),
        Field("camera_model", Kind.TEXT),
        Field("camera_serial", Kind.TEXT),
        Field("width", Kind.WHOLE, description="Points, as stored."),
        Field("height", Kind.WHOLE, description="Points, as stored."),
        Field("duration_ms", Kind.WHOLE, description="Milliseconds."),
        Field("codecs", Kind.TEXT),
        Field("pages", Kind.WHOLE),
        Field("author", Kind.TEXT),
        Field("producer", Kind.TEXT, description="The program that wrote it."),
        Field("entries", Kind.JSON, description="Of an archive: name and size of each entry, as it says."),
        Field("location", Kind.POINT, withheld=FACT_GUARDS["location"]),
        Field("stated_at", Kind.TIME, description="When it was made, as it says."),
        Field(
            "stated_offset", Kind.TEXT, description="Its own; where empty the agency's time zone was taken."
        ),
        Field(
            "clock_ahead",
            Kind.WHOLE,
            description="Seconds that the device's clock was ahead, as an officer found.",
        ),
        Field("clock_reason", Kind.TEXT),
        Field("clock_set_by", Kind.KEY, source="clock_set_by_id"),
        Field("clock_set_at", Kind.TIME),
        Field("corrected_at", Kind.TIME, sql=_corrected(), description="The stated time by the right clock."),
        Field(
            "incident_distance",
            Kind.WHOLE,
            sql=_metres(),
            withheld=AGAINST_INCIDENT,
            description="Metres between its place and that of the case's primary incident.",
        ),
        Field(
            "place_disagrees",
            Kind.FLAG,
            sql=Condition(
                f"ST_Distance({{stated}}::geography, {{place}}::geography) > {DISAGREES_METRES}", _PLACES
            ),
            withheld=AGAINST_INCIDENT,
            description=f"Whether that is more than {DISAGREES_METRES} metres.",
        ),
        Field("picture_hash", Kind.TEXT, description="64 bits in hexadecimal; alike where at most 8 differ."),
        Field("preview", Kind.TEXT),
        Field("is_polyglot", Kind.FLAG, description="Whether the file is two things at once."),
        Field("note", Kind.TEXT, description="What could not be read, and what to beware of."),
    ),
)
