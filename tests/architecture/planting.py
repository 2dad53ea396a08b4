"""What must not leak, planted wherever it can stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib.gis.geos import MultiPolygon, Polygon

from accounts.models import User
from accounts.profiles import add_contact
from accounts.rosters import add_hours
from accounts.services import set_boundary
from cases.access import exclude_person, set_restriction
from cases.models import AccessRequest, Case, CaseReading, ExpungeOrder, ShareReading
from cases.people import add_person
from cases.sealing import seal_case
from cases.services import change_case, link_incident
from cases.sharing import draft_share
from cases.tasks import add_task
from cases.transitions import move_case
from incidents.choices import AreaKind
from incidents.models import AreaPlacing, ImportBatch, ImportReject, IncidentReading, OffenceCategory
from incidents.sealing import seal_incident
from incidents.services import HabitInput
from media_evidence.custody.verbs import seal, take_step
from media_evidence.disclosing.codes import new_code
from media_evidence.disclosing.giving import fetch
from media_evidence.disclosing.services import disclose, revoke_disclosure
from media_evidence.jobs import inspect_evidence_job, make_disclosed_files, make_redaction_job
from media_evidence.keeping.categories import add_category, set_categories
from media_evidence.keeping.disposing import ask_disposal
from media_evidence.knowing import record_clock
from media_evidence.models import DisclosedFile, Disclosure, Evidence, InventoryLine
from media_evidence.redaction.services import order_redaction, release_redaction
from media_evidence.room.inventories import mark_line, open_inventory, settle_line
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import Capability
from nethra.core.models import AgencyModel, uuid7
from nethra.core.scope import agency_scope
from nethra.exchange.searches.services import save_search
from tests.console.rows import plant_exports, plant_hold, plant_people, plant_run, plant_schedule
from tests.support import seeds
from tests.support.areas import draft, own_area
from tests.support.cases import make_case, make_past_emergency
from tests.support.files import make_evidence, make_upload
from tests.support.gazetteers import door, landmark, load_town
from tests.support.items import make_item, make_location
from tests.support.people import Cast, access_for, api_client, make_user
from tests.support.records import make_area, make_incident
from tests.support.secrets import ORDER, adjust

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
    _plant_room(cast)
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
        AreaPlacing.objects.create(agency_id=access.agency_id, reason=text, message=text)
    make_area(access, AreaKind.BEAT, f"{FOREIGN}-B1", (-122.5, 37.7, -122.4, 37.8))
    load_town(access, [landmark(text, 1, 1), door("1", text, 2, 2, locality=text)])
    draft(access, kind="district", **{f"{FOREIGN}-D1": (-122.5, 37.7, -122.4, 37.8)})
    own_area(access, f"{FOREIGN}-O1", (-122.5, 37.7, -122.4, 37.8), note=text)
    plant_people(cast, text, unit_name=text)
    plant_hold(cast, text)
    plant_exports(cast, text)
    plant_run(cast, text)
    plant_schedule(cast, text)
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
    story = make_incident(
        access,
        description=f"{BAIT} CANARYNARRATIVE",
        notes=f"{BAIT} CANARYNARRATIVE",
        modus_operandi=[HabitInput("tool", f"{BAIT} CANARYNARRATIVE")],
    )
    incident = make_incident(
        access, description=text, notes=f"{text} CANARYINCIDENTNOTES", address=f"12 {text} Street"
    )
    case = make_case(access, incident, title=text, notes=f"{text} CANARYNOTES", lead_id=cast.officer.pk)
    partly = make_case(access, title=text, notes=f"{text} CANARYSEALEDPART", lead_id=cast.officer.pk)
    archive = seeds.zipped({f"{BAIT} CANARYSEALEDPART": b""})
    exhibit = make_evidence(access, partly, archive, title=f"{BAIT} CANARYSEALEDPART")
    inspect_evidence_job(agency_id=case.agency_id, evidence_id=exhibit.pk)
    make_upload(access, case, name="CANARYEXHIBIT.jpg", title=f"{text} CANARYEXHIBIT")
    photo = seeds.picture(details=seeds.exif(make=f"{text} CANARYEXHIBIT"))
    shown = make_evidence(access, case, photo, title=f"{text} CANARYEXHIBIT", name="CANARYEXHIBIT.jpg")
    inspect_evidence_job(agency_id=case.agency_id, evidence_id=shown.pk)
    _plant_thing(access, case, f"{text} CANARYEXHIBIT")
    _plant_thing(access, partly, f"{BAIT} CANARYSEALEDPART")
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


def _plant_thing(access: Access, case: Case, text: str) -> None:
    """Hang a thing on a case that says the text wherever somebody can write."""
    item = make_item(
        access,
        case,
        title=text,
        description=text,
        bag_number="-".join(text.split()),
        seal_number=text,
        collected_place=text,
        collected_from=text,
    )
    with agency_scope(access):
        seal(access=access, evidence=item.evidence, seal_number=f"{text} 2", reason=text)


def _plant_room(cast: Cast) -> None:
    """Count everything, also what hardly anybody sees, and find all of it wrong."""
    operator = operator_access(cast.north.pk)
    make_location(operator, "PR1", f"{BAIT} {FOREIGN}")
    with agency_scope(operator):
        inventory = open_inventory(access=operator, size=100, seed=f"{BAIT} {FOREIGN}")
        for line in InventoryLine.objects.visible_to(operator).filter(inventory_id=inventory.pk):
            text = line.bag_number
            mark_line(access=operator, line=line, finding="wrong_place", found_place=text, note=text)
            settle_line(access=operator, line=line, settlement=text)


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
        access,
        description=text,
        notes=text,
        address=f"{text} Street",
        external_id=f"{canary}-1",
        modus_operandi=[HabitInput("tool", text)],
    )
    case = make_case(access, incident, title=text, notes=text, lead_id=access.user_id)
    further = make_incident(access, description=text, address=text)
    make_upload(access, case, name=f"{canary}.jpg", title=text)
    photo = seeds.picture(details=seeds.exif(make=text))
    evidence = make_evidence(access, case, photo, title=text, description=text, name=f"{canary}.jpg")
    _plant_thing(access, case, text)
    inspect_evidence_job(agency_id=access.agency_id, evidence_id=evidence.pk)
    now = datetime.now(UTC)
    own: dict[str, Any] = {"agency_id": access.agency_id, "case": case}
    with agency_scope(access):
        told = {"place": text, "seal_number": text, "reason": text, "from_name": text}
        take_step(access=access, evidence=evidence, kind="collected", **told)
        record_clock(access=access, evidence=evidence, seconds_ahead=60, reason=text)
        box = {"reason": "informant", "page": 1, "x": 0, "y": 0, "width": 8, "height": 8}
        copy = order_redaction(access=access, evidence=evidence, regions=[box])
    make_redaction_job(agency_id=access.agency_id, redaction_id=copy.pk)
    with agency_scope(access):
        link_incident(access=access, case=case, incident=further)
        add_person(access=access, case=case, role="witness", name=text, contact=text)
        add_task(access=access, case=case, title=text, assignee_id=access.user_id)
        # Whoever answers and judges reads these, whether the case is sealed from them or not.
        said = text if canary == EXCLUDED else f"{BAIT} {FOREIGN}"
        save_search(access=access, name=said, resource="cases", query=urlencode({"q": said}))
        AccessRequest.objects.create(**own, user_id=access.user_id, reason=said, due_at=now, note=said)
        make_past_emergency(access, case, access.user_id, reason=said, note=said)
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
        _plant_disposal(supervisor, evidence, text)
        change_case(access=supervisor, case=case, informant_notes=text)
        release_redaction(access=supervisor, redaction=copy, to_name=text, reason=text)
        disclosure, _ = disclose(
            access=supervisor,
            case=case,
            copies=[copy.pk],
            recipient_name=text,
            recipient_email=f"{canary}@example.org",
            purpose=text,
        )
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
    make_disclosed_files(agency_id=access.agency_id, disclosure_id=disclosure.pk)
    _plant_download(supervisor, disclosure, text)
    return case


def _plant_download(access: Access, disclosure: Disclosure, text: str) -> None:
    """Let the recipient of a disclosure fetch a file, and revoke it."""
    with agency_scope(access):
        new_code(access=access, disclosure_id=disclosure.pk)
        (file,) = DisclosedFile.objects.visible_to(access).filter(disclosure_id=disclosure.pk)
        fetch(access=access, disclosure_id=disclosure.pk, file_id=file.pk, address=text)
        revoke_disclosure(access=access, disclosure=disclosure, reason=text)


def _plant_disposal(access: Access, evidence: Evidence, text: str) -> None:
    """Ask for the disposal of an exhibit while its case is closed, and open the case again."""
    category = add_category(access=access, name=f"{BAIT} {uuid7().hex}", days=0)
    set_categories(access=access, evidence=evidence, categories=[category.pk])
    move_case(access=access, case=evidence.case, target="closed_unfounded", reason=text)
    ask_disposal(access=access, evidence=evidence, reason=text)
    move_case(access=access, case=evidence.case, target="reopened", reason=text)


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
