"""The values that describe the made-up city and what was planted in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

LonLat = tuple[float, float]
Metres = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DemoArea:
    """A closed ring in EPSG:4326, counter-clockwise; `parent` is a beat's district."""

    kind: Literal["boundary", "district", "beat"]
    code: str
    name: str
    parent: str | None
    ring: tuple[LonLat, ...]


@dataclass(frozen=True, slots=True)
class DemoStreet:
    """A street or the river, for the backdrop of a map: a line in EPSG:4326."""

    name: str
    kind: Literal["main", "street", "river"]
    line: tuple[LonLat, ...]


@dataclass(frozen=True, slots=True)
class DemoOffence:
    code: str
    completion: Literal["attempted", "completed"]


@dataclass(frozen=True, slots=True)
class DemoIncident:
    """One incident; times are in UTC, the primary offence stands first."""

    external_id: str
    occurred_from: datetime
    occurred_until: datetime
    reported_at: datetime
    offences: tuple[DemoOffence, ...]
    status: Literal["reported", "verified", "unfounded", "cleared", "closed"]
    habits: tuple[tuple[str, str], ...]
    description: str
    notes: str
    address: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class DemoHotSpot:
    """A place where an offence was made frequent from `from_on` up to, not including, `until_on`."""

    name: str
    offence: str
    longitude: float
    latitude: float
    spread_metres: float
    from_on: date
    until_on: date
    incidents: int


@dataclass(frozen=True, slots=True)
class DemoSeries:
    """The incidents of one made-up offender, in order of time."""

    name: str
    offence: str
    modus_operandi: str
    habit: str
    incident_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoNearRepeat:
    """A burglary and the one that was planted after it, within 14 days and 200 metres."""

    first_id: str
    repeat_id: str


@dataclass(frozen=True, slots=True)
class DemoTruth:
    hot_spots: tuple[DemoHotSpot, ...]
    near_repeats: tuple[DemoNearRepeat, ...]
    series: tuple[DemoSeries, ...]
    #: The incidents of each offender who was found, in order of time; the Mondays of the quiet weeks.
    solved: tuple[tuple[str, ...], ...]
    quiet_weeks: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class DemoCity:
    name: str
    time_zone: str
    areas: tuple[DemoArea, ...]
    streets: tuple[DemoStreet, ...]
    incidents: tuple[DemoIncident, ...]
    truth: DemoTruth
