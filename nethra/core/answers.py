"""How rows become records: names, points, shapes, and what row guards take off.

Worked out once for what an access may read of a declaration: between two requests of a session nothing of it changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from django.db.models.expressions import BaseExpression

from nethra.core.access import Access
from nethra.core.fields import Declaration, Field, Kind
from nethra.core.guards import RowGuard
from nethra.core.projections import projection_of

Row = tuple[Any, ...]
Record = dict[str, Any]
Records = list[Record]
#: What is kept of this many accesses; a session's next request finds it.
KEPT = 1024


@dataclass(frozen=True)
class Answer:
    """What to select of a declaration for one access, and how to make records of the rows.

    ``points`` are (name, position of x, position of y), ``shapes`` (name, position); from ``flags_from`` on a row
    says what its guards hold. ``watched`` names the fields that each of them withholds, by its position.
    """

    columns: Sequence[Any]
    names: Sequence[str]
    points: Sequence[tuple[str, int, int]]
    shapes: Sequence[tuple[str, int]]
    flags_from: int
    watched: Mapping[str, Sequence[int]]
    redacted: Sequence[str] | None
    geometry: str

    def records(self, found: Sequence[Row]) -> Records:
        """Return a record for each row, keys in the declared order; what is withheld is absent."""
        names, points, shapes, redacted = self.names, self.points, self.shapes, self.redacted
        # Nothing is called for a row that need not be: a page has a thousand of them.
        flags_from = self.flags_from if self.watched else None
        made = []
        for row in found:
            # The second number of a point and the flags come last, so that zip() leaves them out.
            record = dict(zip(names, row, strict=False))
            for name, x, y in points:
                longitude = row[x]
                record[name] = (
                    None if longitude is None else {"type": "Point", "coordinates": (longitude, row[y])}
                )
            for name, at in shapes:
                record[name] = None if row[at] is None else orjson.Fragment(row[at])
            if redacted is not None:
                # Rows of an access that sees nothing guarded come without flags.
                is_whole = flags_from is None or True not in row[flags_from:]
                record["redacted"] = [*redacted] if is_whole else [*redacted, *self._take_off(record, row)]
            made.append(record)
        return made

    def features(self, found: Sequence[Row]) -> Records:
        """Return a GeoJSON feature in EPSG:4326 for each row; without a place its geometry is null."""
        place = self.geometry
        return [
            {
                "type": "Feature",
                "id": record["id"],
                "geometry": record.pop(place, None),
                "properties": record,
            }
            for record in self.records(found)
        ]

    def _take_off(self, record: Record, row: Row) -> Sequence[str]:
        """Take the withheld values off a record and return their names."""
        flags = row[self.flags_from :]
        hidden = [name for name, positions in self.watched.items() if any(flags[p] for p in positions)]
        for name in hidden:
            del record[name]
        return hidden


@lru_cache(maxsize=KEPT)
def answer_of(declaration: Declaration, access: Access) -> Answer:
    """Return how records of a declaration are answered to this access.

    A guarded field that the access lacks is not even selected; it is absent and named in ``redacted``, as is a
    field that a row guard withholds.
    """
    fields = declaration.readable_by(access)
    guards = _guards(fields, access)
    positions = {guard: position for position, guard in enumerate(guards)}
    watched = {f.name: [positions[g] for g in f.withheld if g in positions] for f in fields if f.withheld}
    points = [(f.name, i) for i, f in enumerate(fields) if f.kind is Kind.POINT]
    place = declaration.geometry()
    return Answer(
        columns=[*projection_of(declaration, frozenset(f.name for f in fields)), *guards.values()],
        names=[f.name for f in fields],
        points=[(name, i, len(fields) + n) for n, (name, i) in enumerate(points)],
        shapes=[(f.name, i) for i, f in enumerate(fields) if f.kind is Kind.SHAPE],
        flags_from=len(fields) + len(points),
        watched={name: found for name, found in watched.items() if found},
        redacted=declaration.redacted_for(access),
        geometry=place.name if place else "",
    )


def _guards(fields: Sequence[Field], access: Access) -> dict[RowGuard, BaseExpression]:
    """Return each row guard that may hold for this access with its condition: asked once, however many obey it."""
    if access.is_whole:
        return {}
    guards = dict.fromkeys(guard for f in fields for guard in f.withheld)
    return {guard: where for guard in guards if (where := guard(access)) is not None}
