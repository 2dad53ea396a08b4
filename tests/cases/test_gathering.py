"""One case of several incidents: the service, and the page that asks."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import uuid4

import pytest

from cases.gathering import MAX_GATHERED, gather_case
from cases.models import Case, CaseIncident
from incidents.models import Incident
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db
PAGE = "/console/cases/gather/"


@pytest.fixture
def picked(cast: Cast) -> list[Incident]:
    return [make_incident(access_for(cast.officer)) for _ in range(3)]


def address(incidents: list[Incident]) -> str:
    return f"{PAGE}?{urlencode([('incident', str(incident.pk)) for incident in incidents])}"


def test_the_first_begins_the_case_and_the_others_are_linked(cast: Cast, picked: list[Incident]) -> None:
    access = access_for(cast.officer)
    with agency_scope(access):
        case = gather_case(
            access=access, incident_ids=[i.pk for i in picked], first=picked[1].pk, title="Rear windows"
        )
        linked = set(
            CaseIncident.objects.visible_to(access).filter(case=case).values_list("incident_id", flat=True)
        )

    assert (case.primary_incident_id, case.title) == (picked[1].pk, "Rear windows")
    assert linked == {picked[0].pk, picked[2].pk}


def test_nothing_of_it_stays_where_one_cannot_be_taken(cast: Cast, picked: list[Incident]) -> None:
    access = access_for(cast.officer)
    foreign = make_incident(access_for(cast.south_officer))
    for keys, error in (
        ([picked[0].pk, foreign.pk], NotFound),
        ([picked[0].pk, *(uuid4() for _ in range(MAX_GATHERED))], InvalidInput),
    ):
        with agency_scope(access), pytest.raises(error):
            gather_case(access=access, incident_ids=keys, first=picked[0].pk)

    with agency_scope(access):
        assert not Case.objects.visible_to(access).exists()


def test_who_may_open_no_case_gathers_none(cast: Cast, picked: list[Incident]) -> None:
    access = access_for(cast.analyst)

    with agency_scope(access), pytest.raises(NotAllowed):
        gather_case(access=access, incident_ids=[picked[0].pk], first=picked[0].pk)


def test_an_incident_that_has_a_case_begins_no_other(cast: Cast, picked: list[Incident]) -> None:
    access = access_for(cast.officer)
    make_case(access, picked[0])

    with agency_scope(access), pytest.raises(Conflict):
        gather_case(access=access, incident_ids=[picked[0].pk], first=picked[0].pk)


def test_the_page_asks_and_leads_to_the_case(cast: Cast, picked: list[Incident]) -> None:
    client = console_client(cast.officer)
    here = address(picked)

    page = client.get(here).content.decode()
    assert all(incident.number in page for incident in picked)
    keys = [str(incident.pk) for incident in picked[:2]]
    answer = client.post(here, {"first": keys[0], "incidents": keys, "title": "Two of three"})

    assert answer.status_code == 302
    case = client.get(answer.headers["Location"]).content.decode()
    assert "Two of three" in case
    assert picked[1].number in case
    assert picked[2].number not in case


def test_what_the_page_refuses_it_says_in_a_sentence(cast: Cast, picked: list[Incident]) -> None:
    make_case(access_for(cast.officer), picked[0])
    keys = [str(incident.pk) for incident in picked]

    answer = console_client(cast.officer).post(address(picked), {"first": keys[0], "incidents": keys})

    assert answer.status_code == 200
    assert "already" in answer.content.decode()


def test_the_page_is_for_those_who_open_cases_and_shows_their_own_only(
    cast: Cast, picked: list[Incident]
) -> None:
    assert console_client(cast.analyst).get(address(picked)).status_code == 403
    assert console_client(cast.south_officer).get(address(picked)).status_code == 404
    assert console_client(cast.officer).get(f"{PAGE}?incident=nonsense").status_code == 404
    assert console_client(cast.officer).get(PAGE).status_code == 404
    many = urlencode([("incident", str(uuid4())) for _ in range(MAX_GATHERED + 1)])
    assert console_client(cast.officer).get(f"{PAGE}?{many}").status_code == 404
