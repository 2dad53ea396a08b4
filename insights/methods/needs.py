"""What methods ask of the events they are given, in sentences for people."""

from __future__ import annotations

import numpy as np

from insights.methods.base import Events, MethodFault


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


def _enough(events: Events, least: int, having: str) -> Events:
    if len(events) < least:
        noun = "incident" if least == 1 else "incidents"
        raise MethodFault(
            f"At least {least} {noun} {having} are needed and {len(events)} were found; choose a longer period."
        )
    return events
