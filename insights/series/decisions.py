"""What people decided about proposed series, as a person may read it, and how many they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.models import Case
from incidents.models import Incident
from insights.answers.proposals import SERIES
from insights.choices import RunStatus, Verdict
from insights.models import AnalysisRun, SeriesDecision
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability

# Only the figures of the documents are looked at; row security bounds the agency.
_PROPOSED = """
SELECT coalesce(sum((figure ->> 'value')::int), 0)
FROM insights_analysisrun run
JOIN insights_analysisresult result ON result.agency_id = run.agency_id AND result.run_id = run.id
CROSS JOIN LATERAL json_array_elements(result.body::json -> 'figures') AS figure
WHERE run.agency_id = %s AND run.analysis = %s AND run.status = %s AND figure ->> 'name' = 'series'
"""


@dataclass(frozen=True)
class Decision:
    """A decision without what the reader may not see: ``left_out`` of its incidents, and the case it became.

    ``counts``: nobody decided otherwise about the series since.
    """

    id: UUID
    run: UUID
    series: int
    verdict: str
    why: str
    incidents: tuple[UUID, ...]
    left_out: int
    case: UUID | None
    case_number: str
    decided_by: UUID | None
    decider: str
    decided_at: datetime
    counts: bool


@dataclass(frozen=True)
class Counts:
    """How many proposed series were accepted, rejected and not decided."""

    accepted: int
    rejected: int
    undecided: int

    @property
    def precision(self) -> float | None:
        """The share that was accepted of those decided, None where none are."""
        decided = self.accepted + self.rejected
        return self.accepted / decided if decided else None


def decisions_of(access: Access, run: AnalysisRun) -> list[Decision]:
    """Return the decisions about a run's series, the newest first; none about series of which no crime is seen."""
    stored = list(
        SeriesDecision.objects.visible_to(access)
        .filter(run_id=run.pk)
        .select_related("decided_by")
        .newest_first()
    )
    seen = _seen(access, {key for one in stored for key in one.incidents})
    numbers = _case_numbers(access, {one.case_id for one in stored if one.case_id})
    newest: dict[int, UUID] = {}
    for one in stored:
        newest.setdefault(one.series, one.pk)
    told = [_told(one, seen, numbers, newest[one.series] == one.pk) for one in stored]
    return [one for one in told if one.incidents]


def counts(access: Access) -> Counts:
    """Return how many series of all runs were accepted, rejected and not decided; raise NotAllowed."""
    access.require(Capability.VIEW_INSIGHTS)
    decided = Counter(
        SeriesDecision.objects.visible_to(access).that_count().values_list("verdict", flat=True)
    )
    ((proposed,),) = rows.run(_PROPOSED, [access.agency_id, SERIES.key, RunStatus.DONE])
    return Counts(
        decided[Verdict.ACCEPTED], decided[Verdict.REJECTED], max(0, int(proposed) - decided.total())
    )


def _told(
    stored: SeriesDecision, seen: Collection[UUID], numbers: dict[UUID, str], is_newest: bool
) -> Decision:
    incidents = tuple(key for key in stored.incidents if key in seen)
    case = stored.case_id if stored.case_id in numbers else None
    return Decision(
        id=stored.pk,
        run=stored.run_id,
        series=stored.series,
        verdict=stored.verdict,
        why=stored.why,
        incidents=incidents,
        left_out=len(stored.incidents) - len(incidents),
        case=case,
        case_number=numbers.get(case, "") if case else "",
        decided_by=stored.decided_by_id,
        decider=str(stored.decided_by or ""),
        decided_at=stored.decided_at,
        counts=is_newest,
    )


def _seen(access: Access, keys: Collection[UUID]) -> set[UUID]:
    found = Incident.objects.visible_to(access).filter(is_guarded=False, pk__in=list(keys))
    return set(found.values_list("pk", flat=True))


def _case_numbers(access: Access, keys: Collection[UUID]) -> dict[UUID, str]:
    if not access.may(Capability.VIEW_CASES):
        return {}
    return dict(Case.objects.visible_to(access).filter(pk__in=list(keys)).values_list("pk", "number"))
