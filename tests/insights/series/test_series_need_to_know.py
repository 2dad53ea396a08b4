"""Whoever may not see a crime of a series never learns of it more than that there is one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from cases.access import set_restriction
from cases.models import Case, CaseIncident
from incidents.models import Incident
from incidents.sealing import seal_incident
from insights.models import AnalysisRun, SeriesDecision
from insights.series.decisions import decisions_of
from insights.series.reading import read_series
from insights.series.services import make_series
from nethra.core.access import Access
from nethra.core.errors import Conflict, NotFound
from nethra.core.scope import agency_scope
from tests.insights.series.test_deciding import decide
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.secrets import ORDER
from tests.support.series import make_crimes, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def crimes(cast: Cast) -> list[Incident]:
    return make_crimes(access_for(cast.officer), 4)


@pytest.fixture
def run(cast: Cast, crimes: list[Incident]) -> AnalysisRun:
    return make_run(access_for(cast.analyst), crimes)


def hide(cast: Cast, crime: Incident) -> Case:
    """Restrict a case of the officer's about the crime: from now on few see it."""
    case = make_case(access_for(cast.officer), crime, lead_id=cast.officer.pk)
    lead = access_for(cast.officer)
    with agency_scope(lead):
        return set_restriction(access=lead, case=case, is_restricted=True)


def seal(cast: Cast, crime: Incident) -> None:
    admin = access_for(cast.admin)
    with agency_scope(admin):
        seal_incident(access=admin, incident=crime, parts=["narrative"], **ORDER)


def make(access: Access, run: AnalysisRun) -> Any:
    with agency_scope(access):
        return make_series(access=access, run_id=run.pk, series=1)


@pytest.mark.parametrize("hidden_by", [hide, seal])
def test_a_guarded_crime_is_counted_and_not_named(
    cast: Cast, crimes: list[Incident], run: AnalysisRun, hidden_by: Any
) -> None:
    hidden_by(cast, crimes[1])
    analyst = access_for(cast.analyst)

    with agency_scope(analyst):
        (series,) = read_series(analyst, run)
    made = decide(analyst, run)

    assert series.left_out == 1
    assert crimes[1].pk not in series.incidents
    # What ties the first to the hidden one tells of both.
    assert (series.crimes[0].reasons, series.crimes[0].tie) == ("", None)
    assert series.crimes[1].reasons
    with agency_scope(analyst):
        stored = SeriesDecision.objects.visible_to(analyst).get(pk=made.pk)
    assert set(stored.incidents) == {crimes[at].pk for at in (0, 2, 3)}


def test_a_crime_that_is_hidden_afterwards_leaves_the_decision(
    cast: Cast, crimes: list[Incident], run: AnalysisRun
) -> None:
    analyst = access_for(cast.analyst)
    decide(analyst, run)
    hide(cast, crimes[1])

    with agency_scope(analyst):
        (told,) = decisions_of(analyst, run)

    assert crimes[1].pk not in told.incidents
    assert (len(told.incidents), told.left_out) == (3, 1)


def test_a_hidden_crime_is_neither_linked_nor_its_case_taken(
    cast: Cast, crimes: list[Incident], run: AnalysisRun
) -> None:
    hidden = hide(cast, crimes[0])
    supervisor = access_for(cast.supervisor)

    made = make(supervisor, run)

    assert made.case.pk != hidden.pk
    assert (made.case.primary_incident_id, made.linked, made.left_out) == (crimes[1].pk, 2, 1)
    with agency_scope(supervisor):
        links = CaseIncident.objects.visible_to(supervisor).filter(case_id=made.case.pk)
        assert crimes[0].pk not in set(links.values_list("incident_id", flat=True))


def test_a_case_that_is_restricted_afterwards_leaves_the_decision(cast: Cast, run: AnalysisRun) -> None:
    officer, analyst = access_for(cast.officer), access_for(cast.analyst)
    made = make(officer, run)
    with agency_scope(officer):
        Case.objects.visible_to(officer).filter(pk=made.case.pk).update(
            is_restricted=True, hides_incidents=False, lead_id=cast.officer.pk
        )

    with agency_scope(analyst):
        (told,) = decisions_of(analyst, run)
    with agency_scope(officer):
        (own,) = decisions_of(officer, run)

    assert (told.case, told.case_number) == (None, "")
    assert own.case == made.case.pk


def test_a_series_of_hidden_crimes_is_not_there(cast: Cast, crimes: list[Incident], run: AnalysisRun) -> None:
    analyst = access_for(cast.analyst)
    decide(analyst, run)
    for crime in crimes:
        hide(cast, crime)

    with agency_scope(analyst):
        assert read_series(analyst, run) == ()
        assert decisions_of(analyst, run) == []
    with pytest.raises(NotFound):
        decide(analyst, run)


def test_one_crime_that_is_seen_makes_no_case(cast: Cast, crimes: list[Incident], run: AnalysisRun) -> None:
    for crime in crimes[1:]:
        hide(cast, crime)

    with pytest.raises(Conflict) as caught:
        make(access_for(cast.supervisor), run)

    assert caught.value.code == "series_too_small"


def test_no_interface_tells_the_key_of_a_hidden_crime(
    cast: Cast, crimes: list[Incident], run: AnalysisRun
) -> None:
    decide(access_for(cast.analyst), run)
    hide(cast, crimes[1])
    console, api = console_client(cast.analyst), api_client(cast.analyst)
    answers: list[Any] = [
        console.get(f"/console/insights/analysisrun/{run.pk}/change/"),
        console.get(f"/console/analyses/runs/{run.pk}/series/1/decide/accepted/"),
        api.get(f"/api/v1/insights/runs/{run.pk}/series/decisions"),
        api.post(
            f"/api/v1/insights/runs/{run.pk}/series/1/decisions",
            {"verdict": "rejected", "why": "Not alike"},
            format="json",
        ),
    ]

    for answer in answers:
        assert answer.status_code in (200, 201)
        text = answer.content.decode()
        assert not tells(text, crimes[1].pk)
        assert crimes[1].number not in text
    assert tells(answers[2].content.decode(), crimes[0].pk)


def tells(text: str, key: UUID) -> bool:
    return str(key) in text or key.hex in text
