"""Who sees which case: restriction, people named, exclusion, expiry, reach, and what is said to the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Unit
from accounts.profiles import add_unit
from cases.access import level_of, set_restriction
from cases.choices import Level
from cases.members import add_member
from cases.models import Case
from cases.services import change_case
from cases.transitions import move_case
from incidents.models import Incident
from nethra.core.errors import Conflict, DomainError, InvalidInput, NotAllowed, ProofNeeded
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, refusal
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, api_client, make_user
from tests.support.records import make_incident
from tests.support.secrets import (
    HEADER,
    adjust,
    answer_absent,
    exclude,
    in_an_hour,
    make_restricted,
    name_person,
    restrict,
    seal,
)

pytestmark = pytest.mark.django_db


def sees(user: Any, case: Case) -> bool:
    access = access_for(user)
    with agency_scope(access):
        return Case.objects.visible_to(access).filter(pk=case.pk).exists()


def sees_incident(user: Any, case: Case) -> bool:
    access = access_for(user)
    with agency_scope(access):
        return Incident.objects.visible_to(access).filter(pk=case.primary_incident_id).exists()


def read(user: Any, case: Case) -> Any:
    return api_client(user).get(f"{ROOT}/cases/{case.pk}")


def level(user: Any, case: Case) -> Level:
    access = access_for(user)
    with agency_scope(access):
        return level_of(access, Case.objects.visible_to(access).get(pk=case.pk))


def test_a_restricted_case_is_for_its_lead_the_people_named_and_auditors(cast: Cast) -> None:
    case = make_restricted(cast)
    name_person(access_for(cast.officer), case, cast.analyst, level="view")

    seen = {name for name in vars(cast) if name not in ("north", "south") and sees(getattr(cast, name), case)}

    assert seen == {"officer", "analyst", "auditor"}


def test_a_restricted_case_hides_its_incidents_unless_its_lead_says_otherwise(cast: Cast) -> None:
    case = make_restricted(cast)

    assert (sees_incident(cast.supervisor, case), sees_incident(cast.officer, case)) == (False, True)
    restrict(access_for(cast.officer), case, hides_incidents=False)
    assert sees_incident(cast.supervisor, case)


def test_an_incident_of_two_cases_is_hidden_by_the_one(cast: Cast) -> None:
    from cases.services import link_incident

    secret = make_restricted(cast)
    open_case = make_case(access_for(cast.supervisor))
    access = access_for(cast.officer)
    with agency_scope(access):
        link_incident(access=access, case=secret, incident=Incident(pk=open_case.primary_incident_id))

    record = read(cast.supervisor, open_case).json()

    assert {"primary_incident", "primary_incident_number", "location"} <= set(record["redacted"])
    assert not {"primary_incident", "primary_incident_number", "location"} & set(record)
    assert "location" in read(cast.officer, open_case).json()


def test_ending_the_restriction_opens_case_and_incidents(cast: Cast) -> None:
    case = make_restricted(cast)
    access = access_for(cast.officer)
    with agency_scope(access):
        set_restriction(access=access, case=case, is_restricted=False)

    assert sees(cast.supervisor, case)
    assert sees_incident(cast.supervisor, case)


def test_ending_it_asks_for_a_recent_proof(cast: Cast) -> None:
    case = make_restricted(cast)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        access = access_for(cast.officer)
    later = time_machine.travel(datetime.now(UTC) + timedelta(hours=5))
    with later, agency_scope(access), pytest.raises(ProofNeeded):
        set_restriction(access=access, case=case, is_restricted=False)


def test_somebody_must_see_a_restricted_case(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    access = access_for(cast.supervisor)

    with agency_scope(access), pytest.raises(Conflict, match="lead"):
        set_restriction(access=access, case=case, is_restricted=True)

    secret = make_restricted(cast)
    with agency_scope(access_for(cast.officer)), pytest.raises(Conflict, match="keeps a lead"):
        change_case(access=access_for(cast.officer), case=secret, lead_id=None)


def test_who_does_not_keep_a_case_restricts_nothing(cast: Cast) -> None:
    other = make_user(cast.north, "officer", "Olga Other")
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)

    with agency_scope(access_for(other)), pytest.raises(NotAllowed):
        set_restriction(access=access_for(other), case=case, is_restricted=True)


@pytest.mark.parametrize("how", ["named", "lead", "auditor", "unrestricted"])
def test_an_exclusion_beats_everything(cast: Cast, how: str) -> None:
    user = cast.auditor if how == "auditor" else make_user(cast.north, "officer", "Otto Other")
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    if how == "named":
        name_person(access_for(cast.officer), case, user)
    if how == "lead":
        with agency_scope(access_for(cast.supervisor)):
            change_case(access=access_for(cast.supervisor), case=case, lead_id=user.pk)
            change_case(access=access_for(cast.supervisor), case=case, lead_id=cast.officer.pk)

    exclude(access_for(cast.supervisor), case, user)

    assert not sees(user, case)
    assert not sees_incident(user, case)
    assert refusal(read(user, case)) == (404, "not_found")
    assert sees(cast.supervisor, case)


def test_an_excluded_person_is_not_let_in_again_by_naming(cast: Cast) -> None:
    case = make_restricted(cast)
    exclude(access_for(cast.officer), case, cast.analyst)

    with agency_scope(access_for(cast.officer)), pytest.raises(Conflict, match="excluded"):
        add_member(access=access_for(cast.officer), case=case, user_id=cast.analyst.pk)
    with agency_scope(access_for(cast.officer)), pytest.raises(InvalidInput):
        change_case(access=access_for(cast.officer), case=case, lead_id=cast.analyst.pk)


def test_exclusions_end_when_they_say(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    exclude(access_for(cast.officer), case, cast.analyst, expires_at=in_an_hour())

    before = sees(cast.analyst, case)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        # The database's own clock decides.
        access = access_for(cast.officer)
        with agency_scope(access):
            from cases.models import CaseExclusion

            row = CaseExclusion.objects.visible_to(access).get()
            CaseExclusion.objects.visible_to(access).filter(pk=row.pk).update(
                expires_at=datetime.now(UTC) - timedelta(hours=12)
            )
    assert (before, sees(cast.analyst, case), sees_incident(cast.analyst, case)) == (False, True, True)


def test_being_named_ends_when_it_says(cast: Cast) -> None:
    from cases.models import CaseMember

    case = make_restricted(cast)
    name_person(access_for(cast.officer), case, cast.supervisor, expires_at=in_an_hour())
    before = sees(cast.supervisor, case)
    with agency_scope(access_for(cast.officer)):
        members = CaseMember.objects.visible_to(access_for(cast.officer))
        members.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    assert (before, sees(cast.supervisor, case)) == (True, False)


@pytest.mark.parametrize(
    ("given", "may_write", "may_close"),
    [("view", False, False), ("write", True, False), ("close", True, True)],
)
def test_levels_say_what_somebody_named_may_do(
    cast: Cast, given: str, may_write: bool, may_close: bool
) -> None:
    other = make_user(cast.north, "officer", "Olga Other")
    case = make_restricted(cast)
    name_person(access_for(cast.officer), case, other, level=given)
    access = access_for(other)

    def works(act: Any) -> bool:
        try:
            with agency_scope(access):
                act()
        except DomainError:
            return False
        return True

    wrote = works(lambda: change_case(access=access, case=case, title="Other"))
    closed = works(lambda: move_case(access=access, case=case, target="closed_unfounded", reason="x"))

    assert (level(other, case), wrote, closed) == (Level(given), may_write, may_close)


def test_a_unit_sees_its_own_cases_where_the_agency_says_so(cast: Cast) -> None:
    with agency_scope(access_for(cast.admin)):
        squad = Unit.objects.create(agency_id=cast.north.pk, name="Burglary")
        desk = Unit.objects.create(agency_id=cast.north.pk, name="Burglary desk", parent=squad)
        other = Unit.objects.create(agency_id=cast.north.pk, name="Traffic")
    cases = {unit.name: make_case(access_for(cast.officer), unit_id=unit.pk) for unit in (squad, desk, other)}
    unowned = make_case(access_for(cast.officer))
    cast.officer.unit = squad
    with agency_scope(access_for(cast.admin)):
        cast.officer.save(update_fields=["unit"])

    adjust(cast, "officer", reach="unit")
    seen = {name for name, case in cases.items() if sees(cast.officer, case)}

    assert seen == {"Burglary", "Burglary desk"}
    assert not sees(cast.officer, unowned)
    assert level(cast.officer, cases["Burglary desk"]) == Level.WRITE
    assert sees(cast.supervisor, cases["Traffic"])
    assert refusal(read(cast.officer, cases["Traffic"])) == (403, "access_required")


def test_a_role_can_be_bound_to_the_cases_that_name_it(cast: Cast) -> None:
    case, named = make_case(access_for(cast.officer)), make_case(access_for(cast.officer))
    name_person(access_for(cast.officer), named, cast.analyst, level="view")

    adjust(cast, "analyst", reach="named")

    assert (sees(cast.analyst, case), sees(cast.analyst, named)) == (False, True)
    assert sees_incident(cast.analyst, case)


def test_a_prosecutor_is_a_guest_of_the_case_that_names_them(cast: Cast) -> None:
    case, other = make_case(access_for(cast.officer)), make_case(access_for(cast.officer))
    loose = make_incident(access_for(cast.officer))
    name_person(access_for(cast.officer), case, cast.prosecutor, level="view")
    client = api_client(cast.prosecutor)

    cases = [row["id"] for row in client.get(f"{ROOT}/cases").json()["data"]]
    incidents = [row["id"] for row in client.get(f"{ROOT}/incidents").json()["data"]]

    assert cases == [str(case.pk)]
    assert incidents == [str(case.primary_incident_id)]
    assert refusal(client.get(f"{ROOT}/cases/{other.pk}")) == (404, "not_found")
    assert refusal(client.get(f"{ROOT}/incidents/{loose.pk}")) == (404, "not_found")
    assert client.get(f"{ROOT}/insights/grid").status_code == 403


def test_the_others_are_told_number_and_unit_and_no_more(cast: Cast) -> None:
    admin = access_for(cast.admin)
    with agency_scope(admin):
        squad = add_unit(access=admin, name="Burglary")
    case = make_restricted(cast, title="Informant in the harbour", unit_id=squad.pk)

    answer = read(cast.supervisor, case)

    assert refusal(answer) == (403, "access_required")
    assert answer.json()["case"] == {"id": str(case.pk), "number": case.number, "unit": "Burglary"}
    assert answer.json()["detail"] == f"The case {case.number} is closed to you; you can ask for access."
    assert b"harbour" not in answer.content


def test_of_a_case_without_a_unit_no_unit_is_told(cast: Cast) -> None:
    assert read(cast.supervisor, make_restricted(cast)).json()["case"]["unit"] == ""


def test_or_nothing_at_all_where_the_agency_says_so(cast: Cast) -> None:
    case = make_restricted(cast)
    answer_absent(cast)

    hidden, absent = (
        read(cast.supervisor, case),
        api_client(cast.supervisor).get(f"{ROOT}/cases/{cast.north.pk}"),
    )

    assert hidden.status_code == absent.status_code == 404
    assert {**hidden.json(), "instance": ""} == {**absent.json(), "instance": ""}


def test_what_hangs_on_a_restricted_case_follows_it(cast: Cast) -> None:
    from tests.console.rows import plant_watch
    from tests.support.files import make_evidence

    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    make_evidence(access_for(cast.officer), case)
    plant_watch(cast, case)
    client = api_client(cast.supervisor)
    client.post(f"{ROOT}/cases/{case.pk}/tasks", {"title": "Ask the neighbours"}, format="json")
    lists = ("cases", "tasks", "evidence", "incidents", "cases.geojson", "incidents.geojson")

    def counts() -> dict[str, int]:
        return {path: client.get(f"{ROOT}/{path}").json()["total"] for path in lists}

    before = counts()
    restrict(access_for(cast.officer), case)

    assert set(before.values()) == {1}
    assert counts() == dict.fromkeys(lists, 0)
    for part in ("tasks", "people", "members", "incidents", "evidence", "history", "transitions", "readings"):
        assert refusal(client.get(f"{ROOT}/cases/{case.pk}/{part}"))[0] == 403, part
    assert client.get(f"{ROOT}/tiles/incidents/14/2620/6333.mvt").status_code == 204
    assert client.get(f"{ROOT}/insights/grid").json()["total"] == 0


def test_a_sealed_case_is_for_few_and_is_not_worked_on(cast: Cast) -> None:
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk)
    seal(cast, case)

    seen = {name for name in vars(cast) if name not in ("north", "south") and sees(getattr(cast, name), case)}

    assert seen == {"admin", "auditor"}
    assert not sees_incident(cast.officer, case)
    refused = api_client(cast.admin).patch(f"{ROOT}/cases/{case.pk}", {"title": "x"}, format="json", **HEADER)
    assert refusal(refused) == (409, "case_sealed")
