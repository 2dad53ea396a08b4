"""One row of every model that the console shows, so that every page can be opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.gis.geos import Point
from django.db.models import Model
from django.urls import reverse

from accounts.api_keys import make_key
from accounts.choices import EndReason, SessionKind
from accounts.models import User
from accounts.profiles import add_contact, add_posting, add_unit, change_profile
from accounts.rosters import add_hours, allow_exception
from accounts.sessions import end_session, open_session
from cases.access import exclude_person
from cases.members import add_member
from cases.models import AccessRequest, Case, CaseReading, ExpungeOrder, ShareReading
from cases.sharing import draft_share
from cases.tasks import add_task
from incidents.choices import AreaKind
from incidents.models import AreaPlacing, ImportBatch, IncidentReading, OffenceCategory
from insights.models import AnalysisRun, AnalysisSchedule
from insights.running.services import order_run
from insights.schedules.services import add_schedule
from media_evidence.models import Disclosure, Inventory, Item
from media_evidence.room.inventories import open_inventory
from nethra.audit.retention import place_hold
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import Role
from nethra.core.querysets import ScopedQuerySet
from nethra.core.scope import agency_scope
from nethra.exchange.searches.services import save_search
from tests.support.cases import make_case, make_past_emergency
from tests.support.exports import ordered
from tests.support.files import make_evidence
from tests.support.items import make_item, make_location
from tests.support.keeping import asked, make_due
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident


def fill(cast: Cast) -> None:
    """Make a row of every kind in North."""
    access = access_for(cast.admin)
    make_area(access, AreaKind.DISTRICT, "D1", (-122.43, 37.76, -122.41, 37.78))
    case = make_case(access_for(cast.officer), make_incident(access_for(cast.officer), "220", "290"))
    make_evidence(access, case)
    (due,) = make_due(cast, guests=[cast.prosecutor])
    asked(cast, due)
    plant_room(cast, case)
    plant_watch(cast, case)
    plant_people(cast)
    plant_hold(cast)
    plant_searches(cast)
    plant_exports(cast)
    plant_run(cast)
    plant_schedule(cast)
    with agency_scope(access):
        add_task(access=access, case=case, title="Ask the neighbours")
        plant_disclosure(case)
        OffenceCategory.objects.create(agency_id=cast.north.pk, name="Shed", offence_code_id="220")
        AreaPlacing.objects.create(agency_id=cast.north.pk, reason="beats redrawn")
        ImportBatch.objects.create(
            agency_id=cast.north.pk, profile="sf", file_name="a.csv", upload_path="a.upload"
        )


def plant_watch(cast: Cast, case: Case, text: str = "Looked at the other case") -> None:
    """Name the guests in a case, and make rows of everything that stands about who sees it."""
    admin = access_for(cast.admin)
    now = datetime.now(UTC)
    with agency_scope(admin):
        for guest in (cast.prosecutor, cast.custodian):
            add_member(access=admin, case=case, user_id=guest.pk, level="view")
        exclude_person(access=admin, case=case, user_id=cast.deactivated.pk, reason=text)
        for user in (cast.admin, cast.officer, cast.analyst, cast.custodian, cast.prosecutor):
            AccessRequest.objects.create(
                agency_id=cast.north.pk, case=case, user=user, reason=text, due_at=now, note=text
            )
            make_past_emergency(admin, case, user.pk, reason=text)
        share = draft_share(
            access=admin,
            case=case,
            recipient="south",
            fields=["incident.status"],
            until=now + timedelta(days=7),
            reason=text,
        )
        ShareReading.objects.create(
            agency_id=cast.north.pk, share=share, reader_name=text, reader_agency=text, what="record"
        )
        ExpungeOrder.objects.create(
            agency_id=cast.north.pk,
            kind="case",
            subject_id=case.pk,
            number=case.number,
            order_number="E-1",
            authority=text,
        )
        looked: dict[str, Any] = {
            "agency_id": cast.north.pk,
            "user": cast.officer,
            "source": "console",
            "reason_code": "other",
            "reason": text,
            "first_at": now,
            "last_at": now,
        }
        CaseReading.objects.create(**looked, case=case, basis="lead", oddities=["no_connection"])
        IncidentReading.objects.create(**looked, incident_id=case.primary_incident_id)


def plant_room(
    cast: Cast, case: Case, lead: User | None = None, label: str = "Shelf", **values: str
) -> tuple[Item, Inventory]:
    """Put a thing of a case into the evidence room, by its lead, and have all that lies there counted."""
    place = make_location(access_for(cast.admin), "PR1", label)
    item = make_item(access_for(lead or cast.officer), case, location_id=place.pk, **values)
    operator = operator_access(cast.north.pk)
    with agency_scope(operator):
        return item, open_inventory(access=operator, size=5, seed="seed")


def plant_disclosure(case: Case, text: str = "Dana Defence") -> Disclosure:
    """Return a disclosure of a case without a file, made in the caller's scope."""
    return Disclosure.objects.create(
        agency_id=case.agency_id,
        case=case,
        number="DS-2026-0A1B2C3D",
        recipient_name=text,
        recipient_email="dana@defence.example",
        purpose=text,
        expires_at=datetime.now(UTC) + timedelta(days=7),
        token_hash=b"0" * 32,
    )


def plant_run(cast: Cast, text: str = "Weekly briefing") -> AnalysisRun:
    """Count an open incident and what else there is on squares, by the analyst, and return the run."""
    # Far from what other tests look for on tiles.
    make_incident(access_for(cast.officer), location=Point(-122.2, 37.6, srid=4326))
    access = access_for(cast.analyst)
    with agency_scope(access):
        return order_run(access=access, analysis="counts", about={"ground": "box"}, why=text)


def plant_schedule(cast: Cast, text: str = "Weekly briefing") -> AnalysisSchedule:
    """Have the incidents counted each week for the analyst, and return the schedule."""
    access = access_for(cast.analyst)
    with agency_scope(access):
        return add_schedule(access=access, name=text, analysis="counts", every="week", why=text)


def plant_exports(cast: Cast, text: str = "Monthly report") -> None:
    """Order an export by each person of North: nobody sees another's."""
    for user in vars(cast).values():
        if isinstance(user, User) and user.is_active and user.agency_id == cast.north.pk:
            ordered(access_for(user), reason=text)


def plant_hold(cast: Cast, text: str = "A complaint") -> None:
    """Hold the audit by an order."""
    operator = operator_access(cast.north.pk)
    with agency_scope(operator):
        place_hold(access=operator, order_number="H-1", reason=text)


def plant_searches(cast: Cast, name: str = "Burglaries") -> None:
    """Let everybody of North keep a search; nobody sees another's."""
    for role in Role:
        access = access_for(getattr(cast, role))
        with agency_scope(access):
            save_search(access=access, name=name, resource="incidents", query=urlencode({"q": name}))


def plant_people(cast: Cast, text: str = "Night", unit_name: str = "Night") -> None:
    """Make a row of everything that stands about a person, with the text where people write.

    A unit's name is no secret: everybody in the agency knows its stations.
    """
    access, officer = access_for(cast.admin), cast.officer
    now = datetime.now(UTC)
    # Today in Greenwich may be tomorrow where the agency is, and the posting not begun.
    began = (now - timedelta(days=1)).date()
    with agency_scope(access):
        unit = add_unit(access=access, name=unit_name, supervisor=cast.supervisor)
        add_posting(access=access, user=officer, unit=unit, rank=text, starts_on=began, place_name=text)
        add_contact(access=access, user=officer, kind="mobile", value=text, is_primary=True)
        change_profile(access=access, user=officer, preferred_name=text, qualifications=text, job_title=text)
        add_hours(access=access, role="officer", weekday=1, opens=time(0), closes=time(0))
        allow_exception(
            access=access, user=officer, starts_at=now, ends_at=now + timedelta(days=7), reason=text
        )
        own = replace(access_for(officer), session_id=officer.pk)
        make_key(access=own, user=officer, name=text, scopes=["view_incidents"], days=30)
        session = open_session(officer, SessionKind.CONSOLE, device=text)
        end_session(session, because=EndReason.BY_OWNER)


def first_of(model: type[Model], access: Access) -> Any:
    """Return a row of the model that the access sees."""
    with agency_scope(access):
        rows = model._default_manager.all()
        assert isinstance(rows, ScopedQuerySet)
        return rows.visible_to(access).order_by("pk").first()


def page(model: type[Model], name: str, *args: Any) -> str:
    """Return the address of one of a model's pages."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)
