"""How long the hot reads take, as the application's role, and by which indexes: ``python -m bench.reads``."""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

ROUNDS = 15
DAYS = 90


def main() -> int:
    """Print one JSON object: per read median and greatest milliseconds, the answer's size, the indexes."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.reads",
        description="Time the hot reads of one agency, with row security on.",
        epilog="Example: python -m bench.reads --agency sfpd",
    )
    parser.add_argument("--agency", required=True, help="the agency's code")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nethra.settings")
    import django

    django.setup()
    print(json.dumps(measured(options.agency), indent=2))
    return 0


def measured(code: str) -> dict[str, Any]:
    """Return the figures of every read, over the 90 days up to the agency's newest incident."""
    from accounts.services import find_agency
    from incidents.models import Incident
    from nethra.core.access import operator_access
    from nethra.core.scope import agency_scope

    access = operator_access(find_agency(code))
    with agency_scope(access):
        incidents = Incident.objects.visible_to(access)
        newest = incidents.order_by("-occurred_from").values_list("occurred_from", flat=True)[0]
        figures = {name: timed(read) for name, read in reads(access, newest).items()}
        return {
            "agency": code,
            "incidents": incidents.count(),
            "newest": newest.isoformat(),
            "reads": figures,
        }


def reads(access: Any, newest: datetime) -> dict[str, Callable[[], Any]]:
    """Return the reads by name; places are the densest square kilometre of the last 90 days."""
    from incidents.bins import CellShape
    from incidents.fields import INCIDENT
    from incidents.filters import IncidentFilters, wanted_by
    from incidents.tiles import incident_tile
    from insights.grid import count_grid
    from nethra.core.geo import Near, checked_point, envelope_around
    from nethra.core.rows import records

    after = newest - timedelta(days=DAYS)
    recent = IncidentFilters(occurred_after=after)
    longitude, latitude = count_grid(access, recent, CellShape.SQUARE, 1000, 1).cells[0].centre
    point = checked_point(longitude, latitude)
    box = IncidentFilters(occurred_after=after, bbox=envelope_around(point, 1000))
    near = IncidentFilters(occurred_after=after, near=Near(point, 1000))

    def page(filters: IncidentFilters) -> list[Any]:
        return records(filters.ordered(wanted_by(access, filters))[:100], INCIDENT, access)

    return {
        "list page of 100": lambda: page(IncidentFilters()),
        "2 km box, 90 days, newest 100": lambda: page(box),
        "near 1 km, 90 days, nearest 100": lambda: page(near),
        "hexagons of 250 m, 90 days": lambda: count_grid(access, recent, CellShape.HEX, 250, 10_000).cells,
        "tile z12, 90 days": lambda: incident_tile(access, 12, *tile_of(longitude, latitude, 12), recent),
    }


def tile_of(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    """Return the x and y of the tile that holds a place."""
    import math

    side = 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int((longitude + 180) / 360 * side), int(y * side)


def timed(read: Callable[[], Any]) -> dict[str, Any]:
    """Return milliseconds over the rounds after a warm-up, the answer's size, and the indexes used."""
    answer = read()
    spans = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        read()
        spans.append((time.perf_counter() - started) * 1000)
    return {
        "median_ms": round(statistics.median(spans), 1),
        "max_ms": round(max(spans), 1),
        "items": len(answer),
        "indexes": indexes_of(read),
    }


def indexes_of(read: Callable[[], Any]) -> list[str]:
    """Return the names of the indexes that the read's statements use, by EXPLAIN."""
    from nethra.core import rows

    plain, found = rows._run, set()

    def explained(manner: str, sql: str, params: Any, **options: Any) -> Any:
        for (line,) in plain(manner, f"EXPLAIN {sql}", params, is_kept=False):
            found.update(re.findall(r"(?:using|Bitmap Index Scan on) (\w+)", line))
            if "Seq Scan on incidents_incident " in line:
                found.add("SEQUENTIAL SCAN")
        return plain(manner, sql, params, **options)

    rows._run = explained
    try:
        read()
    finally:
        rows._run = plain
    return sorted(found)


if __name__ == "__main__":
    sys.exit(main())
