"""Every route of the URLconf, asked by people of South for rows of North: no byte of North's may answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

from accounts.models import (
    ApiKey,
    Contact,
    HoursException,
    Posting,
    Profile,
    SignInEvent,
    Unit,
    UserSession,
    WorkingHours,
)
from accounts.services import set_boundary
from cases.members import add_member
from cases.models import Case, CaseIncident, CaseMember, CaseStatusChange, CaseTask, InvolvedPerson
from cases.people import add_person
from cases.services import link_incident
from cases.tasks import add_task
from cases.transitions import move_case
from incidents.choices import AreaKind
from incidents.models import (
    Area,
    AreaSet,
    ImportBatch,
    ImportReject,
    Incident,
    IncidentOffence,
    OffenceCategory,
)
from media_evidence.jobs import inspect_evidence_job
from media_evidence.models import Evidence
from nethra.audit.models import AuditEvent
from nethra.core.access import Access
from nethra.core.scope import agency_scope
from tests.console.rows import plant_people
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.records import make_area, make_incident

#: The sweep searches for the bait. The canary is never asked for, so no answer of South's may hold it.
BAIT, CANARY = "BAITWORD", "CANARYNORTH"
TEXT = f"{BAIT} {CANARY}"
#: Stands in what analysts may not read: notes, names, reasons, evidence.
GUARDED = "GUARDEDNORTH"
SECRET = f"{TEXT} {GUARDED}"
#: What stands in North's rows besides, and in no question.
FORBIDDEN = (CANARY.encode(), b"Noel Officer", b"noel.officer", b"North Police")
TILE = {"z": "10", "x": "163", "y": "395"}
SEARCHES = (
    "",
    f"q={BAIT}",
    f"search={BAIT}",
    "bbox=-123,37,-122,38",
    "near=-122.42,37.77,5000",
    "size=100",
)
#: Parameters that are not keys, with a value that leads somewhere.
WORDS = {
    "app_label": "incidents",
    "url": "incidents/",
    "content_type_id": "1",
    "path": "nethra/console.css",
    "target": "suspended",
}


@dataclass(frozen=True)
class Route:
    """One pattern of the URLconf with the names of its parameters."""

    template: str
    parameters: tuple[str, ...]

    def filled(self, key: str, parents: Mapping[str, str]) -> str:
        """Return the path with a row's key in place of every key parameter that no parent's key fills."""
        path = self.template
        for name in self.parameters:
            path = path.replace(f"<{name}>", {**TILE, **WORDS, **parents}.get(name, key))
        return f"/{path}"


def walk(patterns: list[Any], prefix: str = "") -> Iterator[Route]:
    for entry in patterns:
        piece = readable(entry)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, prefix + piece)
        elif isinstance(entry, URLPattern):
            whole = prefix + piece
            yield Route(whole, tuple(part.split(">")[0] for part in whole.split("<")[1:]))


def readable(entry: URLPattern | URLResolver) -> str:
    """Return the pattern as a path with <name> for each parameter."""
    import re

    text = str(entry.pattern)
    if isinstance(entry.pattern, RegexPattern):
        text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", text)
        return re.sub(r"[\^$?]|\\Z|\\", "", text)
    return re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", text)


ROUTES = sorted(set(walk(get_resolver().url_patterns)), key=lambda route: route.template)


@pytest.fixture
def planted(cast: Cast) -> Cast:
    """North with a canary, and the bait that is searched for, in every text that a person can write."""
    access = access_for(cast.admin)
    shape = MultiPolygon(Polygon.from_bbox((-122.6, 37.6, -122.2, 37.9)), srid=4326)
    with agency_scope(access):
        set_boundary(access=access, boundary=shape)
        OffenceCategory.objects.create(agency_id=access.agency_id, name=TEXT, offence_code_id="220")
        batch = ImportBatch.objects.create(
            agency_id=access.agency_id, profile="generic", file_name=f"{TEXT}.csv", message=TEXT
        )
        ImportReject.objects.create(
            agency_id=access.agency_id, batch=batch, line=2, code="x", reason=TEXT, raw=TEXT
        )
    make_area(access, AreaKind.BEAT, f"{CANARY}-B1", (-122.5, 37.7, -122.4, 37.8))
    incident = make_incident(access, description=TEXT, notes=SECRET, address=f"12 {TEXT} Street")
    plant_case(access, incident)
    make_incident(access, description=TEXT, external_id=TEXT)
    # People's own rows: what stands there is no analyst's to read.
    plant_people(cast, SECRET[:60], unit_name=TEXT)
    api_client(cast.officer)
    return cast


def plant_case(access: Access, incident: Incident) -> None:
    """Make a case with every part, moved on for a reason."""
    assert access.user_id is not None
    case = make_case(access, incident, title=TEXT, notes=SECRET, lead_id=access.user_id)
    further = make_incident(access, description=TEXT)
    evidence = make_evidence(access, case, title=SECRET, description=SECRET, name=f"{SECRET}.jpg")
    inspect_evidence_job(agency_id=access.agency_id, evidence_id=evidence.pk)
    with agency_scope(access):
        link_incident(access=access, case=case, incident=further)
        add_member(access=access, case=case, user_id=access.user_id)
        add_person(access=access, case=case, role="witness", name=SECRET, contact=SECRET)
        add_task(access=access, case=case, title=TEXT, assignee_id=access.user_id)
        move_case(access=access, case=case, target="referred", reason=SECRET, referred_to=TEXT)


def north_keys(cast: Cast) -> dict[str, str]:
    """Return one key of every kind of row of North, by the model's name."""
    access = access_for(cast.admin)
    models: list[Any] = [
        Case,
        CaseIncident,
        CaseMember,
        CaseStatusChange,
        CaseTask,
        Evidence,
        InvolvedPerson,
        Incident,
        IncidentOffence,
        Area,
        AreaSet,
        ImportBatch,
        ImportReject,
        OffenceCategory,
        AuditEvent,
        UserSession,
        ApiKey,
        Contact,
        HoursException,
        Posting,
        Profile,
        SignInEvent,
        Unit,
        WorkingHours,
    ]
    with agency_scope(access):
        keys = {
            model._meta.model_name: str(model.objects.visible_to(access).values_list("pk", flat=True)[0])
            for model in models
        }
    return {**keys, "agency": str(cast.north.pk), "user": str(cast.officer.pk)}


def ask(client: Any, path: str) -> tuple[int, bytes]:
    answer = client.get(path)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()
    return answer.status_code, headers + b"\n" + content


def paths(keys: dict[str, str], door: str = "") -> list[str]:
    """Return every route with the key of its own kind of row (every key where that is not plain), and every
    list with every search; through the one door that opens it, since at the other everybody is anonymous."""
    found = []
    parents = {"case_id": keys["case"]}
    for route in ROUTES:
        if door and (door == "console") != route.template.startswith("console/"):
            continue
        takes_key = set(route.parameters) - set(TILE) - set(WORDS) - set(parents)
        if not takes_key:
            bare = route.filled("", parents)
            found += [f"{bare}?{search}" if search else bare for search in SEARCHES]
            continue
        own = [key for kind, key in keys.items() if f"/{kind}/" in route.template]
        found += [route.filled(key, parents) for key in own or keys.values()]
    return found


def test_the_sweep_knows_the_routes() -> None:
    templates = [route.template for route in ROUTES]

    assert len(templates) > 40
    assert any("incidents" in template and template.startswith("api/v1/") for template in templates)
    assert any(template.startswith("console/incidents/") for template in templates)


@pytest.mark.parametrize("door", ["api", "console"])
@pytest.mark.parametrize("person", ["south_admin", "south_officer"])
def test_no_route_shows_south_a_byte_of_north(planted: Cast, door: str, person: str) -> None:
    user = getattr(planted, person)
    client: Any = api_client(user) if door == "api" else console_client(user)
    leaks, failures = [], []
    for path in paths(north_keys(planted), door):
        status, answer = ask(client, path)
        if any(word in answer for word in FORBIDDEN):
            leaks.append(path)
        if status >= 500:
            failures.append(f"{status} {path}")

    assert leaks == []
    assert failures == []


@pytest.mark.parametrize("door", ["api", "console"])
def test_no_route_shows_an_analyst_a_byte_of_what_is_guarded(planted: Cast, door: str) -> None:
    client: Any = api_client(planted.analyst) if door == "api" else console_client(planted.analyst)
    leaks = [
        path
        for path in paths(north_keys(planted), door)
        if any(word in ask(client, path)[1] for word in (GUARDED.encode(), b"nethra-thumb"))
    ]

    assert leaks == []


@pytest.mark.parametrize("door", ["api", "console"])
def test_the_same_sweep_as_an_officer_finds_what_is_guarded(planted: Cast, door: str) -> None:
    client: Any = api_client(planted.officer) if door == "api" else console_client(planted.officer)

    found = sum(GUARDED.encode() in ask(client, path)[1] for path in paths(north_keys(planted), door))

    assert found > 3


def test_the_same_sweep_as_north_finds_the_canary(planted: Cast) -> None:
    found = sum(
        CANARY.encode() in ask(client, path)[1]
        for door, client in (("api", api_client(planted.admin)), ("console", console_client(planted.admin)))
        for path in paths(north_keys(planted), door)
    )

    assert found > 10


def test_anonymous_requests_show_nothing_at_all(planted: Cast) -> None:
    leaks = []
    client = Client()
    for path in paths(north_keys(planted)):
        _, answer = ask(client, path)
        if any(word in answer for word in FORBIDDEN):
            leaks.append(path)

    assert leaks == []
