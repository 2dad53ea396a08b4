"""A proposed series becomes a case: all of its crimes that somebody sees are linked to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from cases import gathering
from cases.models import Case, CaseIncident
from cases.services import link_incident
from incidents.models import Incident
from insights.models import AnalysisRun, SeriesDecision
from insights.series import services
from insights.series.decisions import decisions_of
from insights.series.services import MADE, Made, make_series
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.insights.series.test_deciding import decide
from tests.support.cases import make_case, make_case_in
from tests.support.people import Cast, access_for
from tests.support.series import make_crimes, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def crimes(cast: Cast) -> list[Incident]:
    return make_crimes(access_for(cast.officer), 4)


@pytest.fixture
def run(cast: Cast, crimes: list[Incident]) -> AnalysisRun:
    return make_run(access_for(cast.analyst), crimes)


def make(access: Access, run: AnalysisRun, **values: Any) -> Made:
    with agency_scope(access):
        return make_series(access=access, run_id=run.pk, **{"series": 1, **values})


def crimes_of(access: Access, case: Case) -> set[Any]:
    with agency_scope(access):
        links = CaseIncident.objects.visible_to(access).filter(case_id=case.pk)
        return {case.primary_incident_id, *links.values_list("incident_id", flat=True)}


def cases_of(access: Access) -> list[Case]:
    with agency_scope(access):
        return list(Case.objects.visible_to(access))


def test_the_first_begins_a_case_and_the_others_are_linked(
    cast: Cast, crimes: list[Incident], run: AnalysisRun
) -> None:
    access = access_for(cast.supervisor)

    made = make(access, run, title="Rear windows")

    assert (made.case.primary_incident_id, made.case.title) == (crimes[0].pk, "Rear windows")
    assert crimes_of(access, made.case) == {crime.pk for crime in crimes}
    assert (made.linked, made.left_out) == (3, 0)
    assert (made.decision.verdict, made.decision.why, made.decision.case_id) == (
        "accepted",
        MADE,
        made.case.pk,
    )


def test_the_case_that_a_crime_has_is_taken(cast: Cast, crimes: list[Incident], run: AnalysisRun) -> None:
    access = access_for(cast.supervisor)
    case = make_case(access_for(cast.officer), crimes[2], title="The third")

    made = make(access, run, title="Rear windows")

    assert (made.case.pk, made.case.title, made.linked) == (case.pk, "The third", 3)
    assert crimes_of(access, case) == {crime.pk for crime in crimes}
    assert len(cases_of(access)) == 1


def test_a_closed_case_is_left_alone_and_the_next_crime_begins_one(
    cast: Cast, crimes: list[Incident], run: AnalysisRun
) -> None:
    closed = make_case_in(cast, "closed_unfounded", crimes[0])

    made = make(access_for(cast.supervisor), run)

    assert made.case.pk != closed.pk
    assert made.case.primary_incident_id == crimes[1].pk
    assert made.linked == 3


def test_where_each_crime_has_a_closed_case_nothing_is_made(
    cast: Cast, crimes: list[Incident], run: AnalysisRun
) -> None:
    for crime in crimes:
        make_case_in(cast, "closed_unfounded", crime)
    access = access_for(cast.supervisor)

    with pytest.raises(Conflict) as caught:
        make(access, run)

    assert caught.value.code == "case_exists"
    with agency_scope(access):
        assert decisions_of(access, run) == []


def test_ones_own_acceptance_gets_the_case_once(cast: Cast, run: AnalysisRun) -> None:
    access = access_for(cast.supervisor)
    accepted = decide(access, run)

    made = make(access, run)

    assert made.decision.pk == accepted.pk
    with agency_scope(access):
        (told,) = decisions_of(access, run)
    assert (told.case, told.case_number, told.why) == (made.case.pk, made.case.number, accepted.why)
    for case in (None, made.case):
        with pytest.raises(DatabaseError), agency_scope(access), transaction.atomic():
            SeriesDecision.objects.visible_to(access).filter(pk=accepted.pk).update(case=case)


@pytest.mark.parametrize("verdict", ["accepted", "rejected"])
def test_what_another_decided_stays_as_it_was(cast: Cast, run: AnalysisRun, verdict: str) -> None:
    theirs = decide(access_for(cast.analyst), run, verdict=verdict)
    access = access_for(cast.supervisor)

    made = make(access, run)

    with agency_scope(access):
        newest, older = decisions_of(access, run)
    assert (newest.id, newest.verdict, newest.decided_by) == (
        made.decision.pk,
        "accepted",
        cast.supervisor.pk,
    )
    assert (older.id, older.case, older.counts) == (theirs.pk, None, False)


def test_a_series_is_made_once(cast: Cast, run: AnalysisRun) -> None:
    access = access_for(cast.supervisor)
    first = make(access, run)

    with pytest.raises(Conflict) as caught:
        make(access, run)

    assert caught.value.code == "series_made"
    assert first.case.number in str(caught.value)
    with agency_scope(access):
        assert len(decisions_of(access, run)) == 1


@pytest.mark.parametrize("missing", [Capability.RUN_ANALYSES, Capability.ADD_CASES, Capability.CHANGE_CASES])
def test_it_needs_what_opening_and_linking_need(cast: Cast, run: AnalysisRun, missing: Capability) -> None:
    access = access_for(cast.supervisor)
    with pytest.raises(NotAllowed):
        make(replace(access, capabilities=access.capabilities - {missing}), run)
    assert cases_of(access) == []


@pytest.mark.parametrize("who", ["analyst", "auditor"])
def test_who_opens_no_cases_makes_none_of_series(cast: Cast, run: AnalysisRun, who: str) -> None:
    with pytest.raises(NotAllowed):
        make(access_for(getattr(cast, who)), run)


def test_another_agency_makes_nothing_of_it(cast: Cast, run: AnalysisRun) -> None:
    with pytest.raises(NotFound):
        make(access_for(cast.south_officer), run)


def test_nothing_of_it_stays_where_a_crime_cannot_be_linked(
    cast: Cast, run: AnalysisRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = access_for(cast.supervisor)
    asked: list[Any] = []

    def failing(**values: Any) -> Any:
        asked.append(values["incident"].pk)
        if len(asked) == 2:
            raise Conflict("Somebody was first.")
        return link_incident(**values)

    monkeypatch.setattr(services, "link_incident", failing)
    with pytest.raises(Conflict):
        make(access, run)

    assert cases_of(access) == []
    with agency_scope(access):
        assert decisions_of(access, run) == []


def test_a_series_too_long_or_with_another_rank_or_title_is_refused(
    cast: Cast, run: AnalysisRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = access_for(cast.supervisor)
    with pytest.raises(NotFound):
        make(access, run, series=2)
    with pytest.raises(InvalidInput) as caught:
        make(access, run, title="x" * 201)
    assert "title" in caught.value.errors
    monkeypatch.setattr(services, "MAX_GATHERED", 3)
    with pytest.raises(InvalidInput) as caught:
        make(access, run)
    assert str(caught.value) == gathering.TOO_MANY
    assert cases_of(access) == []
