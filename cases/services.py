"""The verbs for cases: open one, change one, link incidents, name members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from accounts.models import Agency, Unit, User
from accounts.roles import roles_with
from cases.access import find_case, is_excluded, may_keep, refuse_unworkable, require_level
from cases.choices import Level
from cases.fields import CASE
from cases.models import Case, CaseIncident
from incidents.models import Incident, IncidentOffence
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.guards import refuse_withheld
from nethra.core.querysets import unscoped

CASE_FIELDS = frozenset({"title", "notes", "informant_notes", "priority", "lead_id", "unit_id"})

__all__ = [
    "change_case",
    "link_incident",
    "open_case",
    "unlink_incident",
]


@transaction.atomic
def open_case(*, access: Access, incident: Incident, title: str = "", **values: Any) -> Case:
    """Return a new case about an incident, with its number; the title defaults to the incident's offence.

    Raise NotFound when the incident is not this access's, Conflict when it began a case already, InvalidInput
    with a sentence per field.
    """
    access.require(Capability.ADD_CASES)
    refuse_hidden(access, values)
    found = Incident.objects.visible_to(access).select_for_update().filter(pk=incident.pk).first()
    if found is None:
        raise NotFound()
    refuse_second_case(access, found)
    case = Case(agency_id=access.agency_id, primary_incident=found, opened_by_id=access.author_id)
    if found.is_guarded and found.sealed_parts:
        raise Conflict("A sealed incident begins no case.", code="incident_sealed")
    unit_id = values.pop("unit_id", None) or unit_of(access, values.get("lead_id"))
    values = {"title": title or default_title(access, found), "unit_id": unit_id, **values}
    assign(case, values, CASE_FIELDS)
    check_person(access, case.lead_id, "lead", Capability.CHANGE_CASES)
    check_unit(access, case.unit_id)
    case.number = "-"
    check(case)
    # As late as may be: the year's counter stays locked until the transaction ends.
    case.number = _next_number(access)
    case.save(force_insert=True)
    return case


@transaction.atomic
def change_case(*, access: Access, case: Case, **values: Any) -> Case:
    """Change a case's title, notes, priority or lead; raise NotFound, Conflict when closed, InvalidInput."""
    stored = locked_case(access, case.pk)
    refuse_hidden(access, values)
    refuse_withheld(stored, values)
    old_lead, old_unit = stored.lead_id, stored.unit_id
    assign(stored, values, CASE_FIELDS)
    if stored.lead_id != old_lead:
        check_lead(access, stored, old_lead)
    if stored.unit_id != old_unit:
        check_unit(access, stored.unit_id)
    check(stored)
    stored.save(update_fields=[*values, "updated_at"])
    return stored


@transaction.atomic
def link_incident(*, access: Access, case: Case, incident: Incident) -> CaseIncident:
    """Link a further incident to a case; raise NotFound, or Conflict when it belongs to the case already."""
    stored = locked_case(access, case.pk)
    if not Incident.objects.visible_to(access).filter(pk=incident.pk).exists():
        raise NotFound("There is no such incident.")
    links = CaseIncident.objects.visible_to(access).filter(case_id=stored.pk)
    if incident.pk == stored.primary_incident_id or links.filter(incident_id=incident.pk).exists():
        raise Conflict("This incident belongs to the case already.", code="already_linked")
    return CaseIncident.objects.create(
        agency_id=access.agency_id, case=stored, incident_id=incident.pk, linked_by_id=access.author_id
    )


@transaction.atomic
def unlink_incident(*, access: Access, case: Case, incident_id: UUID) -> None:
    """Take a further incident from a case; the primary one stays. Raise NotFound, Conflict."""
    stored = locked_case(access, case.pk)
    if incident_id == stored.primary_incident_id:
        raise Conflict("The incident that began the case stays with it.", code="primary_incident")
    links = CaseIncident.objects.visible_to(access).filter(case_id=stored.pk, incident_id=incident_id)
    if not links.delete()[0]:
        raise NotFound()


# What the verbs of a case's parts share


def locked_case(access: Access, case_id: UUID, capability: Capability = Capability.CHANGE_CASES) -> Case:
    """Return the case, locked for work on it; raise NotAllowed, NotFound, or Conflict when it is closed or sealed.

    What is withheld from the access stays so: only fields that were read may be written.
    """
    access.require(capability)
    case = Case.objects.visible_to(access).select_for_update().filter(pk=case_id).first()
    if case is None:
        find_case(access, case_id)
        raise NotFound()
    refuse_unworkable(case)
    require_level(access, case, Level.WRITE)
    if case.is_closed:
        raise Conflict("The case is closed: reopen it first.", code="case_closed")
    return case


def check_person(access: Access, user_id: UUID | None, field: str, capability: Capability) -> None:
    """Raise InvalidInput unless the person is active, of the agency and able to do what the field means."""
    if user_id is None:
        return
    person = User.objects.colleagues_of(access).filter(pk=user_id).only("role", "is_active").first()
    if person is None or not person.is_active:
        raise InvalidInput(errors={field: ["There is no such active person in your agency."]})
    if person.role not in roles_with(access, capability):
        raise InvalidInput(errors={field: ["This person's role does not allow that work."]})


def check_lead(access: Access, case: Case, old_lead: UUID | None) -> None:
    """Raise InvalidInput unless this person can lead the case, NotAllowed where others decide who sees it."""
    if case.is_restricted:
        if not (may_keep(access, case) or old_lead == access.author_id):
            raise NotAllowed("The case's lead and its supervisors decide who sees it.")
        if case.lead_id is None:
            raise Conflict("Somebody must see a restricted case: it keeps a lead.", code="lead_needed")
    check_person(access, case.lead_id, "lead", Capability.CHANGE_CASES)
    if case.lead_id is not None and is_excluded(case, case.lead_id):
        raise InvalidInput(errors={"lead": ["There is no such active person in your agency."]})


def check_unit(access: Access, unit_id: UUID | None) -> None:
    """Raise InvalidInput unless the unit is one of the agency that is not closed."""
    units = Unit.objects.visible_to(access).filter(deactivated_at=None)
    if unit_id is not None and not units.filter(pk=unit_id).exists():
        raise InvalidInput(errors={"unit": ["There is no such unit in your agency."]})


def unit_of(access: Access, lead_id: UUID | None) -> UUID | None:
    """Return the unit that a new case belongs to: its lead's, else that of whoever opens it."""
    lead = User.objects.colleagues_of(access).filter(pk=lead_id).first() if lead_id else None
    return lead.unit_id if lead is not None and lead.unit_id else access.unit_id


def assign(row: models.Model, values: dict[str, Any], allowed: frozenset[str]) -> None:
    """Set the values on a row; raise InvalidInput for a field that cannot be set."""
    unknown = sorted(set(values) - allowed)
    if unknown:
        raise InvalidInput(errors={name: ["This field cannot be set."] for name in unknown})
    for name, value in values.items():
        setattr(row, name, value)


def check(row: models.Model) -> None:
    """Raise InvalidInput with a sentence per field for what the model's fields and constraints refuse."""
    check_fields(row)
    try:
        with unscoped("a row at hand"):
            row.validate_constraints(exclude={"agency", "primary_incident", "case"})
    except ValidationError as problem:
        raise InvalidInput(errors=problem.message_dict) from problem


def check_fields(row: models.Model) -> None:
    """Raise InvalidInput for what the fields refuse, without a question to the database for each constraint."""
    references = [f.name for f in row._meta.fields if f.is_relation]
    try:
        row.clean_fields(exclude=references)
    except ValidationError as problem:
        raise InvalidInput(errors=problem.message_dict) from problem


def refuse_hidden(access: Access, values: dict[str, Any]) -> None:
    """Raise NotAllowed for writing what one may not read."""
    CASE.require_readable(access, values)


def refuse_second_case(access: Access, incident: Incident) -> None:
    """Raise Conflict where the incident began a case already."""
    began = Case._base_manager.filter(agency_id=access.agency_id, primary_incident_id=incident.pk)
    if not began.exists():
        return
    seen = Case.objects.visible_to(access).filter(primary_incident_id=incident.pk)
    number = seen.values_list("number", flat=True).first()
    raise Conflict(
        f"This incident has the case {number} already." if number else "This incident cannot begin a case.",
        code="case_exists",
    )


def default_title(access: Access, incident: Incident) -> str:
    """Return the primary offence of an incident, as a title to begin with.

    SECURITY: not its address. A title stays when the incident's place is sealed, or the incident expunged.
    """
    offence = (
        IncidentOffence.objects.visible_to(access)
        .filter(incident_id=incident.pk, is_primary=True)
        .values_list("offence_code__name", flat=True)
        .first()
    )
    return str(offence or incident.number)[:200]


def _next_number(access: Access) -> str:
    agency = Agency.objects.visible_to(access).only("time_zone").get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.case_number(%s)", [datetime.now(UTC).astimezone(agency.zone).year])
        row = cursor.fetchone()
    return str(row[0])
