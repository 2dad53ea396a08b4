"""The filters of incidents as OpenAPI describes them."""

from __future__ import annotations

from incidents.choices import IncidentStatus
from incidents.filters import ORDERINGS
from nethra.core.schema import TIME_TYPE, UUID_TYPE, list_of, parameter, whole_number
from nethra.core.shapes import MAX_CORNERS

FILTERS = [
    parameter("offence", "NIBRS code of any offence of the incident; repeatable.", many=True),
    parameter("category", "The agency's own category of any offence.", UUID_TYPE),
    parameter("occurred_after", "Began at or after this time.", TIME_TYPE),
    parameter("occurred_before", "Began before this time.", TIME_TYPE),
    parameter(
        "weekday",
        "Began on this weekday of the agency's time zone, 1 is Monday; repeatable.",
        list_of(whole_number(1, 7)),
    ),
    parameter(
        "hour",
        "Began in this hour of the agency's time zone, 0 to 23; repeatable.",
        list_of(whole_number(0, 23)),
    ),
    parameter(
        "area", "Was placed in this beat or district, or lies in this area of the agency's own.", UUID_TYPE
    ),
    parameter("bbox", "minlon,minlat,maxlon,maxlat; the border belongs to it."),
    parameter("near", "lon,lat,metres: within this distance on the spheroid, at most 100 km."),
    parameter(
        "within",
        f"A polygon as WKT or GeoJSON, longitude first, of {MAX_CORNERS} corners at most; border included.",
    ),
    parameter("status", "Repeatable.", enum=list(IncidentStatus.values), many=True),
    parameter("q", "Start of the number, or words of address and description."),
]
ORDERING = parameter(
    "ordering",
    "Latest first by default, or nearest first with near.",
    enum=[sign + name for name in ORDERINGS for sign in ("", "-")],
)
