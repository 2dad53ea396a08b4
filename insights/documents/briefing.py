"""What a CompStat briefing is made of: plain values, which whoever has the figures fills in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from insights.documents.plan import REPORTED_CRIME, MapPlan, Paper

FALL, NOISE, RISE = -1, 0, 1


@dataclass(frozen=True)
class Compared:
    """Two spans that are compared in words, such as "7 days" with "7 days before".

    ``is_summed_up``: the first page tells of it. ``is_covered``: the data reach back over the earlier span.
    """

    span: str
    against: str
    is_summed_up: bool = True
    is_covered: bool = True


@dataclass(frozen=True)
class Change:
    """Incidents of a span and of the one before it; ``percent`` is None where nothing was before.

    ``verdict``: 1 a rise beyond noise, -1 a fall, 0 noise.
    """

    now: int
    before: int
    percent: float | None
    z: float
    verdict: int


@dataclass(frozen=True)
class BriefingRow:
    """One offence or beat with a change for each comparison, in their order."""

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Weeks:
    """A weekly series; the columns from ``judged`` on belong to its weeks from that position.

    ``mondays`` are the first days of the weeks. ``ewma`` is the smoothed count and ``low`` and ``high`` its bounds by
    the weeks before; ``alarm`` is -1 low, 1 high, else 0.
    """

    name: str
    mondays: Sequence[date]
    counts: Sequence[int]
    judged: int = 0
    ewma: Sequence[float] = ()
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    alarm: Sequence[int] = ()

    def __post_init__(self) -> None:
        lengths = {len(column) for column in (self.ewma, self.low, self.high, self.alarm)}
        if len(self.mondays) != len(self.counts) or lengths not in ({0}, {len(self.counts) - self.judged}):
            raise ValueError("Columns of a weekly series are of one length.")


@dataclass(frozen=True)
class Briefing:
    """A CompStat briefing for the days up to ``last_on``, included.

    ``as_of`` is the aware moment up to which the data were read, told in ``zone``. ``comparisons`` are at most five.
    ``maps`` stand beside each other at one scale, those of now first. ``rule`` says in a sentence when a change is
    called more than noise.
    """

    agency: str
    last_on: date
    as_of: datetime
    zone: str
    made_by: str
    why: str
    filters: str
    comparisons: tuple[Compared, ...]
    offences: tuple[BriefingRow, ...]
    beats: tuple[BriefingRow, ...]
    rule: str
    input_digest: str
    result_digest: str
    version: str
    series: tuple[Weeks, ...] = ()
    maps: tuple[MapPlan, ...] = ()
    cautions: tuple[str, ...] = ()
    caution: str = REPORTED_CRIME
    marking: str = ""
    paper: Paper = Paper.A4
    language: str = "en"

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            raise ValueError("The moment of a briefing has a time zone.")
        if not 1 <= len(self.comparisons) <= 5:
            raise ValueError("A briefing has from one to five comparisons.")
        if any(len(row.changes) != len(self.comparisons) for row in (*self.offences, *self.beats)):
            raise ValueError("Each row of a briefing has one change for each comparison.")
