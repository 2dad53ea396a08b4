"""Route x method x persona against a table kept by hand: a new route without a line fails.

The rows that the paths name belong to a restricted case, so that each line tells who needs to know. Bodies are
empty: 400 says that somebody was let through to what they sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.choices import EndReason
from accounts.models import Contact, HoursException, Posting, Unit, User, UserSession, WorkingHours
from accounts.rosters import add_hours
from cases.asking import ask_access
from cases.choices import Level
from cases.members import add_member
from cases.models import Case, CaseReading, CaseStatusChange, ExpungeOrder
from cases.people import add_person
from cases.tasks import add_task
from incidents.choices import AreaKind
from incidents.models import ImportBatch, OffenceCategory
from media_evidence.jobs import inspect_evidence_job, make_redaction_job
from media_evidence.models import Disposal, Inventory, InventoryLine, RetentionCategory
from media_evidence.redaction.services import order_redaction
from nethra.audit.models import AuditEvent, AuditHold
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.api.calls import anonymous
from tests.architecture.routes import all_routes
from tests.console.rows import (
    plant_disclosure,
    plant_hold,
    plant_people,
    plant_room,
    plant_run,
    plant_schedule,
)
from tests.support.cases import make_past_emergency
from tests.support.exports import ordered
from tests.support.files import make_evidence, make_upload
from tests.support.keeping import asked, category_of, make_due
from tests.support.people import (
    Cast,
    access_for,
    api_client,
    console_client,
    make_agency,
    make_user,
)
from tests.support.records import make_area
from tests.support.secrets import HEADER, exclude, make_restricted, restrict, share_with

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("permission_matrix.txt")
PERSONAS = (
    "anonymous",
    "admin",
    "supervisor",
    "officer",
    "analyst",
    "auditor",
    "custodian",
    "prosecutor",
    "lead",
    "member",
    "excluded",
    "south_admin",
    "south_officer",
    "south_analyst",
    "recipient",
    "disabled",
    "locked",
    "expired",
    "revoked",
)
#: Pages that end what the sweep itself stands on are asked last of all, or answer the same to everybody.
TILE = {"z": "14", "x": "2620", "y": "6333"}
WORDS = {
    "kind": "analysed",
    "key": "counts",
    "format": "csv",
    "series": "1",
    "rank": "1",
    "verdict": "accepted",
    "page": "1",
    "app_label": "cases",
    "url": "cases/",
    "content_type_id": "1",
    "path": "nethra/console.css",
    "target": "suspended",
    "role": "officer",
    "resource": "incidents",
    "purpose": "invitation",
    "token": "none",
}
BOX = {"reason": "victim", "page": 1, "x": 0, "y": 0, "width": 8, "height": 8}


@dataclass
class World:
    """North with a restricted case and everything that hangs on it, and the people who ask for it."""

    cast: Cast
    case: Case
    keys: dict[str, str]
    people: dict[str, User]


@pytest.fixture
def world(cast: Cast) -> World:
    lead = make_user(cast.north, "officer", "Lea Lead")
    member = make_user(cast.north, "officer", "Mel Member")
    excluded = make_user(cast.north, "supervisor", "Eve Excluded")
    west = make_agency("west")
    recipient = make_user(west, "supervisor", "Wes Recipient")
    people = {
        name: getattr(cast, name)
        for name in ("admin", "supervisor", "officer", "analyst", "auditor", "custodian", "prosecutor")
    }
    people |= {"south_admin": cast.south_admin, "south_officer": cast.south_officer}
    people |= {"south_analyst": make_user(cast.south, "analyst", "Sal Analyst"), "recipient": recipient}
    people |= {"lead": lead, "member": member, "excluded": excluded, "disabled": cast.deactivated}
    locked = make_user(cast.north, "officer", "Lou Locked", locked_at=datetime.now(UTC))
    people |= {"locked": locked, "expired": member, "revoked": member}
    plant_people(cast)
    plant_hold(cast)
    with agency_scope(access_for(cast.admin)):
        for weekday in range(2, 8):
            add_hours(
                access=access_for(cast.admin), role="officer", weekday=weekday, opens=time(0), closes=time(0)
            )
    make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    case = make_restricted(Cast(**{**vars(cast), "officer": lead}), title="Secret")
    return World(cast, case, keys_of(cast, case, lead, member, excluded), people)


def keys_of(cast: Cast, case: Case, lead: User, member: User, excluded: User) -> dict[str, str]:
    """Make one row of every kind, of the case where it can be, and return their keys by kind."""
    access, admin = access_for(lead), access_for(cast.admin)
    disposal, retention = plant_disposal(cast, lead)
    evidence = make_evidence(access, case)
    item, inventory = plant_room(cast, case, lead)
    upload = make_upload(access, case)
    inspect_evidence_job(agency_id=case.agency_id, evidence_id=evidence.pk)
    with agency_scope(access):
        add_member(access=access, case=case, user_id=member.pk, level=Level.VIEW)
        person = add_person(access=access, case=case, role="witness", name="Ida", born_on=date(1990, 1, 1))
        task = add_task(access=access, case=case, title="Ask")
        copy = order_redaction(access=access, evidence=evidence, regions=[BOX])
        step = CaseStatusChange.objects.visible_to(access)[0]
    make_redaction_job(agency_id=case.agency_id, redaction_id=copy.pk)
    exclude(access, case, excluded)
    with agency_scope(access_for(cast.analyst)):
        asked = ask_access(access=access_for(cast.analyst), case_id=case.pk, reason="Why")
    supervisor = Cast(**{**vars(cast), "officer": lead})
    share = share_case(supervisor, case)
    with agency_scope(admin):
        emergency = make_past_emergency(admin, case, cast.officer.pk)
        # Whoever begins an upload to a restricted case has read it.
        reading = CaseReading._base_manager.get(agency_id=case.agency_id, case=case, user=lead)
        order = ExpungeOrder.objects.create(
            agency_id=case.agency_id,
            kind="case",
            subject_id=case.pk,
            number=case.number,
            order_number="1",
            authority="Court",
        )
        disclosure = plant_disclosure(case)
        batch = ImportBatch.objects.create(
            agency_id=case.agency_id, profile="sf", file_name="a.csv", upload_path="a.upload"
        )
        category = OffenceCategory.objects.create(
            agency_id=case.agency_id, name="Shed", offence_code_id="220"
        )
        own = {
            str(model._meta.model_name): str(model.objects.visible_to(admin).values_list("pk", flat=True)[0])
            for model in (
                Unit,
                Contact,
                Posting,
                WorkingHours,
                HoursException,
                UserSession,
                AuditEvent,
                AuditHold,
            )
        }
    with agency_scope(admin):
        from incidents.models import Area, AreaPlacing, AreaSet

        area = Area.objects.visible_to(admin)[0]
        area_set = AreaSet.objects.visible_to(admin)[0]
        placing = AreaPlacing.objects.create(agency_id=case.agency_id, reason="beats redrawn")
    return {
        **own,
        "case": str(case.pk),
        "incident": str(case.primary_incident_id),
        "evidence": str(evidence.pk),
        "disposal": str(disposal.pk),
        "retentioncategory": str(retention.pk),
        "item": str(item.pk),
        "thing": str(item.evidence_id),
        "code": item.label_code,
        "storagelocation": str(item.location_id),
        "inventory": str(inventory.pk),
        "line": str(line_of(inventory)),
        "upload": str(upload.pk),
        "redaction": str(copy.pk),
        "disclosure": str(disclosure.pk),
        "involvedperson": str(person.pk),
        "casetask": str(task.pk),
        "casestatuschange": str(step.pk),
        "accessrequest": str(asked.pk),
        "emergency": str(emergency.pk),
        "casereading": str(reading.pk),
        "expungeorder": str(order.pk),
        "share": str(share),
        "importbatch": str(batch.pk),
        "export": str(ordered(access).pk),
        "analysisrun": str(plant_run(cast).pk),
        "analysisschedule": str(plant_schedule(cast).pk),
        "offencecategory": str(category.pk),
        "area": str(area.pk),
        "areaset": str(area_set.pk),
        "areaplacing": str(placing.pk),
        "user": str(cast.analyst.pk),
        "member": str(member.pk),
        "excluded": str(excluded.pk),
        "agency": str(cast.north.pk),
        "nothing": "00000000-0000-7000-8000-000000000000",
    }


def plant_disposal(cast: Cast, lead: User) -> tuple[Disposal, RetentionCategory]:
    """Return the supervisor's request to dispose of an exhibit of a restricted case that the lead closed, and why."""
    (evidence,) = make_due(Cast(**{**vars(cast), "officer": lead}))
    disposal = asked(cast, evidence)
    restrict(access_for(lead), evidence.case)
    return disposal, category_of(cast)


def line_of(inventory: Inventory) -> str:
    """Return the key of the one line of an inventory."""
    with agency_scope(operator_access(inventory.agency_id)):
        return str(InventoryLine._base_manager.get(inventory_id=inventory.pk).pk)


def share_case(cast: Cast, case: Case) -> str:
    """Return the key of a share of the case with West, released by its lead's supervisor while it was open."""
    from cases.access import set_restriction

    lead, supervisor = access_for(cast.officer), access_for(cast.supervisor)
    with agency_scope(lead):
        set_restriction(access=lead, case=case, is_restricted=False)
    share = share_with(supervisor, case, recipient="west", fields=["case.title", "evidence.title"])
    restrict(lead, case)
    return str(share.pk)


#: Beginning of a path -> the kind of row that its key names.
KINDS = {
    "cases/<id>": "case",
    "incidents/<id>": "incident",
    "evidence/<id>/item": "thing",
    "evidence/<id>/label": "thing",
    "evidence/<id>/move": "thing",
    "evidence/<id>/seal": "thing",
    "evidence/<id>/check": "thing",
    "evidence/<id>/destroy": "thing",
    "evidence/<id>": "evidence",
    "redactions/<id>": "redaction",
    "storage-locations/<id>": "storagelocation",
    "inventories/<inventory_id>": "line",
    "inventories/<id>": "inventory",
    "disclosures/<id>": "disclosure",
    "uploads/<id>": "upload",
    "disposals/<id>": "disposal",
    "retention-categories/<id>": "retentioncategory",
    "cases/<case_id>/people/<id>": "involvedperson",
    "cases/<case_id>/tasks/<id>": "casetask",
    "cases/<case_id>/members/<id>": "member",
    "cases/<case_id>/exclusions/<id>": "excluded",
    "cases/<case_id>/incidents/<id>": "nothing",
    "access-requests/<id>": "accessrequest",
    "emergencies/<id>": "emergency",
    "readings/<id>": "casereading",
    "expunge-orders/<id>": "expungeorder",
    "shares/<id>": "share",
    "shared/<id>": "share",
    "users/<id>": "user",
    "units/<id>": "unit",
    "agencies/<id>": "agency",
    "areas/<id>": "area",
    "area-versions/<id>": "areaset",
    "area-versions/<version_id>": "area",
    "import-batches/<id>": "importbatch",
    "searches/<id>": "nothing",
    "exports/<id>": "export",
    "insights/runs/<id>": "analysisrun",
    "insights/schedules/<id>": "analysisschedule",
    "auth/sessions/<id>": "nothing",
    "auth/keys/<id>": "nothing",
    "ogc/collections/incidents/items/<id>": "incident",
    "ogc/collections/cases/items/<id>": "case",
    "ogc/collections/areas/items/<id>": "area",
}


def filled(template: str, parameters: tuple[str, ...], keys: dict[str, str]) -> str:
    """Return a route's path with the keys that it means."""
    values = {**TILE, **WORDS, "case_id": keys["case"], "incident_id": keys["incident"]}
    values |= {"version_id": keys["areaset"]}
    values |= {"share_id": keys["share"], "evidence_id": keys["evidence"], "user_id": keys["user"]}
    values |= {"upload_id": keys["upload"], "copy_id": keys["redaction"], "code": keys["code"]}
    values |= {"inventory_id": keys["inventory"], "line_id": keys["line"], "run_id": keys["analysisrun"]}
    bare = template.removeprefix("api/v1/")
    kind = next((kind for begin, kind in KINDS.items() if bare.startswith(begin)), "nothing")
    if template.startswith("console/"):
        kind = next((name for name in keys if f"/{name}/" in template), "nothing")
    path = template
    for name in parameters:
        path = path.replace(f"<{name}>", values.get(name, keys[kind]))
    return f"/{path}"


def lines() -> Iterator[tuple[str, str, list[str]]]:
    """Yield method, route and the statuses of the table."""
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            method, template, *statuses = line.split()
            yield method, template, statuses


def client_of(world: World, persona: str, *, is_console: bool) -> Any:
    """Return a client that asks as the persona does."""
    if persona == "anonymous":
        return Client(raise_request_exception=False) if is_console else anonymous()
    user = world.people[persona]
    client: Any = console_client(user) if is_console else api_client(user)
    now = datetime.now(UTC)
    changes: dict[str, dict[str, Any]] = {
        "expired": {"expires_at": now - timedelta(seconds=1)},
        "revoked": {"revoked_at": now, "revoked_because": EndReason.BY_ADMIN},
    }
    if persona in changes:
        with agency_scope(access_for(world.cast.admin)):
            UserSession._base_manager.filter(user_id=user.pk).update(**changes[persona])
    if persona == "locked":
        # Open sessions of the locked go on; what they cannot do is to open one.
        answer = anonymous().post("/api/v1/auth/login", {"email": user.email, "password": "x"}, format="json")
        assert answer.status_code == 401
        return Client(raise_request_exception=False) if is_console else anonymous()
    return client


def answered(world: World, persona: str) -> dict[tuple[str, str], str]:
    """Return the status of every route and method for a persona; each request is taken back."""
    found = {}
    routes = [(route, method) for route in all_routes() for method in route.methods]
    for is_console in (False, True):
        client = client_of(world, persona, is_console=is_console)
        cookies = client.cookies.copy() if is_console else None
        for route, method in routes:
            if route.template.startswith("console/") is not is_console:
                continue
            point = transaction.savepoint()
            path = filled(route.template, route.parameters, world.keys)
            options: Any = {} if is_console else {"format": "json"}
            body: Any = None if method == "get" else {}
            answer = getattr(client, method)(path, body, **options, **HEADER)
            if answer.streaming:
                list(answer.streaming_content)
            found[method.upper(), route.template] = str(answer.status_code)
            transaction.savepoint_rollback(point)
            if cookies is not None:
                client.cookies = cookies.copy()
    return found


def test_every_route_and_method_stands_in_the_table_once() -> None:
    told = [(method, template) for method, template, _ in lines()]
    served = {(method.upper(), route.template) for route in all_routes() for method in route.methods}

    assert sorted(served - set(told)) == []
    assert sorted(set(told) - served) == []
    assert len(told) == len(set(told))


def test_the_table_says_something_for_every_persona() -> None:
    assert [line for line in lines() if len(line[2]) != len(PERSONAS)] == []


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_route_answers_a_persona_as_the_table_says(world: World, persona: str) -> None:
    column = PERSONAS.index(persona)
    told = {(method, template): statuses[column] for method, template, statuses in lines()}

    found = answered(world, persona)

    assert {key: (told[key], status) for key, status in found.items() if told[key] != status} == {}
