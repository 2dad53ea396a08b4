"""Fields withheld in some rows: seals of parts, names of victims and juveniles, addresses, informant notes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from accounts.models import Contact
from cases.models import Case, InvolvedPerson
from cases.people import add_person, change_person
from cases.services import change_case
from incidents.models import Incident
from incidents.sealing import lift_incident_seal, remove_incident_seal, seal_incident
from incidents.services import change_incident
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, NotAllowed
from nethra.core.fields import _DECLARED
from nethra.core.guards import WITHHELD, withheld_of
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, refusal
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.records import make_incident
from tests.support.secrets import HEADER, ORDER, adjust, in_an_hour, seal

pytestmark = pytest.mark.django_db

PLACE = {"location", "address", "beat", "district", "found_by_address"}


def seal_part(cast: Cast, incident: Incident, *parts: str) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        seal_incident(access=access, incident=incident, parts=parts, **ORDER)


def incident_of(user: Any, incident: Incident) -> Any:
    return api_client(user).get(f"{ROOT}/incidents/{incident.pk}", **HEADER).json()


def test_a_sealed_place_is_in_no_answer_of_those_who_may_not_read_it(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), address="1 Hidden Lane")
    seal_part(cast, incident, "place")
    client = api_client(cast.officer)

    record = incident_of(cast.officer, incident)
    near = client.get(f"{ROOT}/incidents?near=-122.42,37.77,1000").json()["total"]
    boxed = client.get(f"{ROOT}/incidents?bbox=-123,37,-122,38").json()["total"]
    found = client.get(f"{ROOT}/incidents?q=Hidden").json()["total"]
    by_number = client.get(f"{ROOT}/incidents?q={incident.number}").json()["total"]
    (feature,) = client.get(f"{ROOT}/incidents.geojson").json()["features"]

    assert set(record["redacted"]) == PLACE
    assert not PLACE & set(record)
    assert (near, boxed, found, by_number) == (0, 0, 0, 1)
    assert feature["geometry"] is None
    assert client.get(f"{ROOT}/tiles/incidents/14/2620/6333.mvt").status_code == 204
    assert client.get(f"{ROOT}/insights/grid").json()["total"] == 0
    assert incident_of(cast.admin, incident)["address"] == "1 Hidden Lane"


def test_a_sealed_narrative_is_not_found_by_its_words(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), description="A very particular thing")
    seal_part(cast, incident, "narrative")

    record = incident_of(cast.officer, incident)

    assert set(record["redacted"]) == {"description", "notes", "modus_operandi"}
    assert api_client(cast.officer).get(f"{ROOT}/incidents?q=particular").json()["total"] == 0
    assert api_client(cast.admin).get(f"{ROOT}/incidents?q=particular").json()["total"] == 1


def test_objects_of_the_console_carry_nothing_that_is_withheld(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), description="Secret words", address="1 Hidden Lane")
    seal_part(cast, incident, "narrative", "place")
    access = access_for(cast.officer)
    with agency_scope(access):
        row = Incident.objects.visible_to(access).get(pk=incident.pk)
        assert (row.description, row.address, row.location, row.beat_id) == (WITHHELD, WITHHELD, None, None)
        assert {"description", "address", "location"} <= withheld_of(row)
        with pytest.raises(RuntimeError, match="withheld"):
            row.save()
        with pytest.raises(NotAllowed, match="address"):
            change_incident(access=access, incident=row, address="2 Other Lane")
        changed = change_incident(access=access, incident=row, status="verified")

    assert (changed.address, changed.status) == ("1 Hidden Lane", "verified")
    shown = console_client(cast.officer).get(f"/console/incidents/incident/{incident.pk}/change/")
    assert b"Hidden Lane" not in shown.content
    assert b"Secret words" not in shown.content


def test_a_seal_is_lifted_for_a_time_and_removed_for_good(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer), description="Secret words")
    seal_part(cast, incident, "whole")
    access = access_for(cast.admin)
    hidden = api_client(cast.officer).get(f"{ROOT}/incidents/{incident.pk}").status_code
    with agency_scope(access):
        lift_incident_seal(access=access, incident=incident, until=in_an_hour(), order_number="CR-2")
    lifted = api_client(cast.officer).get(f"{ROOT}/incidents/{incident.pk}").status_code
    with agency_scope(access):
        Incident.objects.visible_to(access).filter(pk=incident.pk).update(
            seal_lifted_until=datetime(2026, 1, 1, tzinfo=UTC)
        )
    over = api_client(cast.officer).get(f"{ROOT}/incidents/{incident.pk}").status_code
    with agency_scope(access):
        remove_incident_seal(access=access, incident=incident, order_number="CR-3")
    removed = api_client(cast.officer).get(f"{ROOT}/incidents/{incident.pk}").status_code

    assert (hidden, lifted, over, removed) == (404, 200, 404, 200)


def test_an_incident_with_a_case_is_sealed_with_it(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    access = access_for(cast.admin)

    incident = Incident(pk=case.primary_incident_id)
    with agency_scope(access), pytest.raises(Conflict, match=case.number):
        seal_incident(access=access, incident=incident, parts=["whole"], **ORDER)


@pytest.mark.parametrize(
    ("part", "path", "status"), [("people", "people", 200), ("evidence", "evidence", 200), ("notes", "", 200)]
)
def test_a_part_of_a_case_is_sealed(cast: Cast, part: str, path: str, status: int) -> None:
    from tests.support.files import make_evidence

    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk, notes="What stands here")
    make_evidence(access_for(cast.officer), case)
    with agency_scope(access_for(cast.officer)):
        add_person(access=access_for(cast.officer), case=case, role="witness", name="Ida Crane")
    seal(cast, case, part)

    answer = api_client(cast.officer).get(f"{ROOT}/cases/{case.pk}/{path}".rstrip("/"))

    assert answer.status_code == status
    if path:
        assert answer.json()["total"] == 0
        assert api_client(cast.auditor).get(f"{ROOT}/cases/{case.pk}/{path}", **HEADER).json()["total"] == 1
    else:
        assert "notes" in answer.json()["redacted"]


def people_of(cast: Cast, user: Any, case: Case) -> dict[str, Any]:
    rows = api_client(user).get(f"{ROOT}/cases/{case.pk}/people").json()["data"]
    return {row["role"]: row for row in rows}


@pytest.fixture
def peopled(cast: Cast) -> Case:
    """A case of 2 March 2026 with a victim, a juvenile witness, and a suspect."""
    access = access_for(cast.officer)
    case = make_case(access, lead_id=cast.officer.pk)
    with agency_scope(access):
        add_person(
            access=access,
            case=case,
            role="victim",
            name="Vera Voss",
            contact="3 Elm",
            born_on=date(1980, 1, 1),
        )
        add_person(
            access=access,
            case=case,
            role="witness",
            name="Jon Junior",
            contact="4 Elm",
            born_on=date(2010, 5, 5),
        )
        add_person(access=access, case=case, role="suspect", name="Sid Sly", contact="5 Elm")
    return case


def test_names_of_victims_and_juveniles_are_for_those_who_need_them(cast: Cast, peopled: Case) -> None:
    for gone in (Capability.READ_VICTIMS, Capability.READ_JUVENILES):
        from nethra.core.capabilities import ROLE_CAPABILITIES, Role

        adjust(cast, "officer", capabilities=ROLE_CAPABILITIES[Role.OFFICER] - {gone})
        seen = people_of(cast, cast.officer, peopled)
        is_victims = gone is Capability.READ_VICTIMS
        assert ("name" in seen["victim"], "name" in seen["witness"]) == (not is_victims, is_victims)
        assert seen["suspect"]["name"] == "Sid Sly"
        assert seen["witness"]["is_juvenile"] is True


def test_victims_addresses_are_a_field_of_their_own(cast: Cast, peopled: Case) -> None:
    from nethra.core.capabilities import ROLE_CAPABILITIES, Role

    without = ROLE_CAPABILITIES[Role.OFFICER] - {Capability.READ_VICTIM_ADDRESSES}
    adjust(cast, "officer", capabilities=without)

    seen = people_of(cast, cast.officer, peopled)

    assert seen["victim"]["redacted"] == ["contact"]
    assert seen["victim"]["name"] == "Vera Voss"
    assert seen["suspect"]["contact"] == "5 Elm"


def test_what_is_withheld_of_a_person_stays_when_others_change_the_rest(cast: Cast, peopled: Case) -> None:
    from nethra.core.capabilities import ROLE_CAPABILITIES, Role

    adjust(cast, "officer", capabilities=ROLE_CAPABILITIES[Role.OFFICER] - {Capability.READ_JUVENILES})
    access = access_for(cast.officer)
    with agency_scope(access):
        (witness,) = InvolvedPerson.objects.visible_to(access).filter(role="witness")
        assert witness.name == WITHHELD
        change_person(access=access, case=peopled, person_id=witness.pk, role="other")
        with pytest.raises(NotAllowed):
            change_person(access=access, case=peopled, person_id=witness.pk, name="Someone")

    shown = console_client(cast.officer).get(f"/console/cases/case/{peopled.pk}/change/").content.decode()
    assert "Jon Junior" not in shown
    assert people_of(cast, cast.supervisor, peopled)["other"]["name"] == "Jon Junior"


@pytest.mark.parametrize(
    ("born_on", "occurred", "is_juvenile"),
    [
        (date(2008, 3, 3), datetime(2026, 3, 2, 20, tzinfo=UTC), True),
        (date(2008, 3, 2), datetime(2026, 3, 2, 20, tzinfo=UTC), False),
        # Still the first of March in San Francisco.
        (date(2008, 3, 2), datetime(2026, 3, 2, 7, tzinfo=UTC), True),
        (date(2008, 2, 29), datetime(2026, 2, 28, 20, tzinfo=UTC), False),
        (date(2008, 2, 29), datetime(2026, 2, 27, 20, tzinfo=UTC), True),
        (None, datetime(2026, 3, 2, 20, tzinfo=UTC), False),
    ],
)
def test_a_juvenile_is_one_on_the_day_of_the_incident(
    cast: Cast, born_on: date | None, occurred: datetime, is_juvenile: bool
) -> None:
    access = access_for(cast.officer)
    incident = make_incident(access, occurred_from=occurred, occurred_until=occurred, reported_at=occurred)
    case = make_case(access, incident)
    with agency_scope(access):
        add_person(access=access, case=case, role="suspect", name="X", born_on=born_on)

    assert people_of(cast, cast.officer, case)["suspect"]["is_juvenile"] is is_juvenile


def test_an_earlier_incident_of_the_case_counts_too(cast: Cast) -> None:
    from cases.services import link_incident

    access = access_for(cast.officer)
    case = make_case(access)
    at = datetime(2020, 1, 1, 12, tzinfo=UTC)
    earlier = make_incident(access, occurred_from=at, occurred_until=at, reported_at=at)
    with agency_scope(access):
        add_person(access=access, case=case, role="suspect", name="X", born_on=date(2004, 1, 1))
        before = people_of(cast, cast.officer, case)["suspect"]["is_juvenile"]
    with agency_scope(access):
        link_incident(access=access, case=case, incident=earlier)

    assert (before, people_of(cast, cast.officer, case)["suspect"]["is_juvenile"]) == (False, True)


def test_informant_notes_are_for_few(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    access = access_for(cast.supervisor)
    with agency_scope(access):
        change_case(access=access, case=case, informant_notes="The barber told us")

    supervisor = api_client(cast.supervisor).get(f"{ROOT}/cases/{case.pk}").json()
    officer = api_client(cast.officer).get(f"{ROOT}/cases/{case.pk}").json()
    refused = api_client(cast.officer).patch(
        f"{ROOT}/cases/{case.pk}", {"informant_notes": "x"}, format="json", **HEADER
    )

    assert supervisor["informant_notes"] == "The barber told us"
    assert "informant_notes" in officer["redacted"]
    assert refusal(refused) == (403, "not_allowed")
    page = console_client(cast.officer).get(f"/console/cases/case/{case.pk}/change/").content
    assert b"barber" not in page


def test_private_contacts_of_officers_are_for_few(cast: Cast) -> None:
    from accounts.profiles import add_contact

    access = access_for(cast.admin)
    with agency_scope(access):
        add_contact(access=access, user=cast.officer, kind="mobile", value="555 0199", is_primary=True)
    from nethra.core.capabilities import ROLE_CAPABILITIES, Role

    without = ROLE_CAPABILITIES[Role.SUPERVISOR] - {Capability.READ_PRIVATE_CONTACTS}
    adjust(cast, "supervisor", capabilities=without)

    def seen(user: Any) -> int:
        mine = access_for(user)
        with agency_scope(mine):
            return Contact.objects.visible_to(mine).count()

    assert (seen(cast.admin), seen(cast.supervisor), seen(cast.officer), seen(cast.analyst)) == (1, 0, 1, 0)


def test_the_audit_keeps_apart_whatever_is_guarded_in_its_record() -> None:
    """A column that a declaration withholds from anybody stands in the audit's guarded part, or not at all."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT tgrelid::regclass::text, encode(tgargs, 'escape') FROM pg_trigger WHERE tgname = 'audit_insert'"""
        )
        arguments = {table: text.split("\\000") for table, text in cursor.fetchall()}
    loose = []
    for table, declarations in _DECLARED.items():
        if table not in arguments:
            continue
        guarded, left_out = arguments[table][0].split(","), arguments[table][1].split(",")
        for declaration in declarations:
            for field in declaration.fields:
                is_own = field.sql is None and "__" not in field.path
                if (
                    is_own
                    and (field.capability or field.withheld)
                    and field.path not in (*guarded, *left_out)
                ):
                    loose.append(f"{table}.{field.path}")

    # Which incident a case is about is said in its public part: it is what hides its events.
    assert sorted(set(loose)) == ["cases_case.primary_incident_id"]
