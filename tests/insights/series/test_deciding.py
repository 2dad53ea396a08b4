"""Proposed series are accepted and rejected; decisions stay, the newest counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from insights.models import AnalysisRun, SeriesDecision
from insights.series.decisions import Counts, Decision, counts, decisions_of
from insights.series.reading import read_series
from insights.series.services import decide_series
from nethra.audit.models import AuditEvent
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.insights.test_runs import counts as counted_run
from tests.support.people import Cast, access_for
from tests.support.series import REASON, make_crimes, make_run

pytestmark = pytest.mark.django_db
WHY = "The same pry bar in all of them"


@pytest.fixture
def run(cast: Cast) -> AnalysisRun:
    crimes = make_crimes(access_for(cast.officer), 7)
    return make_run(access_for(cast.analyst), crimes[:4], crimes[4:])


def decide(access: Access, run: AnalysisRun, series: int = 1, **values: Any) -> SeriesDecision:
    with agency_scope(access):
        asked = {"verdict": "accepted", "why": WHY, **values}
        return decide_series(access=access, run_id=run.pk, series=series, **asked)


def decided(access: Access, run: AnalysisRun) -> list[Decision]:
    with agency_scope(access):
        return decisions_of(access, run)


def test_series_are_read_with_their_crimes_and_reasons(cast: Cast, run: AnalysisRun) -> None:
    access = access_for(cast.analyst)
    with agency_scope(access):
        first, second = read_series(access, run)

    assert (first.rank, len(first.crimes), first.left_out) == (1, 4, 0)
    assert (second.rank, len(second.crimes)) == (2, 3)
    assert first.crimes[2].reasons == f"{REASON} (2)"
    assert first.crimes[0].tie == 2.5
    assert {fact["name"]: fact["value"] for fact in first.facts}["strength"] == 11


def test_an_acceptance_is_kept_with_its_crimes(cast: Cast, run: AnalysisRun) -> None:
    access = access_for(cast.analyst)

    made = decide(access, run)

    (told,) = decided(access, run)
    with agency_scope(access):
        crimes = read_series(access, run)[0].incidents
    assert (told.id, told.series, told.verdict, told.why) == (made.pk, 1, "accepted", WHY)
    assert list(told.incidents) == crimes
    assert (told.decided_by, told.left_out, told.case, told.counts) == (cast.analyst.pk, 0, None, True)


def test_a_changed_mind_is_a_further_decision_and_the_newest_counts(cast: Cast, run: AnalysisRun) -> None:
    analyst, supervisor = access_for(cast.analyst), access_for(cast.supervisor)
    decide(analyst, run)
    decide(supervisor, run, verdict="rejected", why="He was in custody then")

    told = decided(analyst, run)
    assert [(one.verdict, one.counts) for one in told] == [("rejected", True), ("accepted", False)]
    with agency_scope(analyst):
        assert counts(analyst) == Counts(accepted=0, rejected=1, undecided=1)


def test_decisions_of_all_runs_are_counted(cast: Cast, run: AnalysisRun) -> None:
    access = access_for(cast.analyst)
    other = make_run(access, make_crimes(access_for(cast.officer), 3))
    with agency_scope(access):
        before = counts(access)
    decide(access, run)
    decide(access, run, 2)
    decide(access, other, verdict="rejected")

    with agency_scope(access):
        after = counts(access)
    assert (before, before.precision) == (Counts(0, 0, 3), None)
    assert after == Counts(accepted=2, rejected=1, undecided=0)
    assert after.precision == pytest.approx(2 / 3)


def test_nobody_rewrites_or_deletes_a_decision(cast: Cast, run: AnalysisRun) -> None:
    access = access_for(cast.analyst)
    made = decide(access, run)
    changes: list[Callable[[Any], object]] = [
        lambda rows: rows.update(verdict="rejected"),
        lambda rows: rows.update(why="Else"),
        lambda rows: rows.update(incidents=[uuid4()]),
        lambda rows: rows.update(series=2),
        lambda rows: rows.update(decided_by=None),
        lambda rows: rows.delete(),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), agency_scope(access), transaction.atomic():
            change(SeriesDecision.objects.visible_to(access).filter(pk=made.pk))
    (told,) = decided(access, run)
    assert (told.verdict, told.why, told.series) == ("accepted", WHY, 1)


def test_a_decision_is_audited_and_its_reason_is_guarded(cast: Cast, run: AnalysisRun) -> None:
    made = decide(access_for(cast.analyst), run)

    admin = access_for(cast.admin)
    with agency_scope(admin):
        event = AuditEvent.objects.visible_to(admin).get(object_id=str(made.pk))
    for told in (WHY, str(made.incidents[0])):
        assert told not in event.body
        assert told in str(event.guarded)


@pytest.mark.parametrize(
    ("asked", "error", "sentence"),
    [
        ({"why": " "}, InvalidInput, "Say in up to 200 characters why."),
        ({"why": "x" * 201}, InvalidInput, "Say in up to 200 characters why."),
        ({"why": "two\nlines"}, InvalidInput, "Say in up to 200 characters why."),
        ({"verdict": "perhaps"}, InvalidInput, "The verdict must be accepted or rejected."),
        ({"series": 3}, NotFound, "This analysis proposed no such series."),
        ({"series": 0}, NotFound, "This analysis proposed no such series."),
        ({"series": 10**30}, NotFound, "This analysis proposed no such series."),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(
    cast: Cast, run: AnalysisRun, asked: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    access = access_for(cast.analyst)
    with pytest.raises(error) as caught:
        decide(access, run, **asked)
    assert str(caught.value) == sentence
    assert decided(access, run) == []


def test_a_run_of_something_else_has_no_series(cast: Cast, run: AnalysisRun) -> None:
    access = access_for(cast.analyst)
    other = counted_run(access)
    with pytest.raises(InvalidInput) as caught:
        decide(access, other)
    assert caught.value.code == "not_series"
    with agency_scope(access), pytest.raises(NotFound):
        decide_series(access=access, run_id=uuid4(), series=1, verdict="accepted", why=WHY)


@pytest.mark.parametrize("missing", [Capability.RUN_ANALYSES, Capability.VIEW_INSIGHTS])
def test_whoever_may_not_analyse_decides_nothing(cast: Cast, run: AnalysisRun, missing: Capability) -> None:
    access = access_for(cast.analyst)
    less = replace(access, capabilities=access.capabilities - {missing})
    with pytest.raises((NotAllowed, NotFound)):
        decide(less, run)
    assert decided(access, run) == []


def test_an_auditor_reads_decisions_and_makes_none(cast: Cast, run: AnalysisRun) -> None:
    decide(access_for(cast.analyst), run)
    auditor = access_for(cast.auditor)
    assert len(decided(auditor, run)) == 1
    with pytest.raises(NotAllowed):
        decide(auditor, run)


def test_another_agency_finds_neither_run_nor_decision(cast: Cast, run: AnalysisRun) -> None:
    decide(access_for(cast.analyst), run)
    stranger = access_for(cast.south_officer)
    with pytest.raises(NotFound):
        decide(stranger, run)
    assert decided(stranger, run) == []
    with agency_scope(stranger):
        assert not SeriesDecision.objects.visible_to(stranger).exists()
        assert counts(stranger) == Counts(0, 0, 0)


def test_a_visiting_superadmin_decides_nothing(cast: Cast, run: AnalysisRun) -> None:
    with pytest.raises(NotAllowed):
        decide(replace(access_for(cast.admin), is_visiting=True), run)
