"""A run of proposed series without a model: an answer written by hand, stored as any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.contrib.gis.geos import Point

from incidents.filters import IncidentFilters
from incidents.models import Incident
from insights.answers.base import Answer, Column, Figure, Kind, Study
from insights.models import AnalysisRun
from insights.running.gathering import Gathered
from insights.running.givers import uuids
from insights.running.services import Found, fill, keep_result
from insights.taking import take_events
from nethra.core.access import Access
from nethra.core.scope import agency_scope
from tests.support.records import make_incident

BEGIN = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
REASON = "the same tool speaks for a link"


def make_crimes(access: Access, count: int) -> list[Incident]:
    """Return so many burglaries, each a day after the other and a little farther east."""
    return [
        make_incident(
            access,
            location=Point(-122.42 + 0.001 * number, 37.77, srid=4326),
            occurred_from=BEGIN + timedelta(days=number),
            occurred_until=BEGIN + timedelta(days=number),
            reported_at=BEGIN + timedelta(days=number),
        )
        for number in range(count)
    ]


def make_run(access: Access, *series: Sequence[Incident]) -> AnalysisRun:
    """Return a done run that proposes these series, the first as the strongest; each crime is tied to the next."""
    with agency_scope(access):
        taken = take_events(access, IncidentFilters())
        position = {key: at for at, key in enumerate(uuids(taken))}
        answer = _answer(
            [[position[incident.pk] for incident in one] for one in series], taken.events.begin.tolist()
        )
        gathered = Gathered(Study(taken.events, today=20_000.0), taken, "0" * 64)
        run = AnalysisRun(
            agency_id=access.agency_id,
            analysis="series",
            version="1",
            why="Weekly briefing",
            words="All incidents",
            made_by_id=access.author_id,
            as_of=BEGIN,
        )
        body = fill(run, Found(gathered, answer), datetime.now(UTC))
        run.save(force_insert=True)
        keep_result(run, body)
    return run


def _answer(series: list[list[int]], begin: Sequence[float]) -> Answer:
    rows = [(rank, keys, at) for rank, keys in enumerate(series, 1) for at in range(len(keys))]
    crimes = [keys[at] for _, keys, at in rows]
    return Answer(
        sentences=(f"{len(series)} series are proposed.",),
        figures=(Figure("series", "Proposed series", len(series), Kind.COUNT),),
        columns=(
            Column("series", "Series", [rank for rank, _, _ in rows], Kind.COUNT),
            Column("incident", "Incident", crimes, Kind.INCIDENT),
            Column("began", "Began", [begin[key] for key in crimes], Kind.MOMENT),
            Column(
                "tied_to",
                "Most alike to",
                [keys[(at + 1) % len(keys)] for _, keys, at in rows],
                Kind.INCIDENT,
            ),
            Column("tie", "Score with that", [2.5 for _ in rows]),
            Column("reasons", "Why", [f"{REASON} ({at})" for _, _, at in rows], Kind.TEXT),
            Column("crimes", "Crimes of the series", [len(keys) for _, keys, _ in rows], Kind.COUNT),
            Column("strength", "Strength", [12.0 - rank for rank, _, _ in rows]),
            Column("mean", "Mean score of its pairs", [3.0 for _ in rows]),
            Column("reach", "Farthest from its middle", [250.0 for _ in rows], unit="m"),
            Column("divided", "Cut from a larger web", [False for _ in rows], Kind.FLAG),
        ),
        kept={"series": [{"keys": keys} for keys in series]},
    )
