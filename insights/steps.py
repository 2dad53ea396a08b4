"""The hexagons of a view with the days of their incidents: from them a browser draws any period within by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models.functions import TruncDate

from incidents.bins import CellShape, cells_sql, corners_of
from incidents.filters import IncidentFilters, zone_of
from incidents.hot import read_inside
from incidents.querysets import IncidentQuerySet
from incidents.tiles import bin_size
from nethra.core import rows
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.fields import ordinate
from nethra.core.kept import Hole
from nethra.core.parameters import refusal

#: Of more days or incidents a browser is better served with tiles.
MOST_DAYS, MOST_INCIDENTS = 550, 200_000

_DAYS = """
SELECT i::int, j::int, array_agg((day - %s::date)::int), (sum(count(*)) OVER ())::int
FROM ({cells}) AS cells GROUP BY i, j
"""


@dataclass(frozen=True)
class Steps:
    """Hexagons as tiles of a zoom draw them, and the day of each of their incidents, in no order.

    A hexagon (i, j) has its centre at x = size * (i + j / 2), y = size * j * sqrt(3) / 2 in EPSG:3857 and its
    corners as ``ring`` round it. ``cells`` are (i, j, days), the days counted from ``first``, the local day on
    which the period begins.
    """

    first: str
    size: float
    ring: list[tuple[float, float]]
    cells: list[tuple[int, int, list[int]]]


def count_steps(access: Access, filters: IncidentFilters, z: int | None) -> Steps | None:
    """Return the hexagons of the wanted incidents at a zoom; None where the incidents are more than 200,000.

    Raise InvalidInput without a zoom, a period, or with one of more than 550 days.
    """
    access.require(Capability.VIEW_INSIGHTS)
    access.require(Capability.VIEW_INCIDENTS)
    start, end = filters.occurred_after, filters.occurred_before
    if z is None:
        raise refusal("z", "Give the zoom, z.")
    if start is None or end is None or end - start > timedelta(days=MOST_DAYS):
        raise refusal("occurred_before", f"Give a period of at most {MOST_DAYS} days.")
    zone = zone_of(access)
    first = start.astimezone(zone).date()
    found = read_inside(access, filters, None, _days_sql, (z, zone.key), first=first)
    if found and found[0][3] > MOST_INCIDENTS:
        return None
    size = bin_size(z)
    cells = [(i, j, days) for i, j, days, _ in found]
    return Steps(first.isoformat(), size, corners_of(CellShape.HEX, size), cells)


def _days_sql(wanted: IncidentQuerySet, z: int, zone: str) -> rows.Compiled:
    x, y = (ordinate(name, "g3857") for name in ("ST_X", "ST_Y"))
    day = TruncDate("occurred_from", tzinfo=ZoneInfo(zone))
    located = wanted.filter(g3857__isnull=False).values_list(x, y, day)
    points, params = rows.compiled(located[: MOST_INCIDENTS + 1])
    sql, cell_params = cells_sql(CellShape.HEX, points, params, bin_size(z), along="day")
    return _DAYS.replace("{cells}", sql), (Hole("first"), *cell_params)
