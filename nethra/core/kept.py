"""Statements compiled once for an access and asked again by its next requests, with other values.

The ORM takes longer to compose a statement than PostgreSQL to answer it. It is composed as always, with holes
where the values of a request go.

SECURITY: what is kept belongs to one access, all of it: who, with which capabilities, in which session. Nobody is
ever answered with a statement that was composed for somebody else; tests/core/test_kept.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any, Final
from uuid import UUID

from django.contrib.gis.db.backends.postgis.adapter import PostGISAdapter
from django.contrib.gis.geos import Point

from nethra.core import rows
from nethra.core.access import Access
from nethra.core.answers import KEPT
from nethra.core.geo import box, envelope_around


@dataclass(frozen=True)
class Hole:
    """The place of a value among the parameters of a statement."""

    name: str


#: Values that stand for holes in query sets, which take nothing but a value.
KEY: Final = UUID("6e657468-7261-7000-8000-6b65795f5f5f")
MOMENT, AFTER, BEFORE = (
    datetime(1, 2, 3, 4, 5, 6, tzinfo=UTC) + timedelta(microseconds=n) for n in (1, 2, 3)
)
BOX, INNER_BOX = box(0.0625, 0.03125, 0.0703125, 0.0390625), box(0.0625, 0.03125, 0.0703125, 0.04296875)
POINT: Final = Point(0.0654296875, 0.0361328125, srid=4326)
METRES, INNER_METRES = 0.7264892578125, 0.7264892578126
_OBJECTS = {
    id(value): Hole(name)
    for name, value in {"key": KEY, "moment": MOMENT, "after": AFTER, "before": BEFORE}.items()
}
_SHAPES = {
    bytes(PostGISAdapter(value).ewkb): Hole(name)
    for name, value in {
        "box": BOX,
        "inner_box": INNER_BOX,
        "point": POINT,
        "around": envelope_around(POINT, METRES),
    }.items()
}
_NUMBERS = {METRES: Hole("metres"), INNER_METRES: Hole("inner_metres")}

#: Composes a statement of what an access reads, with holes. The rest says which: how many rows, and the like.
Composer = Callable[..., rows.Compiled]
PLACEHOLDER = re.compile("%s|%%")


@dataclass(frozen=True)
class Statement:
    """A compiled statement with placeholders $1, $2, ...: ``holes`` are the places of parameters to be filled."""

    sql: str
    params: tuple[Any, ...]
    holes: tuple[tuple[int, str], ...]

    def filled(self, values: dict[str, Any]) -> list[Any]:
        """Return the parameters with these values in the holes; every value has one, every hole a value."""
        if values.keys() != {name for _, name in self.holes}:
            raise RuntimeError(f"A kept statement has no place for {sorted(values)}.")
        params = list(self.params)
        for position, name in self.holes:
            params[position] = values[name]
        return params


def ask(
    composer: Composer,
    shape: tuple[Hashable, ...],
    access: Access,
    *,
    is_planned: bool = False,
    **values: Any,
) -> list[rows.Row]:
    """Return the rows of a statement composed for this access, with these values in its holes; JSON stays text.

    With ``is_planned`` its plan is kept as well: for what is best found in the same way, whatever the values.
    """
    statement = statement_of(composer, shape, access)
    return rows.run_native(statement.sql, statement.filled(values), is_kept=is_planned)


@lru_cache(maxsize=KEPT)
def statement_of(composer: Composer, shape: tuple[Hashable, ...], access: Access) -> Statement:
    """Return the statement that a composer makes for this access; raise EmptyResultSet where nothing can match."""
    return composed(composer(access, *shape))


def composed(compiled: rows.Compiled) -> Statement:
    """Return a statement with its holes."""
    sql, params = compiled
    found = [_hole(value) for value in params]
    holes = tuple((at, hole.name) for at, hole in enumerate(found) if hole is not None)
    return Statement(native(sql), tuple(params), holes)


def _hole(value: Any) -> Hole | None:
    if isinstance(value, Hole):
        return value
    if isinstance(value, PostGISAdapter):
        return _SHAPES.get(bytes(value.ewkb))
    if isinstance(value, float):
        return _NUMBERS.get(value)
    # By what it is, not by what it equals: somebody may ask for such a time.
    return _OBJECTS.get(id(value))


def native(sql: str) -> str:
    """Return a statement of the ORM with PostgreSQL's own placeholders, which psycopg need not look for each time."""
    numbers = count(1)
    return PLACEHOLDER.sub(lambda found: f"${next(numbers)}" if found[0] == "%s" else "%", sql)
