"""Puts the made-up city into the database: agencies, people, areas, incidents. For demonstrations only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db import connection, transaction

from accounts.models import Agency, User
from accounts.people import create_user
from accounts.services import agency_exists, create_agency, make_platform_admin, set_boundary
from incidents import demo_city
from incidents.area_versions import AreaDraft, store_areas
from incidents.choices import PLACED_KINDS
from incidents.demo.gazetteer import gazetteer_drafts
from incidents.demo.logins import AGENCY_CODE, LOGINS, NEIGHBOUR_CODE, PLATFORM_CODE, DemoLogin
from incidents.demo.values import DemoArea, DemoCity, DemoIncident
from incidents.gazetteer.choices import PlaceSource
from incidents.gazetteer.loading import store_drafts
from incidents.habits import habit_of
from incidents.models import Incident, IncidentHabit, IncidentOffence
from incidents.offences import stated
from incidents.placing import Placement, place_many
from incidents.services import HabitInput, OffenceInput, create_incident
from incidents.signals import demo_city_seeded
from nethra.core.access import Access, operator_access
from nethra.core.errors import Conflict, NotAllowed
from nethra.core.scope import agency_scope

SOURCE = "demo"
CHUNK = 1000
NEIGHBOUR_INCIDENTS = 12
#: The neighbouring city lies this many degrees to the south.
SOUTHWARDS = 0.2


@dataclass(frozen=True)
class Seeded:
    """What was put into the database."""

    agency_code: str
    incidents: int
    offences: int
    areas: int
    people: int


def demo_exists() -> bool:
    """Return whether the demonstration's agency is in the database."""
    return agency_exists(AGENCY_CODE)


def refuse_in_production() -> None:
    """Raise NotAllowed in production, where known passwords would be an open door."""
    if settings.PRODUCTION:
        raise NotAllowed(
            "The demonstration has passwords that everybody knows: it is refused in ENVIRONMENT=production.",
            code="production",
        )


@transaction.atomic
def seed_demo(now: datetime, *, with_files: bool = True) -> Seeded:
    """Store the city up to the local day of `now`, its people, and two other agencies; all or nothing.

    Higher apps add what is theirs; files, which no rollback takes back, only ``with_files``.

    Raise NotAllowed in production, Conflict when an agency of the demonstration is there already.
    """
    refuse_in_production()
    for code in (AGENCY_CODE, NEIGHBOUR_CODE, PLATFORM_CODE):
        if agency_exists(code):
            raise Conflict(f"The agency '{code}' is there already.", code="already_seeded")
    city = demo_city.build_city(until=now.date())
    # The neighbour first: something is shared with it.
    _make_neighbour(city)
    agency = _make_agency(AGENCY_CODE, f"{demo_city.CITY_NAME} Police")
    offences = _fill(agency, city, with_files)
    _make_platform()
    return Seeded(AGENCY_CODE, len(city.incidents), offences, len(city.areas) - 1, len(LOGINS))


def _make_agency(code: str, name: str) -> Agency:
    # To look around without a telephone at hand; every other agency starts with a second factor for all.
    return create_agency(code=code, name=name, time_zone=demo_city.TIME_ZONE, second_factor_roles=[])


def _fill(agency: Agency, city: DemoCity, with_files: bool) -> int:
    access = operator_access(agency.pk)
    with agency_scope(access, reason="demonstration seeded"):
        people = _make_people(access, AGENCY_CODE)
        boundary = next(area for area in city.areas if area.kind == "boundary")
        set_boundary(access=access, boundary=_shape(boundary))
        begun = min(incident.occurred_from for incident in city.incidents)
        for kind in PLACED_KINDS:
            drafts = [AreaDraft(a.code, a.name, _shape(a)) for a in city.areas if a.kind == kind]
            store_areas(access=access, kind=kind, source_name="demonstration", drafts=drafts, since=begun)
        store_drafts(
            access=access, source=PlaceSource.STREETS, drafts=gazetteer_drafts(), file_name="demonstration"
        )
        offences = _store_incidents(access, city.incidents, agency, people["officer"])
        demo_city_seeded.send(
            sender=Agency, access=access, people=people, with_files=with_files, truth=city.truth
        )
        return offences


def _make_people(access: Access, agency_code: str) -> dict[str, User]:
    return {login.label: _make_person(access, login) for login in LOGINS if login.agency_code == agency_code}


def _make_person(access: Access, login: DemoLogin) -> User:
    return create_user(
        access=access,
        password=login.password,
        email=login.email,
        name=login.name,
        role=login.role,
        badge_number=login.badge_number,
    )


def _shape(area: DemoArea) -> MultiPolygon:
    return MultiPolygon(Polygon(area.ring), srid=4326)


def _store_incidents(access: Access, records: Sequence[DemoIncident], agency: Agency, reporter: User) -> int:
    placements = place_many(access, [(record.longitude, record.latitude) for record in records])
    numbers = _numbers(agency, [record.reported_at for record in records])
    incidents = [
        _incident(access, record, number, placement, reporter)
        for record, number, placement in zip(records, numbers, placements, strict=True)
    ]
    offences = [
        offence
        for incident, record in zip(incidents, records, strict=True)
        for offence in _offences(incident, record)
    ]
    habits = [
        habit_of(incident, HabitInput(field, value))
        for incident, record in zip(incidents, records, strict=True)
        for field, value in record.habits
    ]
    Incident.objects.bulk_create(incidents, batch_size=CHUNK)
    IncidentOffence.objects.bulk_create(offences, batch_size=CHUNK)
    IncidentHabit.objects.bulk_create(habits, batch_size=CHUNK)
    return len(offences)


def _numbers(agency: Agency, moments: Sequence[datetime]) -> list[str]:
    years = [moment.astimezone(agency.zone).year for moment in moments]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app.incident_number(%s, year) FROM unnest(%s::int[]) AS year",
            [agency.incident_number_format, years],
        )
        return [str(number) for (number,) in cursor.fetchall()]


def _incident(
    access: Access, record: DemoIncident, number: str, placement: Placement, reporter: User
) -> Incident:
    return Incident(
        agency_id=access.agency_id,
        number=number,
        status=record.status,
        reported_by=reporter,
        reported_at=record.reported_at,
        occurred_from=record.occurred_from,
        occurred_until=record.occurred_until,
        description=record.description,
        notes=record.notes,
        location=Point(record.longitude, record.latitude, srid=4326),
        address=record.address,
        beat_id=placement.beat_id,
        district_id=placement.district_id,
        source=SOURCE,
        external_id=record.external_id,
        stated_offences=stated(
            [OffenceInput(offence.code, offence.completion) for offence in record.offences]
        ),
    )


def _offences(incident: Incident, record: DemoIncident) -> list[IncidentOffence]:
    return [
        IncidentOffence(
            agency_id=incident.agency_id,
            incident=incident,
            position=position,
            offence_code_id=offence.code,
            is_primary=position == 1,
            completion=offence.completion,
        )
        for position, offence in enumerate(record.offences, start=1)
    ]


def _make_neighbour(city: DemoCity) -> None:
    """Store a second agency with a few incidents, to show that neither sees the other's."""
    access = operator_access(_make_agency(NEIGHBOUR_CODE, "South Harrow Police").pk)
    with agency_scope(access, reason="demonstration seeded"):
        people = _make_people(access, NEIGHBOUR_CODE)
        for record in city.incidents[-NEIGHBOUR_INCIDENTS:]:
            create_incident(
                access=access,
                offences=[OffenceInput(offence.code, offence.completion) for offence in record.offences],
                reported_by=people["neighbour"],
                reported_at=record.reported_at,
                occurred_from=record.occurred_from - timedelta(hours=1),
                occurred_until=record.occurred_until,
                description=record.description,
                location=Point(record.longitude, record.latitude - SOUTHWARDS, srid=4326),
                address=record.address,
                modus_operandi=[HabitInput(field, value) for field, value in record.habits],
                source=SOURCE,
            )


def _make_platform() -> None:
    access = operator_access(_make_agency(PLATFORM_CODE, "Platform operators").pk)
    with agency_scope(access, reason="demonstration seeded"):
        for user in _make_people(access, PLATFORM_CODE).values():
            make_platform_admin(access=access, user=user)
