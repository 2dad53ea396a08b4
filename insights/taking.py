"""Incidents as the columns that methods of analysis take, and a digest by which the same input is known again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db.models import OuterRef, Q, Subquery
from numpy.typing import NDArray

from incidents.filters import IncidentFilters, wanted_by, zone_of
from incidents.models import IncidentOffence
from insights.grid import reference_place
from insights.methods.base import Events
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.fields import bare

#: What array_send() puts before the elements, and before each: their number and kind, their length.
_HEADER_BYTES = 20
NUMBER = np.dtype([("length", ">i4"), ("value", ">f8")])
_KEY = np.dtype([("length", ">i4"), ("value", "V16")])
_EMPTY_BYTES = 12
#: Degrees of longitude from the middle of the system's zone up to which places have metres.
WIDEST = 40
_NEAR = "abs(mod((ST_X(location) - %s + 540)::numeric, 360) - 180) <= %s"

# Days by the agency's clock; an incident without a place has no number there. By key, so that the order is one. A place
# on another side of the Earth, such as 0, 0 for unknown, has no metres in the agency's system: PROJ refuses it.
_COLUMNS = """
SELECT array_send(array_agg(id ORDER BY id)),
       array_send(array_agg(coalesce(ST_X(place), 'NaN') ORDER BY id)),
       array_send(array_agg(coalesce(ST_Y(place), 'NaN') ORDER BY id)),
       array_send(array_agg(extract(epoch FROM begin AT TIME ZONE %s)::float8 / 86400 ORDER BY id)),
       array_send(array_agg(extract(epoch FROM until AT TIME ZONE %s)::float8 / 86400 ORDER BY id)),
       array_agg(offence ORDER BY id)
FROM (SELECT id, CASE WHEN {near} THEN ST_Transform(location, %s) END AS place, begin, until, offence
      FROM ({wanted}) AS wanted (id, location, begin, until, offence) OFFSET 0) AS taken
"""


@dataclass(frozen=True)
class Taken:
    """What a method is given of the incidents at one moment.

    ``events.key`` counts from 0 and is the position in ``keys`` (UUIDs of 16 bytes); ``events.kind`` the position in
    ``kinds``, NIBRS codes of primary offences. Metres are of ``srid``, days of ``zone``. ``digest`` is the SHA-256 of
    all but the moment: the same rows, read again, have the same.
    """

    events: Events
    keys: NDArray[np.void]
    kinds: tuple[str, ...]
    srid: int
    zone: str
    as_of: datetime
    digest: str


def take_events(access: Access, filters: IncidentFilters, only: Q | None = None) -> Taken:
    """Return the wanted incidents, and of these ``only`` some, as columns by one statement.

    Guarded incidents (sealed ones, and those that a restricted case hides) are left out for everybody: what was
    computed is shown to others, and kept for years. Raise NotAllowed, and InvalidInput for filters that cannot be.
    """
    access.require(Capability.VIEW_INSIGHTS)
    access.require(Capability.VIEW_INCIDENTS)
    zone, srid, as_of = zone_of(access).key, projected_srid(access), datetime.now(UTC)
    found = _columns(access, filters, only or Q(), zone, srid)
    if found is None:
        return _taken((b"",) * 5, [], srid, zone, as_of)
    *columns, offences = found
    return _taken(tuple(columns), offences, srid, zone, as_of)


def projected_srid(access: Access) -> int:
    """Return the UTM zone (WGS 84, EPSG 326xx north, 327xx south) of the middle of the agency."""
    longitude, latitude = reference_place(access)
    zone = min(int((longitude + 180) // 6) + 1, 60)
    return (32_600 if latitude >= 0 else 32_700) + zone


def middle_of(srid: int) -> int:
    """Return the longitude in the middle of a UTM zone of WGS 84."""
    return (srid % 100) * 6 - 183


def _columns(access: Access, filters: IncidentFilters, only: Q, zone: str, srid: int) -> rows.Row | None:
    primary = IncidentOffence._base_manager.filter(
        agency_id=OuterRef("agency_id"), incident_id=OuterRef("pk"), is_primary=True
    ).order_by()
    wanted: Any = wanted_by(access, filters, reading=("location", "offences")).filter(only, is_guarded=False)
    offence = Subquery(primary.values("offence_code_id"))
    try:
        sql, params = rows.compiled(
            wanted.values_list("id", bare("location"), "occurred_from", "occurred_until", offence)
        )
    except EmptyResultSet:
        return None
    statement = _COLUMNS.replace("{near}", _NEAR).replace("{wanted}", sql)
    row = rows.run(statement, [zone, zone, middle_of(srid), WIDEST, srid, *params])[0]
    return None if row[0] is None else row


def _taken(
    columns: tuple[bytes, ...], offences: list[str | None], srid: int, zone: str, as_of: datetime
) -> Taken:
    keys, *numbers = columns
    kinds = tuple(sorted({code or "" for code in offences}))
    number_of = {code: number for number, code in enumerate(kinds)}
    kind = np.array([number_of[code or ""] for code in offences], dtype=np.int64)
    x, y, begin, end = (elements(column, NUMBER).astype(np.float64) for column in numbers)
    digest = hashlib.sha256(f"1 {srid} {zone} {','.join(kinds)}".encode())
    for column in (*columns, kind.astype("<i8").tobytes()):
        digest.update(len(column).to_bytes(8, "little") + column)
    return Taken(
        Events.of(x, y, begin, end, kind), elements(keys, _KEY), kinds, srid, zone, as_of, digest.hexdigest()
    )


def elements(sent: bytes, kind: np.dtype[Any]) -> NDArray[Any]:
    """Return the elements of an array as PostgreSQL sends it: none of them is NULL, so all are of one length."""
    if len(sent) <= _EMPTY_BYTES:
        return np.empty(0, kind["value"])
    return np.frombuffer(sent, kind, offset=_HEADER_BYTES)["value"]
