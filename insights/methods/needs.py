"""What methods ask of the events they are given, in sentences for people."""

from __future__ import annotations

import numpy as np

from insights.methods.base import Events, Grid, MethodFault

#: Larger numbers are no metres on Earth and no days of a calendar.
FARTHEST_METRES, FARTHEST_DAYS = 1e9, 3_650_000.0


def in_order(events: Events) -> Events:
    """Return the events sorted by key, so that the order of rows changes no sum and no name."""
    if len(events) < 2 or bool(np.all(events.key[1:] > events.key[:-1])):
        return events
    return events.taken(np.argsort(events.key, kind="stable"))


def placed(events: Events, least: int) -> Events:
    """Return the events that have a place, by key; MethodFault where they are fewer than ``least``."""
    found = in_order(events.placed())
    return _enough(found, least, "with a place")


def dated(events: Events, least: int) -> Events:
    """Return the events that have a time, by key; MethodFault where they are fewer than ``least``."""
    found = in_order(events.taken(np.isfinite(events.begin)))
    return _enough(found, least, "with a time")


def placed_and_dated(events: Events, least: int) -> Events:
    """Return the events that have a place and a time, by key; MethodFault where they are fewer than ``least``."""
    found = in_order(events.placed())
    found = found.taken(np.isfinite(found.begin))
    return _enough(found, least, "with a place and a time")


def gridded(events: Events, cell: float, grid: Grid | None) -> Grid:
    """Return the grid that is given, or else that over the box of the events; MethodFault where its cells differ."""
    if grid is None:
        return Grid.over(events.x, events.y, cell)
    if grid.size != cell:
        raise MethodFault("The grid has other cells than were asked for.", "cell")
    return grid


def _enough(events: Events, least: int, having: str) -> Events:
    if not len(events):
        raise MethodFault(
            f"No incident {having} is in what was asked for; choose a longer period or a larger area."
        )
    if len(events) < least:
        noun = "incident" if least == 1 else "incidents"
        raise MethodFault(
            f"At least {least} {noun} {having} are needed and {len(events)} were found; choose a longer period."
        )
    if "place" in having and max(np.abs(events.x).max(), np.abs(events.y).max()) > FARTHEST_METRES:
        raise MethodFault("A place lies a million kilometres away; correct its coordinates or leave it out.")
    if "time" in having and np.abs(events.begin).max() > FARTHEST_DAYS:
        raise MethodFault("A time lies thousands of years away; correct it or leave it out.")
    return events
