"""Whether areas fit together: overlaps, gaps, slivers, what lies outside the boundary or crosses itself.

Areas are measured on the spheroid in square metres. What is smaller than a square metre is the noise of coordinates
that were rounded, and no fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import orjson
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection

from incidents.models import Area, AreaSet
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput

#: The share of the whole area that may be at fault without somebody saying that it is meant.
MOST_FAULTY = 0.05
#: Thinner than this on average, in metres, an overlap or a gap is a sliver: two borders that were drawn twice.
SLIVER_METRES = 5.0
MOST_TOLD = 200


class FaultKind(StrEnum):
    """What can be wrong with areas, in the order in which it is told."""

    REPEATED_CODE = "repeated_code"
    CROSSING = "crossing"
    OVERLAP = "overlap"
    GAP = "gap"
    OUTSIDE = "outside"
    SLIVER = "sliver"


@dataclass(frozen=True)
class Fault:
    """One fault: whose, how large in square metres, and where (EPSG:4326); ``shape`` is GeoJSON or ''."""

    kind: FaultKind
    codes: tuple[str, ...]
    square_metres: float = 0.0
    longitude: float | None = None
    latitude: float | None = None
    shape: str = ""

    def told(self) -> dict[str, Any]:
        """Return the fault for programs, without its shape."""
        facts = asdict(self)
        del facts["shape"]
        return {**facts, "sentence": self.sentence}

    @property
    def sentence(self) -> str:
        """What is wrong, where, in plain words."""
        words = _SENTENCES[self.kind, bool(self.codes)].format(
            codes=" and ".join(self.codes), size=f"{self.square_metres:,.0f} m²"
        )
        if self.longitude is None or self.latitude is None:
            return f"{words}."
        return f"{words}, at {self.latitude:.5f}, {self.longitude:.5f}."


_SENTENCES = {
    (FaultKind.REPEATED_CODE, True): "The code {codes} stands for more than one area",
    (FaultKind.CROSSING, True): "The outline of {codes} crosses itself",
    (FaultKind.OVERLAP, True): "{codes} overlap by {size}",
    (FaultKind.GAP, False): "{size} lie in no area, though areas or the boundary surround them",
    (FaultKind.OUTSIDE, True): "{size} of {codes} lie outside the agency's boundary",
    (FaultKind.SLIVER, True): "{codes} overlap in a sliver of {size}",
    (FaultKind.SLIVER, False): "A sliver of {size} lies in no area, though areas or the boundary surround it",
}


@dataclass(frozen=True)
class Topology:
    """The faults of a set of areas, the largest of each kind first, and which share of its ground they are.

    ``count`` are all of them; of very many only the largest are kept.
    """

    faults: tuple[Fault, ...]
    count: int
    faulty_share: float

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence a fault."""
        left = self.count - len(self.faults)
        more = (f"{left} smaller faults are not told.",) if left else ()
        return (*(fault.sentence for fault in self.faults), *more)

    def geojson(self) -> dict[str, Any]:
        """Return the faults that have a shape as a FeatureCollection with kind and sentence."""
        features = [
            {
                "type": "Feature",
                "geometry": orjson.loads(fault.shape),
                "properties": {"kind": fault.kind, "sentence": fault.sentence},
            }
            for fault in self.faults
            if fault.shape
        ]
        return {"type": "FeatureCollection", "features": features}


# One statement: the planner reads each shape once. An outline that crosses itself is repaired for the other checks.
_FAULTS = """
WITH areas AS MATERIALIZED (
    SELECT n, code, given, CASE WHEN ST_IsValid(given) THEN given
                                ELSE ST_CollectionExtract(ST_MakeValid(given), 3) END AS shape
    FROM unnest(%(codes)s::text[], %(shapes)s::bytea[]) WITH ORDINALITY AS t(code, ewkb, n)
    CROSS JOIN LATERAL (SELECT ST_GeomFromEWKB(ewkb) AS given) g),
ground AS MATERIALIZED (SELECT ST_Union(shape) AS shape FROM areas),
bound AS MATERIALIZED (SELECT boundary AS shape FROM accounts_agency WHERE id = %(agency)s AND boundary IS NOT NULL),
crossing AS (
    SELECT 'crossing' AS kind, ARRAY[code] AS codes, location(ST_IsValidDetail(given)) AS shape
    FROM areas WHERE NOT ST_IsValid(given)),
overlapping AS (
    SELECT 'overlap' AS kind, ARRAY[a.code, b.code] AS codes, (ST_Dump(ST_CollectionExtract(
        ST_Intersection(a.shape, b.shape), 3))).geom AS shape
    FROM areas a JOIN areas b ON a.n < b.n AND a.shape && b.shape AND ST_Intersects(a.shape, b.shape)
    WHERE NOT ST_Touches(a.shape, b.shape)),
enclosed AS (
    SELECT shape FROM bound
    UNION ALL
    SELECT ST_Union(ST_MakePolygon(ST_ExteriorRing(part.geom))) FROM ground, ST_Dump(ground.shape) AS part
    WHERE NOT EXISTS (SELECT FROM bound) HAVING count(*) > 0),
gaps AS (
    SELECT 'gap' AS kind, ARRAY[]::text[] AS codes, (ST_Dump(ST_CollectionExtract(
        ST_Difference(e.shape, g.shape), 3))).geom AS shape
    FROM enclosed e, ground g),
outside AS (
    SELECT 'outside' AS kind, ARRAY[a.code] AS codes, (ST_Dump(ST_CollectionExtract(
        ST_Difference(a.shape, b.shape), 3))).geom AS shape
    FROM areas a, bound b WHERE NOT ST_CoveredBy(a.shape, b.shape)),
faults AS (
    SELECT * FROM crossing UNION ALL SELECT * FROM overlapping
    UNION ALL SELECT * FROM gaps UNION ALL SELECT * FROM outside),
measured AS (
    SELECT *, ST_Area(shape::geography) AS size, ST_Perimeter(shape::geography) AS edge FROM faults)
SELECT CASE WHEN kind IN ('overlap', 'gap') AND 2 * size < edge * %(sliver)s THEN 'sliver' ELSE kind END,
       codes, size, ST_X(place), ST_Y(place), ST_AsGeoJSON(shape, 7),
       (SELECT ST_Area(shape::geography) FROM ground), count(*) OVER (), sum(size) OVER ()
FROM measured CROSS JOIN LATERAL (SELECT ST_PointOnSurface(shape) AS place) p
WHERE kind = 'crossing' OR size >= 1
ORDER BY size DESC, codes LIMIT %(most)s
"""


def check_shapes(access: Access, areas: Sequence[tuple[str, GEOSGeometry]]) -> Topology:
    """Return how areas (code and shape in EPSG:4326) fit together and into the agency's boundary."""
    repeated = [code for code, count in Counter(code for code, _ in areas).items() if count > 1]
    found = [Fault(FaultKind.REPEATED_CODE, (code,)) for code in sorted(repeated)]
    values: dict[str, Any] = {
        "codes": [code for code, _ in areas],
        "shapes": [bytes(shape.ewkb) for _, shape in areas],
        "agency": access.agency_id,
        "sliver": SLIVER_METRES,
        "most": MOST_TOLD,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FAULTS, values)
        rows = cursor.fetchall()
    found += [Fault(FaultKind(row[0]), tuple(row[1]), *row[2:6]) for row in rows]
    order = list(FaultKind)
    found.sort(key=lambda fault: (order.index(fault.kind), -fault.square_metres))
    whole, count, faulty = rows[0][6:9] if rows else (0, 0, 0)
    return Topology(tuple(found), count + len(repeated), faulty / whole if whole else 0.0)


def check_version(*, access: Access, area_set: AreaSet) -> Topology:
    """Return how the areas of one version fit together; areas of the agency's own may overlap, and have none."""
    access.require(Capability.VIEW_AREAS)
    areas = Area.objects.visible_to(access).filter(area_set_id=area_set.pk).order_by("code")
    return check_shapes(access, list(areas.values_list("code", "shape")))


def refuse_faulty(topology: Topology) -> None:
    """Raise InvalidInput where a larger share of the ground is at fault than is taken without being told to."""
    if topology.faulty_share > MOST_FAULTY:
        raise InvalidInput(
            f"{topology.faulty_share:.0%} of the areas' ground is at fault, more than {MOST_FAULTY:.0%}: "
            f"{topology.sentences[0]} Correct them, or say that they are taken as they are.",
            code="faulty_areas",
        )
