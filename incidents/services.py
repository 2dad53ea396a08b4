"""The verbs for incidents: record one, change one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from incidents.habits import refuse_hidden, replace_habits, write_habits
from incidents.models import Incident, IncidentOffence, OffenceCategory
from incidents.offences import known_offences, stated
from incidents.placing import place
from incidents.rules import (
    HabitInput,
    OffenceInput,
    breaches_of_habits,
    breaches_of_offences,
    breaches_of_times,
)
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput, NotFound
from nethra.core.geo import checked_point
from nethra.core.guards import refuse_withheld

INCIDENT_FIELDS = frozenset(
    {
        "reported_at",
        "occurred_from",
        "occurred_until",
        "description",
        "notes",
        "location",
        "address",
        "status",
    }
)
#: Said once, when the incident is recorded.
ORIGIN_FIELDS = frozenset({"source", "external_id", "reported_by"})

__all__ = ["HabitInput", "OffenceInput", "change_incident", "create_incident"]


@transaction.atomic
def create_incident(
    *,
    access: Access,
    offences: Sequence[OffenceInput],
    modus_operandi: Sequence[HabitInput] = (),
    **values: Any,
) -> Incident:
    """Return a new incident with its number, beat, district, offences and modus operandi.

    The first offence is the primary. ``reported_at`` defaults to now and ``occurred_until`` to ``occurred_from``. Raise
    InvalidInput with a sentence per field.
    """
    access.require(Capability.ADD_INCIDENTS)
    incident = Incident(agency_id=access.agency_id, reported_by_id=access.author_id, source=access.source)
    _assign(access, incident, values, INCIDENT_FIELDS | ORIGIN_FIELDS)
    incident.reported_at = incident.reported_at or datetime.now(UTC)
    incident.occurred_until = incident.occurred_until or incident.occurred_from
    _check(access, incident, offences, modus_operandi)
    incident.number = _next_number(access, incident.reported_at)
    incident.stated_offences = stated(offences)
    _place(access, incident)
    incident.save(force_insert=True)
    _write_offences(incident, offences)
    write_habits(incident, modus_operandi)
    return incident


@transaction.atomic
def change_incident(
    *,
    access: Access,
    incident: Incident,
    offences: Sequence[OffenceInput] | None = None,
    modus_operandi: Sequence[HabitInput] | None = None,
    **values: Any,
) -> Incident:
    """Change an incident's facts, and its offences or modus operandi where they are given; placed again when it moved.

    Raise NotFound when the row is not this access's, InvalidInput with a sentence per field.
    """
    access.require(Capability.CHANGE_INCIDENTS)
    # SECURITY: the row as it was must be visible, whatever object the caller holds.
    stored = Incident.objects.visible_to(access).select_for_update().filter(pk=incident.pk).first()
    if stored is None:
        raise NotFound()
    refuse_withheld(stored, values)
    if modus_operandi is not None:
        refuse_hidden(stored)
    stored = Incident._base_manager.get(agency_id=access.agency_id, pk=stored.pk)
    _assign(access, stored, values, INCIDENT_FIELDS)
    _check(access, stored, offences, modus_operandi)
    if "location" in values:
        _place(access, stored)
    stored.save()
    if offences is not None:
        IncidentOffence.objects.visible_to(access).filter(incident_id=stored.pk).delete()
        _write_offences(stored, offences)
    if modus_operandi is not None:
        replace_habits(access, stored, modus_operandi)
    return stored


def _assign(access: Access, incident: Incident, values: dict[str, Any], allowed: frozenset[str]) -> None:
    unknown = sorted(set(values) - allowed)
    if unknown:
        raise InvalidInput(errors={name: ["This field cannot be set."] for name in unknown})
    if "notes" in values:
        access.require(Capability.READ_INCIDENT_NOTES)
    for name, value in values.items():
        setattr(incident, name, value)


#: Fields that are made here and that nobody says; the reporter is known where it is who is signed in.
_MADE = frozenset({"number", "agency", "beat", "district", "import_batch"})
_NOT_SAID = _MADE | {"reported_by"}


def _check(
    access: Access,
    incident: Incident,
    offences: Sequence[OffenceInput] | None,
    modus_operandi: Sequence[HabitInput] | None,
) -> None:
    if incident.occurred_from is None:
        raise InvalidInput(errors={"occurred_from": ["State when the incident happened or began."]})
    errors = breaches_of_times(
        incident.occurred_from, incident.occurred_until, incident.reported_at, datetime.now(UTC)
    )
    if incident.location is not None:
        checked_point(incident.location.x, incident.location.y)
    if offences is not None:
        found = _offence_breaches(access, offences)
        if found:
            errors["offences"] = found
    if modus_operandi and (strange := breaches_of_habits(modus_operandi)):
        errors["modus_operandi"] = strange
    try:
        incident.clean_fields(exclude=_NOT_SAID if incident.reported_by_id == access.author_id else _MADE)
    except ValidationError as problem:
        errors = {**problem.message_dict, **errors}
    if errors:
        raise InvalidInput(errors=errors)


def _offence_breaches(access: Access, offences: Sequence[OffenceInput]) -> list[str]:
    codes = [offence.code for offence in offences]
    known = known_offences()
    breaches = breaches_of_offences(offences, {code: known[code] for code in codes if code in known})
    wanted = {offence.category_id for offence in offences if offence.category_id}
    if wanted and OffenceCategory.objects.visible_to(access).filter(pk__in=wanted).count() < len(wanted):
        breaches.append("There is no such category of offence.")
    return breaches


_NEXT_NUMBER = """
SELECT app.incident_number(incident_number_format, extract(year FROM %s::timestamptz AT TIME ZONE time_zone)::int)
FROM accounts_agency WHERE id = %s
"""


def _next_number(access: Access, moment: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER, [moment, access.agency_id])
        row = cursor.fetchone()
    return str(row[0])


def _place(access: Access, incident: Incident) -> None:
    placement = place(access, incident.location)
    incident.beat_id, incident.district_id = placement.beat_id, placement.district_id


def _write_offences(incident: Incident, offences: Sequence[OffenceInput]) -> None:
    IncidentOffence.objects.bulk_create(
        IncidentOffence(
            agency_id=incident.agency_id,
            incident=incident,
            position=position,
            offence_code_id=offence.code,
            category_id=offence.category_id,
            is_primary=position == 1,
            completion=offence.completion,
        )
        for position, offence in enumerate(offences, start=1)
    )
