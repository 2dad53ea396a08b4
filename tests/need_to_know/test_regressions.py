"""The leaks that comparable systems had, each by its name.

TheHive #2366, Ushahidi #1854 and #3851, Uwazi #5250, OpenCTI.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cases.models import CaseMember
from cases.people import add_person
from cases.receivers import hold_incidents
from cases.services import change_case, link_incident
from cases.sharing import revoke_share
from incidents.models import Incident
from incidents.sealing import seal_incident
from nethra.audit.models import AuditEvent
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, refusal
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.imports import csv_of, import_file
from tests.support.people import Cast, access_for, api_client, console_client, make_user
from tests.support.records import make_incident
from tests.support.secrets import (
    HEADER,
    ORDER,
    answer_absent,
    exclude,
    make_restricted,
    name_person,
    restrict,
    seal,
    share_with,
)

pytestmark = pytest.mark.django_db
SECRET = "SECRETWORD"


def test_revoked_share_still_visible(cast: Cast) -> None:
    access = access_for(cast.supervisor)
    case = make_case(access, title=SECRET)
    share = share_with(access, case)
    client, page = api_client(cast.south_officer), console_client(cast.south_officer)
    assert SECRET in client.get(f"{ROOT}/shared").content.decode()
    with agency_scope(access):
        revoke_share(access=access, share=share)

    for answer in (
        client.get(f"{ROOT}/shared"),
        client.get(f"{ROOT}/shared/{share.pk}"),
        page.get("/console/shared/"),
        page.get(f"/console/shared/{share.pk}/"),
    ):
        assert SECRET.encode() not in answer.content


def test_private_field_on_another_page(cast: Cast) -> None:
    """A sealed address is in no page of incident, case, linking case, map, dashboard and history."""
    access, admin = access_for(cast.officer), access_for(cast.admin)
    incident = make_incident(access, address=f"{SECRET} Street", description="x")
    case, linking = make_case(access, incident, title="One"), make_case(access, title="Two")
    with agency_scope(access):
        link_incident(access=access, case=linking, incident=incident)
    with agency_scope(admin):
        seal_incident(access=admin, incident=incident, parts=["place"], **ORDER)
    client = console_client(cast.analyst)

    pages = [
        f"/console/incidents/incident/{incident.pk}/change/",
        f"/console/incidents/incident/{incident.pk}/history/",
        f"/console/cases/case/{case.pk}/change/",
        f"/console/cases/case/{linking.pk}/change/",
        f"/console/cases/case/{linking.pk}/history/",
        "/console/",
        "/console/incidents/incident/",
        "/console/map/cases.geojson",
        "/console/map/area-counts",
    ]
    shown = {path: client.get(path) for path in pages}

    assert {answer.status_code for answer in shown.values()} == {200}
    assert [path for path, answer in shown.items() if SECRET.encode() in answer.content] == []


@pytest.mark.parametrize(
    "query", ["ordering=notes", "ordering=-informant_notes", "notes=x", "informant_notes=x"]
)
@pytest.mark.parametrize("path", ["cases", "incidents"])
def test_sort_or_filter_by_a_hidden_field(cast: Cast, path: str, query: str) -> None:
    answer = api_client(cast.analyst).get(f"{ROOT}/{path}?{query}")

    assert refusal(answer)[0] == 400


@pytest.mark.parametrize(
    "query",
    [
        "notes__contains=S",
        "informant_notes__startswith=S",
        "o=-9",
        "members__user=1",
        "lead__email__startswith=a",
    ],
)
def test_the_console_does_not_filter_by_a_hidden_field_either(cast: Cast, query: str) -> None:
    make_case(access_for(cast.officer), notes=SECRET)

    answer = console_client(cast.analyst).get(f"/console/cases/case/?{query}", follow=True)

    assert answer.status_code in (200, 400)
    assert SECRET.encode() not in answer.content


def counts_of(user: Any) -> dict[str, Any]:
    client = api_client(user)
    lists = (
        "cases",
        "incidents",
        "tasks",
        "evidence",
        "cases?count=exact",
        "incidents?q=Mission",
        "incidents.geojson",
    )
    found: dict[str, Any] = {path: client.get(f"{ROOT}/{path}").json()["total"] for path in lists}
    found["grid"] = client.get(f"{ROOT}/insights/grid").json()["total"]
    found["areas"] = client.get(f"{ROOT}/insights/areas").json()["total"]
    found["hours"] = client.get(f"{ROOT}/insights/hours").json()["total"]
    found["tile"] = client.get(f"{ROOT}/tiles/incidents/14/2620/6333.mvt").content
    return found


@pytest.mark.parametrize("how", ["restricted", "excluded", "sealed"])
def test_count_that_betrays(cast: Cast, how: str) -> None:
    """Every number is the same as if the case had never been."""
    make_case(access_for(cast.supervisor), make_incident(access_for(cast.supervisor), "240"))
    before = counts_of(cast.supervisor)
    access = access_for(cast.officer)
    case = make_case(access, lead_id=cast.officer.pk)
    make_evidence(access, case)
    with agency_scope(access):
        from cases.tasks import add_task

        add_task(access=access, case=case, title=SECRET)
    assert counts_of(cast.supervisor) != before
    if how == "restricted":
        restrict(access, case)
    elif how == "excluded":
        exclude(access, case, cast.supervisor)
    else:
        seal(cast, case)

    after = counts_of(cast.supervisor)
    assert after == before


def test_error_text_that_betrays(cast: Cast) -> None:
    """Who writes the key of a hidden row is told what they are told of a key that is nobody's."""
    secret = make_restricted(cast, title=SECRET)
    own = make_case(access_for(cast.supervisor))
    client = api_client(cast.supervisor)
    nowhere = "00000000-0000-7000-8000-000000000000"
    hidden = str(secret.primary_incident_id)

    def said(path: str, body: dict[str, str]) -> Any:
        answer = client.post(f"{ROOT}/{path}", body, format="json").json()
        return {name: value for name, value in answer.items() if name != "instance"}

    for path, name in ((f"cases/{own.pk}/incidents", "incident"), ("cases", "primary_incident")):
        assert said(path, {name: hidden}) == said(path, {name: nowhere}), path
    assert SECRET not in str(said("cases", {"primary_incident": hidden}))
    assert secret.number not in str(said("cases", {"primary_incident": hidden}))


@pytest.mark.parametrize("how", ["excluded", "foreign", "absent"])
def test_existence_told_by_a_status_code(cast: Cast, how: str) -> None:
    case = make_restricted(cast)
    user = cast.south_admin if how == "foreign" else cast.supervisor
    if how == "excluded":
        exclude(access_for(cast.officer), case, user)
    if how == "absent":
        answer_absent(cast)
    client, page = api_client(user), console_client(user)
    nowhere = "00000000-0000-7000-8000-000000000000"
    parts = (
        "",
        "/history",
        "/transitions",
        "/people",
        "/tasks",
        "/members",
        "/evidence",
        "/access",
        "/shares",
        "/readings",
    )
    posts = ("/tasks", "/members", "/people", "/incidents", "/transitions")

    for path in parts:
        there, absent = (client.get(f"{ROOT}/cases/{key}{path}") for key in (case.pk, nowhere))
        assert (there.status_code, there.json()["code"]) == (absent.status_code, absent.json()["code"]), path
    for path in posts:
        body: dict[str, str] = {}
        there, absent = (
            client.post(f"{ROOT}/cases/{key}{path}", body, format="json") for key in (case.pk, nowhere)
        )
        assert there.status_code == absent.status_code, path
    for path in ("change", "history", "move/suspended", "reason", "ask"):
        there_, absent_ = (page.get(f"/console/cases/case/{key}/{path}/") for key in (case.pk, nowhere))
        assert there_.status_code == absent_.status_code == 404, path


def test_a_container_s_limits_reach_its_contents(cast: Cast) -> None:
    """OpenCTI says of itself that they do not."""
    access = access_for(cast.officer)
    case = make_case(access, lead_id=cast.officer.pk)
    exhibit = make_evidence(access, case)
    with agency_scope(access):
        person = add_person(access=access, case=case, role="witness", name=SECRET)
    restrict(access, case)
    client, page = api_client(cast.supervisor), console_client(cast.supervisor)

    assert client.get(f"{ROOT}/evidence/{exhibit.pk}").status_code == 404
    assert client.get(f"{ROOT}/evidence/{exhibit.pk}/file").status_code == 404
    assert client.get(f"{ROOT}/cases/{case.pk}/people/{person.pk}").status_code == 403
    assert client.get(f"{ROOT}/incidents/{case.primary_incident_id}").status_code == 404
    assert page.get(f"/console/media_evidence/evidence/{exhibit.pk}/change/").status_code == 404
    assert page.get(f"/console/media_evidence/evidence/{exhibit.pk}/file/").status_code == 404
    assert SECRET.encode() not in page.get(f"/console/search/?s={SECRET}&extended=1").content


def test_an_audit_that_tells_what_the_record_does_not(cast: Cast) -> None:
    case = make_restricted(cast, title=SECRET)
    exclude(access_for(cast.officer), case, cast.auditor)

    for user in (cast.admin, cast.auditor):
        access = access_for(user)
        with agency_scope(access):
            events = AuditEvent.objects.visible_to(access)
            assert not events.filter(object_id=case.pk).exists()
            assert not events.filter(body__contains=str(case.pk)).exclude(entity="").exists()
            assert not events.filter(object_id=case.primary_incident_id).exists()


# What is written refers to rows as well: the state before and the state after vary separately.

BEFORE = ("open", "hidden", "foreign")
AFTER = ("seen", "hidden", "foreign")


@pytest.mark.parametrize(("before", "after"), list(product(BEFORE, AFTER)))
def test_linking_needs_both_the_case_and_the_incident(cast: Cast, before: str, after: str) -> None:
    cases = {
        "open": make_case(access_for(cast.supervisor)),
        "hidden": make_restricted(cast),
        "foreign": make_case(access_for(cast.south_officer)),
    }
    incidents = {
        "seen": make_incident(access_for(cast.officer)),
        "hidden": Incident(pk=make_restricted(cast).primary_incident_id),
        "foreign": make_incident(access_for(cast.south_officer)),
    }

    answer = api_client(cast.supervisor).post(
        f"{ROOT}/cases/{cases[before].pk}/incidents", {"incident": str(incidents[after].pk)}, format="json"
    )

    told = {"open": 201 if after == "seen" else 400, "hidden": 403, "foreign": 404}
    assert answer.status_code == told[before]


@pytest.mark.parametrize(
    ("before", "after"), list(product(BEFORE, ("able", "excluded", "foreign", "unable")))
)
def test_a_lead_is_changed_by_who_may_to_who_can(cast: Cast, before: str, after: str) -> None:
    cases = {
        "open": make_case(access_for(cast.supervisor), lead_id=cast.officer.pk),
        "hidden": make_restricted(cast),
        "foreign": make_case(access_for(cast.south_officer)),
    }
    leads = {
        "able": make_user(cast.north, "officer", "Olga Other"),
        "excluded": make_user(cast.north, "officer", "Eve Excluded"),
        "foreign": cast.south_officer,
        "unable": cast.analyst,
    }
    exclude(access_for(cast.supervisor), cases["open"], leads["excluded"])

    answer = api_client(cast.supervisor).patch(
        f"{ROOT}/cases/{cases[before].pk}", {"lead": str(leads[after].pk)}, format="json", **HEADER
    )

    told = {"open": 200 if after == "able" else 400, "hidden": 403, "foreign": 404}
    assert answer.status_code == told[before]


def test_the_lead_who_hands_a_restricted_case_on_is_not_in_it_any_more(cast: Cast) -> None:
    other = make_user(cast.north, "officer", "Olga Other")
    case = make_restricted(cast)
    access = access_for(cast.officer)
    name_person(access, case, other)
    with agency_scope(access):
        change_case(access=access, case=case, lead_id=other.pk)

    assert api_client(cast.officer).get(f"{ROOT}/cases/{case.pk}").status_code == 403
    assert api_client(other).get(f"{ROOT}/cases/{case.pk}").status_code == 200


def test_an_incident_whose_case_is_hidden_begins_no_second_one(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access, lead_id=cast.officer.pk)
    restrict(access, case, hides_incidents=False)

    answer = api_client(cast.supervisor).post(
        f"{ROOT}/cases", {"primary_incident": str(case.primary_incident_id)}, format="json"
    )

    assert refusal(answer) == (409, "case_exists")
    assert case.number not in answer.content.decode()


def test_an_import_is_not_undone_under_a_hidden_case(cast: Cast) -> None:
    batch = import_file(access_for(cast.analyst), csv_of({}, {}))
    access = access_for(cast.officer)
    with agency_scope(access):
        first, second = Incident.objects.visible_to(access).order_by("number")
    secret = make_case(access, first, lead_id=cast.officer.pk)
    plain = make_case(access, second, lead_id=cast.officer.pk)
    restrict(access, secret)
    analyst = access_for(cast.analyst)

    with agency_scope(analyst):
        held = hold_incidents(None, access=analyst, batch_id=batch.pk)

    assert sorted(held) == sorted(
        ["an incident (a case that is closed to you)", f"{second.number} (case {plain.number})"]
    )


def test_a_guest_is_offered_no_names(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))
    name_person(access_for(cast.officer), case, cast.prosecutor, level="view")

    listed = console_client(cast.prosecutor).get("/console/cases/case/").content

    assert case.number.encode() in listed
    assert b"Nell Supervisor" not in listed


def test_whose_time_is_over_is_named_anew(cast: Cast) -> None:

    case = make_restricted(cast)
    access = access_for(cast.officer)
    name_person(access, case, cast.supervisor)
    with agency_scope(access):
        CaseMember.objects.visible_to(access).update(expires_at=datetime.now(UTC) - timedelta(hours=1))
    name_person(access, case, cast.supervisor, level="view")

    assert api_client(cast.supervisor).get(f"{ROOT}/cases/{case.pk}", **HEADER).status_code == 200
