"""The filters of cases as OpenAPI describes them."""

from __future__ import annotations

from cases.choices import CaseStatus, Priority
from cases.filters import INCIDENT_PARAMETERS, ORDERINGS
from incidents.api import parameters as incidents
from nethra.core.schema import TIME_TYPE, UUID_TYPE, parameter

FILTERS = [
    parameter("status", "Repeatable.", enum=list(CaseStatus.values), many=True),
    parameter("priority", "Repeatable.", enum=list(Priority.values), many=True),
    parameter("lead", "Led by this user; `me` is you."),
    parameter("person", "Led by this user, or they are a member; `me` is you."),
    parameter("incident", "About this incident, primary or further.", UUID_TYPE),
    parameter("opened_after", "Opened at or after this time.", TIME_TYPE),
    parameter("opened_before", "Opened before this time.", TIME_TYPE),
    parameter("q", "Start of the number, or words of the title."),
    # Those of the primary incident mean what they mean for incidents.
    *(each for each in incidents.FILTERS if each.name in INCIDENT_PARAMETERS),
]
ORDERING = parameter(
    "ordering",
    "Latest opened first by default.",
    enum=[sign + name for name in ORDERINGS for sign in ("", "-")],
)
