"""The fields of cases and their parts, declared once for every answer."""

from __future__ import annotations

from functools import partial

from cases.models import Case, CaseIncident, CaseMember, CaseStatusChange, CaseTask, InvolvedPerson
from cases.policies import CASE_GUARDS, OF_INCIDENT, PERSON_GUARDS, PLACE, STATUS_GUARDS, is_juvenile
from incidents.choices import SealedPart as IncidentPart
from incidents.policies import sealed_of_incident
from nethra.core.capabilities import Capability
from nethra.core.fields import Declaration, Field, Kind

CASE = Declaration(
    "Case",
    Case,
    (
        Field("id", Kind.KEY),
        Field("number", Kind.TEXT, is_ordered=True),
        Field("title", Kind.TEXT),
        Field("status", Kind.TEXT),
        Field("status_since", Kind.TIME, is_ordered=True),
        Field("priority", Kind.TEXT),
        Field("lead", Kind.KEY, source="lead_id", description="The user who works the case."),
        Field("lead_name", Kind.TEXT, source="lead__name"),
        Field("unit", Kind.KEY, source="unit_id", description="The unit whose case it is."),
        Field("unit_name", Kind.TEXT, source="unit__name"),
        Field("is_restricted", Kind.FLAG, description="Only the lead and people named see it."),
        Field("hides_incidents", Kind.FLAG, description="Whether, restricted, it hides its incidents too."),
        Field("sealed_parts", Kind.WORDS, description="What an order seals."),
        Field("expunged_at", Kind.TIME, description="When an order took its content away."),
        Field("led_by_agency", Kind.TEXT, description="Another agency that leads the case; empty: none."),
        Field("primary_incident", Kind.KEY, source="primary_incident_id", withheld=OF_INCIDENT),
        Field("primary_incident_number", Kind.TEXT, source="primary_incident__number", withheld=OF_INCIDENT),
        Field("location", Kind.POINT, source="primary_incident__location", withheld=PLACE),
        Field("referred_to", Kind.TEXT, description="Where the status is referred."),
        Field("clearance", Kind.TEXT, description="Where the status is closed_cleared."),
        Field("notes", Kind.TEXT, capability=Capability.READ_CASE_NOTES, withheld=CASE_GUARDS["notes"]),
        Field(
            "informant_notes",
            Kind.TEXT,
            capability=Capability.READ_INFORMANT_NOTES,
            withheld=CASE_GUARDS["informant_notes"],
        ),
        Field("opened_at", Kind.TIME, is_ordered=True),
        Field("opened_by", Kind.KEY, source="opened_by_id"),
        Field("closed_at", Kind.TIME),
        Field("updated_at", Kind.TIME),
    ),
)

#: Where a linked incident was.
LINKED_PLACE = (partial(sealed_of_incident, IncidentPart.PLACE, "incident__"),)

CASE_INCIDENT = Declaration(
    "CaseIncident",
    CaseIncident,
    (
        Field("incident", Kind.KEY, source="incident_id"),
        Field("number", Kind.TEXT, source="incident__number"),
        Field("occurred_from", Kind.TIME, source="incident__occurred_from"),
        Field(
            "location",
            Kind.POINT,
            source="incident__location",
            withheld=(partial(sealed_of_incident, IncidentPart.PLACE, "incident__"),),
        ),
        Field("linked_at", Kind.TIME),
        Field("linked_by", Kind.KEY, source="linked_by_id"),
    ),
)

CASE_MEMBER = Declaration(
    "CaseMember",
    CaseMember,
    (
        Field("user", Kind.KEY, source="user_id"),
        Field("name", Kind.TEXT, source="user__name"),
        Field("level", Kind.TEXT),
        Field("expires_at", Kind.TIME),
        Field("added_at", Kind.TIME),
        Field("added_by", Kind.KEY, source="added_by_id"),
    ),
)

CASE_STATUS_CHANGE = Declaration(
    "CaseStatusChange",
    CaseStatusChange,
    (
        Field("id", Kind.KEY),
        Field("from_status", Kind.TEXT, description="Empty where the case began."),
        Field("to_status", Kind.TEXT),
        Field(
            "reason",
            Kind.TEXT,
            capability=Capability.READ_CASE_NOTES,
            withheld=STATUS_GUARDS["reason"],
        ),
        Field("lead", Kind.KEY, source="lead_id", description="Who led the case then."),
        Field("referred_to", Kind.TEXT),
        Field("clearance", Kind.TEXT),
        Field("changed_by", Kind.KEY, source="changed_by_id"),
        Field("changed_by_name", Kind.TEXT, source="changed_by__name"),
        Field("changed_at", Kind.TIME),
    ),
)

INVOLVED_PERSON = Declaration(
    "InvolvedPerson",
    InvolvedPerson,
    (
        Field("id", Kind.KEY),
        Field("role", Kind.TEXT),
        Field("name", Kind.TEXT, withheld=PERSON_GUARDS["name"]),
        Field("born_on", Kind.DATE, withheld=PERSON_GUARDS["born_on"]),
        Field("contact", Kind.TEXT, withheld=PERSON_GUARDS["contact"]),
        Field(
            "is_juvenile", Kind.FLAG, sql=is_juvenile(), description="At the time of the case's incidents."
        ),
        Field("created_at", Kind.TIME),
        Field("updated_at", Kind.TIME),
    ),
)

CASE_TASK = Declaration(
    "CaseTask",
    CaseTask,
    (
        Field("id", Kind.KEY),
        Field("case", Kind.KEY, source="case_id"),
        Field("case_number", Kind.TEXT, source="case__number"),
        Field("title", Kind.TEXT),
        Field("status", Kind.TEXT),
        Field("priority", Kind.TEXT),
        Field("assignee", Kind.KEY, source="assignee_id"),
        Field("assignee_name", Kind.TEXT, source="assignee__name"),
        Field("due_on", Kind.DATE),
        Field("ended_at", Kind.TIME),
        Field("created_at", Kind.TIME),
        Field("created_by", Kind.KEY, source="created_by_id"),
        Field("updated_at", Kind.TIME),
    ),
)
