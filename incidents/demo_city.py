"""Harrow Bay, a made-up city for demonstrations and tests: areas, streets, incidents, and what was planted.

`build_city(seed=…, until=…)` is pure: the same seed and end date give the same city, without a database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import Any, Literal
from zoneinfo import ZoneInfo

from incidents.demo.drafts import Draft, Drafting
from incidents.demo.ground import build_areas, place
from incidents.demo.narratives import note
from incidents.demo.offenders import SOLVED_SERIES
from incidents.demo.planted import HOT_SPOTS, PLANTED, SERIES
from incidents.demo.rhythms import DAYS, QUIET_WEEKS
from incidents.demo.streets import build_streets
from incidents.demo.values import (
    DemoArea,
    DemoCity,
    DemoHotSpot,
    DemoIncident,
    DemoNearRepeat,
    DemoOffence,
    DemoSeries,
    DemoStreet,
    DemoTruth,
)

__all__ = [
    "CITY_NAME",
    "DEFAULT_SEED",
    "PLANTED",
    "TIME_ZONE",
    "DemoArea",
    "DemoCity",
    "DemoIncident",
    "DemoStreet",
    "DemoTruth",
    "areas_geojson",
    "build_city",
    "city_digest",
    "planted_truth",
    "streets_geojson",
]

CITY_NAME = "Harrow Bay"
TIME_ZONE = "America/Los_Angeles"
DEFAULT_SEED = 2024

Status = Literal["reported", "verified", "unfounded", "cleared", "closed"]


@lru_cache(maxsize=4)
def build_city(*, seed: int = DEFAULT_SEED, until: date) -> DemoCity:
    """The city with 5,000 incidents in the 730 days before `until`, none later (local time)."""
    drafting = Drafting(seed, until)
    drafts = sorted(drafting.all(), key=lambda draft: (draft.local, draft.address.text, draft.description))
    ids = {draft: f"DEMO-{number:05}" for number, draft in enumerate(drafts, start=1)}
    chance = drafting.stream("records")
    end = datetime.combine(until, time(), tzinfo=ZoneInfo(TIME_ZONE)).astimezone(UTC)
    return DemoCity(
        name=CITY_NAME,
        time_zone=TIME_ZONE,
        areas=build_areas(),
        streets=build_streets(),
        incidents=tuple(_incident(draft, ids[draft], end, chance) for draft in drafts),
        truth=_truth(ids, until),
    )


def planted_truth(*, seed: int = DEFAULT_SEED, until: date) -> DemoTruth:
    """What was planted in that city: hot spots, near repeats and series, with the incidents' external ids."""
    return build_city(seed=seed, until=until).truth


def city_digest(city: DemoCity) -> str:
    """SHA-256 over the whole city, to say that two of them are the same."""
    return sha256(json.dumps(asdict(city), default=str, sort_keys=True).encode()).hexdigest()


def streets_geojson(streets: Iterable[DemoStreet] | None = None) -> dict[str, Any]:
    """Streets and river as a FeatureCollection of LineStrings with `name` and `kind`."""
    features = [
        _feature({"name": street.name, "kind": street.kind}, "LineString", street.line)
        for street in (build_streets() if streets is None else streets)
    ]
    return {"type": "FeatureCollection", "name": CITY_NAME, "features": features}


def areas_geojson(kind: Literal["boundary", "district", "beat"]) -> dict[str, Any]:
    """The areas of one kind as a FeatureCollection of Polygons with `kind`, `code`, `name` and `district`."""
    features = [
        _feature(
            {"kind": area.kind, "code": area.code, "name": area.name, "district": area.parent},
            "Polygon",
            [area.ring],
        )
        for area in build_areas()
        if area.kind == kind
    ]
    return {"type": "FeatureCollection", "name": CITY_NAME, "features": features}


def _feature(properties: dict[str, str | None], shape: str, coordinates: object) -> dict[str, Any]:
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _incident(draft: Draft, external_id: str, end: datetime, chance: Random) -> DemoIncident:
    longitude, latitude = draft.address.longitude_latitude
    occurred_from = draft.local.replace(tzinfo=ZoneInfo(TIME_ZONE)).astimezone(UTC)
    open_minutes = chance.randrange(60, 60 * draft.offence.hours_open + 60) if draft.offence.hours_open else 0
    occurred_until = min(occurred_from + timedelta(minutes=open_minutes), end)
    delay = timedelta(minutes=5 + int(chance.expovariate(1 / (60 * draft.offence.late_report_hours))))
    return DemoIncident(
        external_id=external_id,
        occurred_from=occurred_from,
        occurred_until=occurred_until,
        reported_at=min(occurred_until + delay, end),
        offences=_offences(draft, chance),
        status=_status(draft, (end - occurred_from).days, chance),
        habits=tuple(draft.habits.items()),
        description=draft.description,
        notes=note(chance),
        address=draft.address.text,
        longitude=longitude,
        latitude=latitude,
    )


def _offences(draft: Draft, chance: Random) -> tuple[DemoOffence, ...]:
    primary = DemoOffence(draft.offence.code, "attempted" if draft.is_attempted else "completed")
    for code, probability in draft.offence.second:
        if chance.random() < probability:
            return primary, DemoOffence(code, "completed")
    return (primary,)


def _status(draft: Draft, age_days: int, chance: Random) -> Status:
    """Fresh incidents are still open; later ones are mostly cleared, closed or verified."""
    draw = chance.random()
    if draft.solved is not None:
        return "cleared"
    if age_days < 7:
        return "verified" if draw < 0.25 else "reported"
    # A planted incident stays in the analysis, so it is never unfounded.
    if draw < 0.02 and not draft.series and not draft.repeats:
        return "unfounded"
    if draft.series:
        return "verified"
    if draw < 0.02 + draft.offence.cleared:
        return "cleared"
    if age_days > 120 and chance.random() < 0.6:
        return "closed"
    return "verified" if chance.random() < 0.7 else "reported"


def _truth(ids: dict[Draft, str], until: date) -> DemoTruth:
    first = until - timedelta(days=DAYS)
    hot_spots = []
    for spot in HOT_SPOTS:
        longitude, latitude = place(spot.at)
        from_on, until_on = first + timedelta(days=spot.first), first + timedelta(days=spot.end)
        hot_spots.append(
            DemoHotSpot(
                spot.name, spot.offence, longitude, latitude, spot.spread, from_on, until_on, spot.incidents
            )
        )
    repeats = [DemoNearRepeat(ids[draft.repeats], number) for draft, number in ids.items() if draft.repeats]
    series = [
        DemoSeries(
            name=plan.name,
            offence=plan.offence,
            modus_operandi=plan.modus_operandi,
            habit=plan.habit,
            incident_ids=tuple(number for draft, number in ids.items() if draft.series == plan.name),
        )
        for plan in SERIES
    ]
    solved = tuple(
        tuple(number for draft, number in ids.items() if draft.solved == offender)
        for offender in range(SOLVED_SERIES)
    )
    monday = until - timedelta(days=until.weekday())
    quiet = tuple(monday - timedelta(weeks=back) for back in QUIET_WEEKS)
    return DemoTruth(tuple(hot_spots), tuple(repeats), tuple(series), solved, quiet)
