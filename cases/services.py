"""The verbs for cases: open one, change one, link incidents, name members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from accounts.models import Agency, User
from cases.models import Case, CaseIncident, CaseMember
from incidents.models import Incident, IncidentOffence
from nethra.core.access import Access
from nethra.core.capabilities import Capability, capabilities_of
from nethra.core.errors import Conflict, InvalidInput, NotFound
from nethra.core.querysets import unscoped

CASE_FIELDS = frozenset({"title", "notes", "priority", "lead_id"})

__all__ = [
    "add_member",
    "change_case",
    "link_incident",
    "open_case",
    "remove_member",
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
    assign(case, {"title": title or default_title(access, found), **values}, CASE_FIELDS)
    check_person(access, case.lead_id, "lead", Capability.CHANGE_CASES)
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
    old_lead = stored.lead_id
    assign(stored, values, CASE_FIELDS)
    if stored.lead_id != old_lead:
        check_person(access, stored.lead_id, "lead", Capability.CHANGE_CASES)
    check(stored)
    stored.save(update_fields=[*CASE_FIELDS, "updated_at"])
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


@transaction.atomic
def add_member(*, access: Access, case: Case, user_id: UUID) -> CaseMember:
    """Add a person to those who work on a case; raise NotFound, Conflict, InvalidInput."""
    stored = locked_case(access, case.pk)
    check_person(access, user_id, "user", Capability.VIEW_CASES)
    if CaseMember.objects.visible_to(access).filter(case_id=stored.pk, user_id=user_id).exists():
        raise Conflict("This person is a member already.", code="already_member")
    return CaseMember.objects.create(
        agency_id=access.agency_id, case=stored, user_id=user_id, added_by_id=access.author_id
    )


@transaction.atomic
def remove_member(*, access: Access, case: Case, user_id: UUID) -> None:
    """Take a person from those who work on a case; raise NotFound, Conflict."""
    stored = locked_case(access, case.pk)
    members = CaseMember.objects.visible_to(access).filter(case_id=stored.pk, user_id=user_id)
    if not members.delete()[0]:
        raise NotFound()


# What the verbs of a case's parts share


def locked_case(access: Access, case_id: UUID, capability: Capability = Capability.CHANGE_CASES) -> Case:
    """Return the case, locked for work on it; raise NotAllowed, NotFound, or Conflict when it is closed."""
    access.require(capability)
    case = Case.objects.visible_to(access).select_for_update().filter(pk=case_id).first()
    if case is None:
        raise NotFound()
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
    if capability not in capabilities_of(person.role):
        raise InvalidInput(errors={field: ["This person's role does not allow that work."]})


def assign(row: models.Model, values: dict[str, Any], allowed: frozenset[str]) -> None:
    """Set the values on a row; raise InvalidInput for a field that cannot be set."""
    unknown = sorted(set(values) - allowed)
    if unknown:
        raise InvalidInput(errors={name: ["This field cannot be set."] for name in unknown})
    for name, value in values.items():
        setattr(row, name, value)


def check(row: models.Model) -> None:
    """Raise InvalidInput with a sentence per field for what the model's fields and constraints refuse."""
    references = [f.name for f in row._meta.fields if f.is_relation]
    try:
        with unscoped("a row at hand"):
            row.clean_fields(exclude=references)
            row.validate_constraints(exclude={"agency", "primary_incident", "case"})
    except ValidationError as problem:
        raise InvalidInput(errors=problem.message_dict) from problem


def refuse_hidden(access: Access, values: dict[str, Any]) -> None:
    """Raise NotAllowed for writing what one may not read."""
    if "notes" in values:
        access.require(Capability.READ_CASE_NOTES)


def refuse_second_case(access: Access, incident: Incident) -> None:
    """Raise Conflict where the incident began a case already."""
    number = (
        Case.objects.visible_to(access)
        .filter(primary_incident_id=incident.pk)
        .values_list("number", flat=True)
        .first()
    )
    if number:
        raise Conflict(f"This incident has the case {number} already.", code="case_exists")


def default_title(access: Access, incident: Incident) -> str:
    """Return the primary offence and the address of an incident, as a title to begin with."""
    offence = (
        IncidentOffence.objects.visible_to(access)
        .filter(incident_id=incident.pk, is_primary=True)
        .values_list("offence_code__name", flat=True)
        .first()
    )
    words = [part for part in (offence, incident.address) if part]
    return ", ".join(words)[:200] or incident.number


def _next_number(access: Access) -> str:
    agency = Agency.objects.visible_to(access).only("time_zone").get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.case_number(%s)", [datetime.now(UTC).astimezone(agency.zone).year])
        row = cursor.fetchone()
    return str(row[0])
