"""What must not leak, planted wherever it can stand, and the sweep that asks for it everywhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import connection, transaction

from accounts.models import User
from accounts.profiles import add_contact
from accounts.rosters import add_hours
from accounts.services import set_boundary
from cases.access import exclude_person, set_restriction
from cases.models import AccessRequest, Case, CaseReading, Emergency, ExpungeOrder, ShareReading
from cases.people import add_person
from cases.sealing import seal_case
from cases.services import change_case, link_incident
from cases.sharing import draft_share
from cases.tasks import add_task
from cases.transitions import move_case
from incidents.choices import AreaKind
from incidents.models import ImportBatch, ImportReject, IncidentReading, OffenceCategory
from incidents.sealing import seal_incident
from media_evidence.jobs import inspect_evidence_job
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.models import AgencyModel
from nethra.core.scope import agency_scope
from tests.architecture.routes import all_routes
from tests.console.rows import plant_people
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, api_client, console_client, make_user
from tests.support.records import make_area, make_incident
from tests.support.secrets import HEADER, ORDER, adjust

#: What is searched for. The canaries are never asked for, so no answer may hold one that is not the asker's.
BAIT = "BAITWORD"
FOREIGN, EXCLUDED, SEALED = "CANARYNORTH", "CANARYEXCLUDED", "CANARYSEALED"
#: Canary of a guarded field -> what somebody needs to read it.
GUARDED = {
    "CANARYNOTES": Capability.READ_CASE_NOTES,
    "CANARYINCIDENTNOTES": Capability.READ_INCIDENT_NOTES,
    "CANARYINFORMANT": Capability.READ_INFORMANT_NOTES,
    "CANARYWITNESS": Capability.VIEW_CASE_PEOPLE,
    "CANARYVICTIM": Capability.READ_VICTIMS,
    "CANARYADDRESS": Capability.READ_VICTIM_ADDRESSES,
    "CANARYJUVENILE": Capability.READ_JUVENILES,
    "CANARYPLACE": Capability.READ_SEALED,
    "CANARYNARRATIVE": Capability.READ_SEALED,
    "CANARYSEALEDPART": Capability.READ_SEALED,
    "CANARYEXHIBIT": Capability.VIEW_EVIDENCE,
    "CANARYCONTACT": Capability.READ_PRIVATE_CONTACTS,
    "CANARYRAW": Capability.RUN_IMPORTS,
}
TILE = {"z": "10", "x": "163", "y": "395"}
SEARCHES = {
    "api": (
        "",
        f"q={BAIT}",
        "bbox=-123,37,-122,38",
        "near=-122.42,37.77,5000",
        "size=100",
        f"count=exact&q={BAIT}",
        "ordering=notes",
        f"status={BAIT}",
        "page=99999",
    ),
    "console": (
        "",
        f"q={BAIT}",
        f"_facets=True&search={BAIT}",
        "o=1.2",
        f"notes={BAIT}",
        f"s={BAIT}&extended=1",
    ),
}
#: What the admin's own search in forms is asked for.
AUTOCOMPLETE = "term={term}&app_label={app}&model_name={model}&field_name={field}"
#: Parameters that are not keys, with a value that leads somewhere.
WORDS = {
    "app_label": "incidents",
    "url": "incidents/",
    "content_type_id": "1",
    "path": "nethra/console.css",
    "target": "suspended",
    "role": "officer",
}


@dataclass
class World:
    """North with everything planted, the people who ask, and what of it each must never get to see."""

    cast: Cast
    people: dict[str, User]
    keys: dict[str, list[str]] = field(default_factory=dict)

    def forbidden_to(self, name: str) -> list[str]:
        """Return the canaries that no answer to this person may hold."""
        user = self.people[name]
        if user.agency_id != self.cast.north.pk:
            return [FOREIGN, EXCLUDED, SEALED, *GUARDED, "Noel Officer", "noel.officer", "North Police"]
        access = access_for(user)
        hidden = [canary for canary, needed in GUARDED.items() if not access.may(needed)]
        # One's own contacts are one's own.
        hidden = [canary for canary in hidden if (canary, name) != ("CANARYCONTACT", "officer")]
        hidden += [] if access.may(Capability.READ_SEALED) else [SEALED]
        # The case that excludes everybody else is its lead's own.
        return hidden if name == "lead" else [*hidden, EXCLUDED]


def plant(cast: Cast) -> World:
    """Fill North: every text that a person can write holds a canary and the bait."""
    lead = make_user(cast.north, "officer", "Lea Lead")
    people = {
        name: getattr(cast, name)
        for name in ("admin", "supervisor", "officer", "analyst", "auditor", "custodian", "prosecutor")
    }
    people |= {"south_admin": cast.south_admin, "south_officer": cast.south_officer, "lead": lead}
    people |= {"south_analyst": make_user(cast.south, "analyst", "Sal Analyst")}
    world = World(cast, people)
    _plant_agency(cast)
    _plant_open_case(cast)
    _plant_excluded(cast, lead, [user for name, user in people.items() if name not in ("lead",)])
    _plant_sealed(cast)
    # What a role lacks only where an agency withdraws it.
    _narrow(cast)
    world.keys = all_keys(cast)
    return world


def _narrow(cast: Cast) -> None:
    from nethra.core.capabilities import ROLE_CAPABILITIES, Role

    gone = {
        Capability.READ_VICTIMS,
        Capability.READ_VICTIM_ADDRESSES,
        Capability.READ_JUVENILES,
        Capability.READ_PRIVATE_CONTACTS,
    }
    adjust(cast, "supervisor", capabilities=ROLE_CAPABILITIES[Role.SUPERVISOR] - gone)


def _plant_agency(cast: Cast) -> None:
    access = access_for(cast.admin)
    text = f"{BAIT} {FOREIGN}"
    shape = MultiPolygon(Polygon.from_bbox((-122.6, 37.6, -122.2, 37.9)), srid=4326)
    with agency_scope(access):
        set_boundary(access=access, boundary=shape)
        OffenceCategory.objects.create(agency_id=access.agency_id, name=text, offence_code_id="220")
        batch = ImportBatch.objects.create(
            agency_id=access.agency_id, profile="generic", file_name=f"{text}.csv", message=text
        )
        ImportReject.objects.create(
            agency_id=access.agency_id, batch=batch, line=2, code="x", reason=text, raw=f"{text} CANARYRAW"
        )
    make_area(access, AreaKind.BEAT, f"{FOREIGN}-B1", (-122.5, 37.7, -122.4, 37.8))
    plant_people(cast, text, unit_name=text)
    with agency_scope(access):
        add_contact(
            access=access, user=cast.officer, kind="phone", value=f"{BAIT} CANARYCONTACT", is_primary=True
        )
        for weekday in range(2, 8):
            add_hours(access=access, role="officer", weekday=weekday, opens=time(0), closes=time(0))
    api_client(cast.officer)


def _plant_open_case(cast: Cast) -> None:
    """Plant a case that its agency's people see, with a canary in every guarded field."""
    access = access_for(cast.admin)
    text = f"{BAIT} {FOREIGN}"
    place = make_incident(access, description=text, address=f"{BAIT} CANARYPLACE Street")
    story = make_incident(access, description=f"{BAIT} CANARYNARRATIVE", notes=f"{BAIT} CANARYNARRATIVE")
    incident = make_incident(
        access, description=text, notes=f"{text} CANARYINCIDENTNOTES", address=f"12 {text} Street"
    )
    case = make_case(access, incident, title=text, notes=f"{text} CANARYNOTES", lead_id=cast.officer.pk)
    partly = make_case(access, title=text, notes=f"{text} CANARYSEALEDPART", lead_id=cast.officer.pk)
    exhibit = make_evidence(access, partly, title=f"{BAIT} CANARYSEALEDPART")
    inspect_evidence_job(agency_id=case.agency_id, evidence_id=exhibit.pk)
    make_evidence(access, case, title=f"{text} CANARYEXHIBIT", name="CANARYEXHIBIT.jpg")
    supervisor = access_for(cast.supervisor)
    with agency_scope(supervisor):
        change_case(access=supervisor, case=case, informant_notes=f"{text} CANARYINFORMANT")
    with agency_scope(access):
        seal_incident(access=access, incident=place, parts=["place"], **ORDER)
        seal_incident(access=access, incident=story, parts=["narrative"], **ORDER)
        link_incident(access=access, case=case, incident=place)
        add_person(access=access, case=case, role="witness", name=f"{text} CANARYWITNESS")
        add_person(
            access=access,
            case=case,
            role="victim",
            name=f"{BAIT} CANARYVICTIM",
            contact=f"{BAIT} CANARYADDRESS",
        )
        add_person(
            access=access,
            case=case,
            role="suspect",
            name=f"{BAIT} CANARYJUVENILE",
            contact=f"{BAIT} CANARYJUVENILE",
            born_on=date(2012, 1, 1),
        )
        add_person(access=access, case=partly, role="witness", name=f"{BAIT} CANARYSEALEDPART")
        add_task(access=access, case=case, title=text, assignee_id=cast.officer.pk)
        move_case(access=access, case=case, target="referred", reason=f"{text} CANARYNOTES", referred_to=text)
        seal_case(access=access, case_id=partly.pk, parts=["notes", "people", "evidence"], **ORDER)


def _plant_excluded(cast: Cast, lead: User, excluded: Sequence[User]) -> None:
    """Plant a case of the lead's that excludes everybody else who asks, auditors and administrators too."""
    access = access_for(lead)
    case = _whole_case(cast, access, EXCLUDED)
    with agency_scope(access):
        for user in excluded:
            if user.agency_id == case.agency_id:
                exclude_person(access=access, case=case, user_id=user.pk, reason=f"{BAIT} {EXCLUDED}")
        set_restriction(access=access, case=case, is_restricted=True)


def _plant_sealed(cast: Cast) -> None:
    case = _whole_case(cast, access_for(cast.officer), SEALED)
    access = access_for(cast.admin)
    with agency_scope(access):
        seal_case(access=access, case_id=case.pk, parts=["whole"], **{**ORDER, "reason": f"{BAIT} {SEALED}"})


def _whole_case(cast: Cast, access: Access, canary: str) -> Case:
    """Return a case with the canary in it and in every row that can hang on it."""
    text = f"{BAIT} {canary}"
    assert access.user_id is not None
    incident = make_incident(
        access, description=text, notes=text, address=f"{text} Street", external_id=f"{canary}-1"
    )
    case = make_case(access, incident, title=text, notes=text, lead_id=access.user_id)
    further = make_incident(access, description=text, address=text)
    evidence = make_evidence(access, case, title=text, description=text, name=f"{canary}.jpg")
    inspect_evidence_job(agency_id=access.agency_id, evidence_id=evidence.pk)
    now = datetime.now(UTC)
    own: dict[str, Any] = {"agency_id": access.agency_id, "case": case}
    with agency_scope(access):
        link_incident(access=access, case=case, incident=further)
        add_person(access=access, case=case, role="witness", name=text, contact=text)
        add_task(access=access, case=case, title=text, assignee_id=access.user_id)
        # Whoever answers and judges reads these, whether the case is sealed from them or not.
        said = text if canary == EXCLUDED else f"{BAIT} {FOREIGN}"
        AccessRequest.objects.create(**own, user_id=access.user_id, reason=said, due_at=now, note=said)
        emergency = Emergency.objects.create(
            **own, user_id=access.user_id, reason=said, expires_at=now + timedelta(hours=1), note=said
        )
        over = {"opened_at": now - timedelta(days=1), "expires_at": now - timedelta(hours=20)}
        Emergency.objects.visible_to(access).filter(pk=emergency.pk).update(**over)
        looked: dict[str, Any] = {
            "user_id": access.user_id,
            "source": "api",
            "reason": text,
            "first_at": now,
            "last_at": now,
        }
        CaseReading.objects.create(**own, **looked, basis="lead")
        IncidentReading.objects.create(agency_id=access.agency_id, incident=incident, **looked)
        ExpungeOrder.objects.create(
            agency_id=access.agency_id,
            kind="case",
            subject_id=case.pk,
            number=case.number,
            order_number=said,
            authority=said,
        )
        move_case(access=access, case=case, target="referred", reason=text, referred_to=text)
    supervisor = access_for(cast.supervisor)
    with agency_scope(supervisor):
        change_case(access=supervisor, case=case, informant_notes=text)
        share = draft_share(
            access=supervisor,
            case=case,
            recipient="south",
            fields=["case.title"],
            until=now + timedelta(days=1),
            reason=text,
        )
        ShareReading.objects.create(
            agency_id=access.agency_id, share=share, reader_name=text, reader_agency=text, what=text
        )
    return case


def all_keys(cast: Cast) -> dict[str, list[str]]:
    """Return the keys of every row of North that is a page's, by the model's name."""
    models: list[Any] = [model for model in apps.get_models() if issubclass(model, AgencyModel)]
    models.append(apps.get_model("audit", "AuditEvent"))
    keys: dict[str, list[str]] = {"agency": [str(cast.north.pk)]}
    with agency_scope(access_for(cast.admin)):
        for model in models:
            rows = model._base_manager.filter(agency_id=cast.north.pk).order_by("-pk")
            limit = 6 if model._meta.model_name == "auditevent" else 40
            keys[model._meta.model_name] = [str(key) for key in rows.values_list("pk", flat=True)[:limit]]
    return {name: found for name, found in keys.items() if found}


def paths(keys: Mapping[str, list[str]], door: str) -> Iterator[str]:
    """Yield every route with the keys of its own kind of row (one of each kind where that is not plain), and every
    list with every search; through the one door that opens it, since at the other everybody is anonymous."""
    for route in all_routes():
        if "get" not in route.methods or (door == "console") != route.template.startswith("console/"):
            continue
        named = [name for name in route.parameters if name not in {**TILE, **WORDS}]
        if not named:
            bare = _filled(route.template, {})
            yield from (f"{bare}?{search}" if search else bare for search in SEARCHES[door])
            continue
        for parents in _parents(keys, route.template):
            bare = _filled(route.template, parents)
            own = [kind for kind in keys if f"/{kind}/" in route.template or _is_of(route.template, kind)]
            chosen = [key for kind in own for key in keys[kind]] or [found[0] for found in keys.values()]
            if "<" not in bare:
                yield bare
                continue
            for key in chosen:
                path = bare
                while "<" in path:
                    path = path[: path.index("<")] + key + path[path.index(">") + 1 :]
                yield path
    if door == "console":
        chosen_by = (("cases", "case", "lead"), ("cases", "casetask", "case"))
        for app, model, name in chosen_by:
            yield f"/console/autocomplete/?{AUTOCOMPLETE.format(term=BAIT, app=app, model=model, field=name)}"


#: Beginning of an API path -> the kind of row that its key names.
_KINDS = {
    "incidents/<id>": "incident",
    "cases/<id>": "case",
    "evidence/<id>": "evidence",
    "shares/<id>": "share",
    "shared/<id>": "share",
    "access-requests/<id>": "accessrequest",
    "emergencies/<id>": "emergency",
    "expunge-orders/<id>": "expungeorder",
    "users/<id>": "user",
    "units/<id>": "unit",
    "areas/<id>": "area",
    "import-batches/<id>": "importbatch",
    "cases/<case_id>/people/<id>": "involvedperson",
    "cases/<case_id>/tasks/<id>": "casetask",
}


def _is_of(template: str, kind: str) -> bool:
    bare = template.removeprefix("api/v1/")
    return any(bare.startswith(begin) and named == kind for begin, named in _KINDS.items())


def _parents(keys: Mapping[str, list[str]], template: str) -> Iterator[dict[str, str]]:
    if "<case_id>" in template:
        yield from ({"case_id": key} for key in keys["case"])
    elif "<incident_id>" in template:
        yield from ({"incident_id": key} for key in keys["incident"])
    elif "<share_id>" in template:
        yield from ({"share_id": key, "evidence_id": keys["evidence"][0]} for key in keys["share"])
    else:
        yield {}


def _filled(template: str, parents: Mapping[str, str]) -> str:
    path = template
    for name, value in {**TILE, **WORDS, **parents}.items():
        path = path.replace(f"<{name}>", value)
    return f"/{path}"


@dataclass
class Sweep:
    """What one person was answered."""

    asked: int = 0
    leaks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def sweep(world: World, name: str, door: str, *, commits: bool = False) -> Sweep:
    """Ask for everything as one person through one door; ``commits``: as in life, nothing is taken back."""
    user, found = world.people[name], Sweep()
    client: Any = api_client(user) if door == "api" else console_client(user)
    forbidden = [word.encode() for word in world.forbidden_to(name)]
    every = [FOREIGN, EXCLUDED, SEALED, *GUARDED]
    with listening() as lines:
        for path in paths(world.keys, door):
            said: list[Any] = [{}, HEADER] if _may_ask_why(path) else [{}]
            for headers in said:
                point = None if commits else transaction.savepoint()
                answer = client.get(path, **headers)
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content
                content += "\n".join(f"{key}: {value}" for key, value in answer.headers.items()).encode()
                if point is not None:
                    transaction.savepoint_rollback(point)
                found.asked += 1
                found.seen |= {canary for canary in every if canary.encode() in content}
                found.leaks += [f"{word.decode()} {path}" for word in forbidden if word in content]
                if answer.status_code >= 500:
                    found.failures.append(f"{answer.status_code} {path}")
    logged = "\n".join(lines)
    found.leaks += [f"log: {canary}" for canary in every if canary in logged]
    return found


def _may_ask_why(path: str) -> bool:
    return any(part in path for part in ("/cases/", "/evidence/", "/incidents/")) and "?" not in path


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect every line that is logged, at every level."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    ear, root = Ear(), logging.getLogger()
    root.addHandler(ear)
    try:
        yield lines
    finally:
        root.removeHandler(ear)


def rows_seen_by(user: User, owner: Any) -> dict[str, int]:
    """Return relation -> rows of another agency that direct SQL shows in this user's scope, where there are any."""
    with agency_scope(access_for(user)), connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_class c
               JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'agency_id' AND NOT a.attisdropped
               WHERE c.relkind IN ('r', 'p', 'v', 'm')"""
        )
        names = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {name} WHERE agency_id = %s", [owner])
            found[name] = cursor.fetchone()[0]
    return {name: count for name, count in found.items() if count}


def names_with_canary(folder: Path) -> list[str]:
    """Return the files whose name holds a canary."""
    return [str(path) for path in folder.rglob("*") if "CANARY" in path.name]
