"""What the rules say of exhibits as they stand: read in a few queries, judged one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from media_evidence.choices import CustodyKind
from media_evidence.keeping.rules import Facts, Rule, Verdict, verdict_of
from media_evidence.models import CustodyEvent, Evidence, ExhibitCategory
from nethra.core.access import Access
from nethra.core.capabilities import Capability

#: Exhibits that are judged by one set of queries.
AT_ONCE = 500


@dataclass(frozen=True)
class Line:
    """One exhibit of a plan, and what the rules say of it."""

    evidence: Evidence
    verdict: Verdict

    @property
    def name(self) -> str:
        """The case's number and the exhibit's within it."""
        return f"{self.evidence.case.number} E-{self.evidence.position:02d}"


def plan(access: Access) -> Iterable[Line]:
    """Yield a line for each exhibit that the access sees, case by case; nothing is changed. Raise NotAllowed."""
    access.require(Capability.VIEW_EVIDENCE)
    seen = Evidence.objects.visible_to(access).select_related("case").order_by("case__number", "position")
    exhibits = list(seen)
    for start in range(0, len(exhibits), AT_ONCE):
        some = exhibits[start : start + AT_ONCE]
        verdicts = verdicts_of(access, some)
        yield from (Line(exhibit, verdicts[exhibit.pk]) for exhibit in some)


def verdict_on(access: Access, evidence: Evidence) -> Verdict:
    """Return what the rules say of one exhibit, whose case is at hand."""
    return verdicts_of(access, [evidence])[evidence.pk]


def verdicts_of(access: Access, exhibits: Sequence[Evidence]) -> dict[UUID, Verdict]:
    """Return exhibit -> what the rules say of it now. Two queries, besides those for cases not at hand."""
    keys = [exhibit.pk for exhibit in exhibits]
    rules: dict[UUID, list[Rule]] = {key: [] for key in keys}
    given = ExhibitCategory._base_manager.filter(agency_id=access.agency_id, evidence_id__in=keys)
    for key, name, days, starts in given.values_list(
        "evidence_id", "category__name", "category__days", "category__starts"
    ):
        rules[key].append(Rule(name, days, starts))
    holds = _holds(access, [exhibit.pk for exhibit in exhibits if exhibit.is_on_hold])
    now = datetime.now(UTC)
    return {
        exhibit.pk: verdict_of(_facts(exhibit, rules[exhibit.pk], holds.get(exhibit.pk, ""), now))
        for exhibit in exhibits
    }


def _holds(access: Access, keys: Sequence[UUID]) -> dict[UUID, str]:
    """Return exhibit -> the reason of its latest hold."""
    if not keys:
        return {}
    placed = CustodyEvent._base_manager.filter(
        agency_id=access.agency_id, evidence_id__in=keys, kind=CustodyKind.HOLD_SET
    )
    return dict(placed.order_by("position").values_list("evidence_id", "reason"))


def _facts(exhibit: Evidence, rules: Sequence[Rule], hold: str, now: datetime) -> Facts:
    case = exhibit.case
    return Facts(
        now=now,
        case_number=case.number,
        closed_at=case.closed_at,
        rules=rules,
        is_on_hold=exhibit.is_on_hold,
        hold=hold,
        # Also a part that is sealed, and also while the seal is lifted for a day: the order stands.
        is_sealed=bool(case.sealed_parts),
        led_by=case.led_by_agency if case.led_by_agency_id else "",
        custody=exhibit.custody,
    )
