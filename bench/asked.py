"""The requests of a comparison: the same questions, put to Nethra and to the peer in their own words."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg

from nethra.core.pagination import encode_cursor

START, DAYS = datetime(2021, 1, 1, tzinfo=UTC), 1826
ENDPOINTS = ("list", "detail", "bbox100", "bbox1000", "near", "tile", "hexagons", "create")
#: How many periods are tried for one in which a box holds as many as are asked for; then it is widened, so far.
TRIES, WIDER, WIDEST_METRES = 30, 1.25, 15_000
_PICK = """
SELECT id, agency_id, occurred_from, lon, lat FROM incidents_incident
WHERE number IN (SELECT 'B' || lpad(n::text, 8, '0') FROM unnest(%s::int[]) AS n)
"""
_COUNT = """
SELECT count(*) FROM (SELECT FROM incidents_incident WHERE agency_id = %s
    AND location && ST_MakeEnvelope(%s, %s, %s, %s, 4326) AND occurred_from >= %s AND occurred_from < %s LIMIT %s) n
"""


@dataclass(frozen=True)
class Asked:
    """One question: of which agency, as Nethra and as the peer understand it, and what is sent along."""

    agency_id: UUID
    path: str
    peer_path: str
    body: str = ""
    peer_body: str = ""

    @property
    def method(self) -> str:
        """GET, or POST where there is something to send."""
        return "POST" if self.body else "GET"


@dataclass(frozen=True)
class _Row:
    key: UUID
    agency_id: UUID
    at: datetime
    lon: float
    lat: float


def asked(connection: psycopg.Connection[Any], rows: int, seed: int, count: int) -> dict[str, list[Asked]]:
    """Return so many questions for each endpoint, about rows that the seed picks: another seed asks anew."""
    chance = Random(seed)  # noqa: S311
    makers: Mapping[str, Callable[[_Row], Asked]] = {
        "list": _list,
        "detail": _detail,
        "bbox100": lambda row: _box(connection, chance, row, 100, 1000, 90),
        "bbox1000": lambda row: _box(connection, chance, row, 1000, 3000, 180),
        "near": _near,
        "tile": lambda row: _tile(chance, row),
        "hexagons": lambda row: _hexagons(chance, row),
        "create": _create,
    }
    return {name: [makers[name](row) for row in _pick(connection, chance, rows, count)] for name in ENDPOINTS}


def _pick(connection: psycopg.Connection[Any], chance: Random, rows: int, count: int) -> list[_Row]:
    numbers = chance.sample(range(1, rows + 1), min(count, rows))
    found = [_Row(*row) for row in connection.execute(_PICK, [numbers]).fetchall()]
    return chance.sample(sorted(found, key=lambda row: row.key), len(found))


def _list(row: _Row) -> Asked:
    theirs = base64.urlsafe_b64encode(f"{row.at.isoformat()}|{row.key}".encode()).decode()
    return Asked(
        row.agency_id,
        "/api/v1/incidents?" + urlencode({"cursor": encode_cursor(row.at, row.key), "size": 100}),
        "/idm/incidents/?" + urlencode({"agency": row.agency_id, "cursor": theirs}),
    )


def _detail(row: _Row) -> Asked:
    return Asked(row.agency_id, f"/api/v1/incidents/{row.key}", f"/idm/incidents/{row.key}/")


def _box(
    connection: psycopg.Connection[Any], chance: Random, row: _Row, wanted: int, metres: int, days: int
) -> Asked:
    box, period = _full(connection, chance, row, wanted, metres, days)
    ours = {"bbox": _text(box), **_ours(period), "size": wanted, "cursor": ""}
    theirs = {"bbox": _text(box), **_theirs(period), "limit": wanted, "agency": row.agency_id}
    return Asked(
        row.agency_id,
        f"/api/v1/incidents.geojson?{urlencode(ours)}",
        f"/idm/incidents/features/?{urlencode(theirs)}",
    )


def _full(
    connection: psycopg.Connection[Any], chance: Random, row: _Row, wanted: int, metres: float, days: int
) -> tuple[list[float], list[datetime]]:
    """Return a box around a row and a period that hold as many as are asked for, in a database of any size."""
    while True:
        box = _around(row, metres)
        for _ in range(TRIES):
            period = _period(chance, days)
            counted = connection.execute(_COUNT, [row.agency_id, *box, *period, wanted]).fetchone()
            if counted and counted[0] >= wanted:
                return box, period
        metres *= WIDER
        if metres > WIDEST_METRES:
            return box, period


def _near(row: _Row) -> Asked:
    lon, lat = round(row.lon, 6), round(row.lat, 6)
    ours = {"near": f"{lon},{lat},1000", "size": 100, "count": "none"}
    theirs = {"lon": lon, "lat": lat, "agency": row.agency_id}
    return Asked(
        row.agency_id, f"/api/v1/incidents?{urlencode(ours)}", f"/idm/incidents/near/?{urlencode(theirs)}"
    )


def _tile(chance: Random, row: _Row) -> Asked:
    zoom, period = 12, _period(chance, 90)
    x = int((row.lon + 180) / 360 * 2**zoom)
    y = int((1 - math.asinh(math.tan(math.radians(row.lat))) / math.pi) / 2 * 2**zoom)
    return Asked(
        row.agency_id,
        f"/api/v1/tiles/incidents/{zoom}/{x}/{y}.mvt?{urlencode(_ours(period))}",
        f"/idm/tiles/{zoom}/{x}/{y}?{urlencode({**_theirs(period), 'agency': row.agency_id})}",
    )


def _hexagons(chance: Random, row: _Row) -> Asked:
    box, period = _text(_around(row, 3000)), _period(chance, 90)
    ours = {"shape": "hex", "size": 250, "limit": 10_000, "bbox": box, **_ours(period)}
    theirs = {"bbox": box, **_theirs(period), "agency": row.agency_id}
    return Asked(
        row.agency_id, f"/api/v1/insights/grid?{urlencode(ours)}", f"/idm/incidents/hex/?{urlencode(theirs)}"
    )


def _create(row: _Row) -> Asked:
    place = {"type": "Point", "coordinates": [row.lon, row.lat]}
    told = "Reported theft of a phone near the junction. " * 5
    ours = {
        "occurred_from": row.at.isoformat(),
        "description": told,
        "location": place,
        "offences": [{"code": "23H"}],
    }
    theirs = {
        "agency_id": str(row.agency_id),
        "incident_type": "theft",
        "description": told,
        "occurred_at": row.at.isoformat(),
        "location": place,
    }
    return Asked(row.agency_id, "/api/v1/incidents", "/idm/incidents/", json.dumps(ours), json.dumps(theirs))


def _around(row: _Row, metres: float) -> list[float]:
    tall = metres / 111_132
    wide = metres / (111_320 * math.cos(math.radians(row.lat)))
    box = (row.lon - wide, row.lat - tall, row.lon + wide, row.lat + tall)
    return [round(number, 6) for number in box]


def _period(chance: Random, days: int) -> list[datetime]:
    start = START + timedelta(days=chance.randrange(DAYS - days))
    return [start, start + timedelta(days=days)]


def _text(box: list[float]) -> str:
    return ",".join(map(str, box))


def _ours(period: list[datetime]) -> dict[str, str]:
    return dict(zip(("occurred_after", "occurred_before"), _times(period), strict=True))


def _theirs(period: list[datetime]) -> dict[str, str]:
    return dict(zip(("from", "to"), _times(period), strict=True))


def _times(period: list[datetime]) -> list[str]:
    return [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in period]
