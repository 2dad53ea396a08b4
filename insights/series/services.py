"""The verbs for proposed series: accept or reject one, make one a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from cases.gathering import MAX_GATHERED, TOO_MANY
from cases.models import Case, CaseIncident
from cases.services import link_incident, locked_case, open_case
from incidents.models import Incident
from insights.choices import Verdict
from insights.models import MOST_WHY, AnalysisRun, SeriesDecision
from insights.running.services import find_run
from insights.series.reading import Series, find_series
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound

WHY_NEEDED = f"Say in up to {MOST_WHY} characters why."
#: What a decision says that nobody gave a reason for: the case is the reason.
MADE = "Made into a case."
#: What making a series asks of a role: deciding, opening a case, linking incidents.
TO_MAKE = (Capability.RUN_ANALYSES, Capability.ADD_CASES, Capability.CHANGE_CASES)


@dataclass(frozen=True)
class Made:
    """The case that a series became; how many incidents were linked, and crimes left out that are not seen."""

    case: Case
    decision: SeriesDecision
    linked: int
    left_out: int


@transaction.atomic
def decide_series(*, access: Access, run_id: UUID, series: int, verdict: str, why: str) -> SeriesDecision:
    """Accept or reject a proposed series and return the decision; a changed mind is a further one.

    It is about the crimes that the access sees. Raise NotAllowed, NotFound for a run or series that is not seen,
    InvalidInput for a run of something else, without why or with another verdict, Conflict where it is not done.
    """
    _check_may(access, Capability.RUN_ANALYSES)
    found = find_series(access, find_run(access, run_id), series)
    if verdict not in Verdict.values:
        sentence = f"The verdict must be {' or '.join(Verdict.values)}."
        raise InvalidInput(sentence, errors={"verdict": [sentence]})
    return _record(access, run_id, found, verdict, _checked(why))


@transaction.atomic
def make_series(*, access: Access, run_id: UUID, series: int, title: str = "") -> Made:
    """Make a series a case, record it as accepted, and return both.

    The case is one that an incident of the series has and the access may change, the oldest first; else a new one, with
    this title, of the first incident that can begin one. All other crimes that the access sees are linked to it.
    Raise NotAllowed, NotFound, InvalidInput for more than 50 crimes, Conflict (code series_made, series_too_small) and
    what opening a case raises.
    """
    _check_may(access, *TO_MAKE)
    # Whoever comes second waits here, and finds the case of whoever was first.
    run = AnalysisRun.objects.visible_to(access).select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NotFound()
    found = find_series(access, run, series)
    _check_size(found)
    case = _case_of(access, found.incidents) or _opened(access, found.incidents, title)
    linked = _link(access, case, found.incidents)
    return Made(case, _accept(access, run_id, found, case, is_new=linked > 0), linked, found.left_out)


def may_make(access: Access) -> bool:
    """Return whether this access may make series into cases."""
    return all(access.may(capability) for capability in TO_MAKE)


def _check_may(access: Access, *capabilities: Capability) -> None:
    for capability in capabilities:
        access.require(capability)
    if access.user_id is not None and access.author_id is None:
        raise NotAllowed("Only the agency's own people decide about its series.")


def _checked(why: str) -> str:
    told = why.strip()
    if not told or len(told) > MOST_WHY or not told.isprintable():
        raise InvalidInput(WHY_NEEDED, code="why_needed", errors={"why": [WHY_NEEDED]})
    return told


def _check_size(series: Series) -> None:
    if len(series.crimes) < 2:
        raise Conflict(
            "You may see one crime of this series only; a case of a series is made of two or more.",
            code="series_too_small",
        )
    if len(series.crimes) > MAX_GATHERED:
        raise InvalidInput(TOO_MANY, code="too_many_incidents")


def _record(
    access: Access, run_id: UUID, series: Series, verdict: str, why: str, case: Case | None = None
) -> SeriesDecision:
    return SeriesDecision.objects.create(
        agency_id=access.agency_id,
        run_id=run_id,
        series=series.rank,
        incidents=series.incidents,
        verdict=verdict,
        why=why,
        case=case,
        decided_by_id=access.author_id,
    )


def _accept(access: Access, run_id: UUID, series: Series, case: Case, is_new: bool) -> SeriesDecision:
    """Give the person's own acceptance its case, where it counts and is about these crimes; else record one."""
    decisions = SeriesDecision.objects.visible_to(access).filter(run_id=run_id, series=series.rank)
    newest = decisions.newest_first().first()
    if newest is not None and newest.case_id == case.pk and not is_new:
        raise Conflict(f"This series is the case {case.number} already.", code="series_made")
    if newest is None or not _is_own_acceptance(access, newest, series):
        return _record(access, run_id, series, Verdict.ACCEPTED, MADE, case)
    decisions.filter(pk=newest.pk).update(case=case)
    newest.case = case
    return newest


def _is_own_acceptance(access: Access, decision: SeriesDecision, series: Series) -> bool:
    return (
        decision.verdict == Verdict.ACCEPTED
        and decision.case_id is None
        and decision.decided_by_id == access.author_id
        and set(decision.incidents) == set(series.incidents)
    )


def _case_of(access: Access, incidents: Sequence[UUID]) -> Case | None:
    """Return, locked, a case of one of the incidents that the access may change; open ones for all come first."""
    links = CaseIncident.objects.visible_to(access).filter(incident_id__in=incidents)
    cases = Case.objects.visible_to(access).unfinished()
    cases = cases.filter(Q(primary_incident__in=incidents) | Q(pk__in=links.values("case_id")))
    for key in cases.order_by("is_restricted", "opened_at", "id").values_list("pk", flat=True):
        try:
            return locked_case(access, key)
        except (NotAllowed, Conflict):
            continue
    return None


def _opened(access: Access, incidents: Sequence[UUID], title: str) -> Case:
    for key in incidents:
        try:
            return open_case(access=access, incident=Incident(pk=key), title=title)
        except Conflict:
            # It began a case already, which is closed or not for this person.
            continue
    raise Conflict(
        "Each of these incidents began a case already, none of which you may change.", code="case_exists"
    )


def _link(access: Access, case: Case, incidents: Sequence[UUID]) -> int:
    """Link the incidents that do not belong to the case yet; return how many those were."""
    links = CaseIncident.objects.visible_to(access).filter(case_id=case.pk, incident_id__in=incidents)
    there = {case.primary_incident_id, *links.values_list("incident_id", flat=True)}
    others = [key for key in incidents if key not in there]
    for key in others:
        link_incident(access=access, case=case, incident=Incident(pk=key))
    return len(others)
