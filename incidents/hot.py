"""The reads of incidents that maps and programs repeat with other places and times, composed once for an access."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.gis.db.backends.postgis.adapter import PostGISAdapter
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from incidents.fields import INCIDENT, INCIDENT_DETAIL
from incidents.filters import NEAREST_FIRST, IncidentFilters, wanted_by
from incidents.looking import looked_up
from incidents.models import Incident
from incidents.querysets import MOST_NEAREST, IncidentQuerySet
from nethra.core import pagination, rows
from nethra.core.access import Access
from nethra.core.answers import answer_of
from nethra.core.fields import Declaration
from nethra.core.geo import Bounds, BoxValue, Near, PlanarOrder, bounds_around, box
from nethra.core.kept import (
    AFTER,
    BEFORE,
    BOX,
    INNER_BOX,
    INNER_METRES,
    KEY,
    METRES,
    MOMENT,
    POINT,
    ask,
    composed,
)

#: What may be a hole, and what stands for it. Anything else changes the statement.
HOLES: dict[str, Any] = {
    "occurred_after": AFTER,
    "occurred_before": BEFORE,
    "bbox": BOX,
    "near": Near(POINT, METRES),
}
_NOTHING = IncidentFilters()
#: Which filters are set.
Shape = tuple[str, ...]


def shape_of(filters: IncidentFilters) -> Shape | None:
    """Return which filters are set, all of which may be holes; None where another is."""
    names = tuple(f.name for f in fields(filters) if getattr(filters, f.name) != getattr(_NOTHING, f.name))
    # By longitude and latitude a box is four numbers.
    is_spatial = "bbox" in names or "near" in names
    can_be = HOLES.keys() >= set(names) and not (is_spatial and settings.GEO_INDEX == "lonlat")
    return names if can_be else None


def values_of(filters: IncidentFilters) -> dict[str, Any]:
    """Return what goes into the holes."""
    values: dict[str, Any] = {"after": filters.occurred_after, "before": filters.occurred_before}
    if filters.bbox is not None:
        values["box"] = BoxValue(filters.bbox.extent)
    near = filters.near
    if near is not None:
        values |= {"point": PostGISAdapter(near.point), "metres": near.metres}
        values["around"] = BoxValue(bounds_around(near.point, near.metres))
    return {name: value for name, value in values.items() if value is not None}


@cache
def _with_holes(shape: Shape) -> IncidentFilters:
    return IncidentFilters(**{name: HOLES[name] for name in shape})


def wanted_with_holes(access: Access, shape: Shape, reading: tuple[str, ...] = ()) -> IncidentQuerySet:
    """Return the incidents that filters of this shape want, as wanted_by() does, with holes for their values."""
    return wanted_by(access, _with_holes(shape), reading=reading)


def one_row(access: Access, key: Any) -> Sequence[rows.Row]:
    """Return the incident with this key as its declaration selects it; empty where the access sees none."""
    return ask(_one, (), access, is_planned=True, key=key)


def _one(access: Access) -> rows.Compiled:
    one = Incident.objects.visible_to(access).filter(pk=KEY).order_by()
    return _declared(access, one, INCIDENT_DETAIL)


def _declared(access: Access, wanted: QuerySet[Any], declaration: Declaration = INCIDENT) -> rows.Compiled:
    return rows.compiled(wanted.values_list(*answer_of(declaration, access).columns))


def walked_rows(
    access: Access, filters: IncidentFilters, position: pagination.Position | None, count: int
) -> Sequence[rows.Row] | None:
    """Return the next rows of a walk through what the filters want, from a position on; None where it is not hot.

    A walk through everything is planned once: one index finds the next rows, wherever it has come to.
    """
    is_ascending = filters.ordering == "occurred_from"
    if filters.ordering:
        filters = filters.unordered()
    shape = shape_of(filters)
    if shape is None:
        return None
    if shape:
        access = looked_up(access)
    values = values_of(filters)
    if position is not None:
        values |= {"moment": position[0], "key": position[1]}
    asked = (shape, position is not None, is_ascending, count)
    return ask(_walk, asked, access, is_planned=not shape, **values)


def _walk(access: Access, shape: Shape, is_begun: bool, is_ascending: bool, count: int) -> rows.Compiled:
    position = (MOMENT, KEY) if is_begun else None
    wanted = wanted_with_holes(access, shape)
    walk = pagination.walk(wanted, "occurred_from", position, is_descending=not is_ascending)
    return _declared(access, walk[:count])


def nearest_rows(
    access: Access, filters: IncidentFilters, start: int, count: int
) -> Sequence[rows.Row] | None:
    """Return a page of what lies near, the nearest first, as IncidentQuerySet.nearest does; None where not hot."""
    shape, near, reach = shape_of(filters), filters.near, start + count
    if shape is None or near is None or reach > MOST_NEAREST:
        return None
    access, values = looked_up(access), values_of(filters)
    first = ask(_first, (shape, reach), access, is_planned=True, **values)
    if len(first) < reach:
        return ask(_nearest, (shape, start, reach, False), access, **values)
    metres = max(distance for (distance,) in first)
    inner = {"inner_metres": metres, "inner_box": BoxValue(bounds_around(near.point, metres))}
    return ask(_nearest, (shape, start, reach, True), access, is_planned=True, **values, **inner)


def _first(access: Access, shape: Shape, reach: int) -> rows.Compiled:
    wanted: QuerySet[Any] = wanted_with_holes(access, shape)
    return rows.compiled(wanted.order_by(PlanarOrder("location", POINT))[:reach].values_list("distance"))


def _nearest(access: Access, shape: Shape, start: int, stop: int, is_narrowed: bool) -> rows.Compiled:
    whole = wanted_with_holes(access, shape)
    wanted: QuerySet[Any] = whole.in_bbox(INNER_BOX) if is_narrowed else whole
    if is_narrowed:
        wanted = wanted.filter(distance__lte=INNER_METRES)
    return _declared(access, wanted.order_by(*NEAREST_FIRST)[start:stop])


#: Writes a statement about the incidents of a query set; what it counts and draws by is in the rest.
Drawing = Callable[..., rows.Compiled]


def read_inside(
    access: Access,
    filters: IncidentFilters,
    bounds: Bounds | None,
    drawing: Drawing,
    shape: tuple[Any, ...] = (),
    **values: Any,
) -> list[rows.Row]:
    """Return the rows of a drawing of the wanted incidents with a readable place, within bounds where there are any.

    ``values`` go into the holes that the drawing has of its own. Empty where nothing can match. All that lies in a
    box is read, wherever it is, so that it is planned once: one index finds it by place and time.
    """
    access, asked = looked_up(access), shape_of(filters)
    try:
        if asked is not None and settings.GEO_INDEX != "lonlat":
            if bounds is not None:
                values["inner_box"] = BoxValue(bounds)
            return ask(
                _drawn,
                (drawing, asked, bounds is not None, *shape),
                access,
                is_planned=bounds is not None or "bbox" in asked,
                **values_of(filters),
                **values,
            )
        wanted = wanted_by(access, filters, reading=("location",))
        statement = composed(drawing(wanted if bounds is None else wanted.in_bbox(box(*bounds)), *shape))
        return rows.run_native(statement.sql, statement.filled(values))
    except EmptyResultSet:
        return []


def _drawn(access: Access, drawing: Drawing, asked: Shape, is_bounded: bool, *shape: Any) -> rows.Compiled:
    wanted = wanted_with_holes(access, asked, ("location",))
    return drawing(wanted.in_bbox(INNER_BOX) if is_bounded else wanted, *shape)
