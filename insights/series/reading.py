"""The series that a run proposed, as a person may read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from incidents.models import Incident
from insights.answers.proposals import SERIES
from insights.choices import RunStatus
from insights.models import AnalysisResult, AnalysisRun
from insights.running.documents import digest_of
from nethra.core.access import Access
from nethra.core.errors import Conflict, InvalidInput, NotFound

NOT_THERE = "This analysis proposed no such series."
#: What is told of a series besides its crimes.
FACTS = ("strength", "mean", "reach", "p", "divided")


@dataclass(frozen=True)
class Crime:
    """A crime of a series that the reader may see: when it began, and what ties it to the one most alike.

    ``reasons`` is '' and ``tie`` None where the reader may not see that other one: they tell of both.
    """

    incident: UUID
    number: str
    began: str | None
    tie: float | None
    reasons: str


@dataclass(frozen=True)
class Series:
    """A proposed series by its rank in the run, 1 for the strongest.

    ``crimes``: those that the reader may see, by the time they began; ``left_out`` counts those that they may not see
    or that the result has no room for. ``facts`` holds the result's columns of FACTS, each with kind, unit, value.
    """

    rank: int
    crimes: tuple[Crime, ...]
    left_out: int
    facts: tuple[dict[str, Any], ...]

    @property
    def incidents(self) -> list[UUID]:
        """The keys of the crimes."""
        return [crime.incident for crime in self.crimes]


def proposes_series(run: AnalysisRun) -> bool:
    """Return whether a run is done and was asked for series."""
    return run.analysis == SERIES.key and run.status == RunStatus.DONE


def check_proposes(run: AnalysisRun) -> None:
    """Raise InvalidInput (code not_series) for a run of something else, Conflict (code not_done)."""
    if run.analysis != SERIES.key:
        raise InvalidInput("This analysis proposes no series.", code="not_series")
    if run.status != RunStatus.DONE:
        raise Conflict("This analysis has no result yet.", code="not_done")


def read_series(access: Access, run: AnalysisRun) -> tuple[Series, ...]:
    """Return the series of a run of which the reader may see a crime, the strongest first.

    As everywhere in results, a crime is told to those who see its incident, and to nobody once that is guarded.
    Raise as ``check_proposes``, and Conflict (code not_whole) where the result is not the one that was stored.
    """
    columns = _columns(access, run)
    return _series(access, columns, range(len(columns["series"]["values"])) if columns else ())


def find_series(access: Access, run: AnalysisRun, rank: int) -> Series:
    """Return one series of a run; raise NotFound where no crime of it is seen, else as ``read_series``."""
    columns = _columns(access, run)
    ranks = columns["series"]["values"] if columns else []
    found = _series(access, columns, [at for at, one in enumerate(ranks) if one == rank])
    if not found:
        raise NotFound(NOT_THERE)
    return found[0]


def _columns(access: Access, run: AnalysisRun) -> dict[str, dict[str, Any]]:
    check_proposes(run)
    text = AnalysisResult.objects.visible_to(access).values_list("body", flat=True).get(run_id=run.pk)
    if digest_of(text) != run.result_digest:
        raise Conflict("The stored result no longer has the digest that it had.", code="not_whole")
    return {column["name"]: column for column in orjson.loads(text)["columns"]}


def _series(access: Access, columns: Mapping[str, Any], rows: Any) -> tuple[Series, ...]:
    """Return the series that these rows of the result belong to."""
    numbers = _numbers_seen(access, [columns["incident"]["values"][at] for at in rows])
    by_rank: dict[int, list[int]] = {}
    for at in rows:
        if columns["incident"]["values"][at] in numbers:
            by_rank.setdefault(columns["series"]["values"][at], []).append(at)
    return tuple(_one(columns, rank, found, numbers) for rank, found in sorted(by_rank.items()))


def _numbers_seen(access: Access, keys: list[str]) -> dict[str, str]:
    """Return of the incidents that the reader may see the number by the key."""
    seen = Incident.objects.visible_to(access).filter(is_guarded=False, pk__in=[UUID(key) for key in keys])
    return {str(key): number for key, number in seen.values_list("pk", "number")}


def _one(columns: Mapping[str, Any], rank: int, rows: list[int], numbers: Mapping[str, str]) -> Series:
    first = rows[0]
    return Series(
        rank,
        tuple(_crime(columns, at, numbers) for at in rows),
        columns["crimes"]["values"][first] - len(rows),
        tuple(
            {**columns[name], "value": columns[name]["values"][first]} for name in FACTS if name in columns
        ),
    )


def _crime(columns: Mapping[str, Any], at: int, numbers: Mapping[str, str]) -> Crime:
    key = columns["incident"]["values"][at]
    # SECURITY: why two crimes are alike tells of both (test_series_need_to_know.py).
    is_told = columns["tied_to"]["values"][at] in numbers
    return Crime(
        UUID(key),
        numbers[key],
        columns["began"]["values"][at],
        columns["tie"]["values"][at] if is_told else None,
        columns["reasons"]["values"][at] if is_told else "",
    )
