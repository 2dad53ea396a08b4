"""An answer as the JSON document that is kept of it, and its digest."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import shapely

from insights.answers.base import Answer, Column, Figure, Kind
from insights.running.gathering import EPOCH, Gathered
from insights.running.givers import uuids
from nethra.core import rows
from nethra.core.geo import STORAGE_SRID

#: Digits after the point of a degree that are kept: a centimetre.
DEGREE_DIGITS = 7
#: Significant digits that are kept of a number: what is left of sums of a million floats.
DIGITS = 10

_DEGREES = """
SELECT ST_AsGeoJSON(ST_Transform(ST_GeomFromWKB(shape, %s), 4326), %s)
FROM unnest(%s::bytea[]) WITH ORDINALITY AS drawn (shape, position) ORDER BY position
"""


def document_of(answer: Answer, gathered: Gathered) -> str:
    """Return the answer as JSON: keys of incidents as UUIDs, days as dates, shapes in EPSG:4326; sorted by name."""
    keys = uuids(gathered.taken)
    body = {
        "sentences": list(answer.sentences),
        "figures": [_figure(figure, keys) for figure in answer.figures],
        "columns": [_column(column, keys) for column in answer.columns],
        "rows": answer.rows,
        "cut": answer.cut,
        "shapes": None if answer.shapes is None else degrees(answer.shapes, _srid(answer, gathered)),
        "coloured_by": answer.coloured_by,
        "scale": str(answer.scale),
        "pictures": [
            {
                "kind": picture.kind,
                "title": picture.title,
                "across": picture.across,
                "down": picture.down,
                "values": list(picture.values),
            }
            for picture in answer.pictures
        ],
        "cautions": list(answer.cautions),
        "kept": answer.kept,
    }
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def _srid(answer: Answer, gathered: Gathered) -> int:
    return STORAGE_SRID if answer.in_degrees else gathered.taken.srid


def digest_of(body: str) -> str:
    """Return the SHA-256 of a result's document."""
    return hashlib.sha256(body.encode()).hexdigest()


def degrees(shapes: Sequence[shapely.Geometry], srid: int) -> list[Any]:
    """Return shapes of a system as GeoJSON geometries in EPSG:4326."""
    if not len(shapes):
        return []
    sent = [bytes(shape) for shape in shapely.to_wkb(np.asarray(shapes))]
    return [orjson.loads(text) for (text,) in rows.run(_DEGREES, [srid, DEGREE_DIGITS, sent])]


def _figure(figure: Figure, keys: Sequence[UUID]) -> dict[str, Any]:
    value = next(iter(_values([figure.value], figure.kind, keys)))
    return {
        "name": figure.name,
        "label": figure.label,
        "value": value,
        "kind": str(figure.kind),
        "unit": figure.unit,
    }


def _column(column: Column, keys: Sequence[UUID]) -> dict[str, Any]:
    values = column.values.tolist() if isinstance(column.values, np.ndarray) else column.values
    return {
        "name": column.name,
        "label": column.label,
        "kind": str(column.kind),
        "unit": column.unit,
        "values": list(_values(values, column.kind, keys)),
    }


def _values(values: Iterable[Any], kind: Kind, keys: Sequence[UUID]) -> Iterable[Any]:
    match kind:
        case Kind.INCIDENT:
            return (None if value is None or value < 0 else str(keys[int(value)]) for value in values)
        case Kind.DAY:
            return (None if not _is_known(value) else _date(float(value)) for value in values)
        case Kind.MOMENT:
            return (None if not _is_known(value) else _moment(float(value)) for value in values)
        case Kind.COUNT:
            return (None if not _is_known(value) else int(value) for value in values)
        case Kind.NUMBER | Kind.SHARE | Kind.P:
            return (None if not _is_known(value) else rounded(value) for value in values)
        case Kind.FLAG:
            return (None if value is None else bool(value) for value in values)
        case Kind.TEXT:
            return (None if value is None else str(value) for value in values)


def _is_known(value: Any) -> bool:
    return value is not None and (not isinstance(value, float | np.floating) or math.isfinite(value))


def rounded(value: Any) -> int | float:
    """Return a number with the digits that are kept; minus zero is zero."""
    if isinstance(value, int | np.integer):
        return int(value)
    found = float(f"{float(value):.{DIGITS}g}") + 0.0
    return int(found) if found.is_integer() and abs(found) < 1e15 else found


def _date(days: float) -> str:
    return (date(1970, 1, 1) + timedelta(days=math.floor(days))).isoformat()


def _moment(days: float) -> str:
    # Days since 1970 lose microseconds, never minutes.
    return (EPOCH + timedelta(minutes=round(days * 1440))).isoformat(timespec="minutes")
